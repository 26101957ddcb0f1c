"""Facts of orders: stops and targets that rest, are moved or are lost, and what the exchange did not take."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from domain.journal.events import JournalEvent
from domain.terms import Purpose, Severity


class StopGone(StrEnum):
    """Why a stop that rested does not protect any more."""

    NOT_FOUND = "not_found"
    CANCELLED = "cancelled"
    CANCELLED_ELSEWHERE = "cancelled_elsewhere"
    REJECTED_AT_TRIGGER = "rejected_at_trigger"
    FILLED_IN_PART = "filled_in_part"
    POSITION_BACK = "position_back"  # the exchange shows it again


@dataclass(frozen=True, slots=True)
class Protected:
    """A stop rests; seconds_without: since the first fill, with thousandths."""

    EVENT: ClassVar = JournalEvent.PROTECTED
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    stop_price: Decimal
    tick_size: Decimal | None
    seconds_without: Decimal


@dataclass(frozen=True, slots=True)
class StopLost:
    """A stop does not protect any more."""

    EVENT: ClassVar = JournalEvent.STOP_GONE
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    why: StopGone


@dataclass(frozen=True, slots=True)
class BracketAdjusted:
    """Stop or target lie elsewhere than asked; note is a sentence."""

    EVENT: ClassVar = JournalEvent.BRACKET_ADJUSTED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    note: str


@dataclass(frozen=True, slots=True)
class ProtectionEdited:
    """The person moved stop or target."""

    EVENT: ClassVar = JournalEvent.PROTECTION_EDITED
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    stop_price: Decimal | None
    target_price: Decimal | None
    tick_size: Decimal | None


@dataclass(frozen=True, slots=True)
class MoveRejected:
    """The exchange did not take a new stop, or target; stop_price is where the old one stays.

    closes_external: the old one closes what somebody else added as well.
    """

    EVENT: ClassVar = JournalEvent.MOVE_REJECTED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    stop_price: Decimal
    tick_size: Decimal | None
    closes_external: bool
    of_target: bool = False


@dataclass(frozen=True, slots=True)
class TargetRejected:
    """The exchange does not take a target; code is its own."""

    EVENT: ClassVar = JournalEvent.TARGET_REJECTED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    code: int | None


@dataclass(frozen=True, slots=True)
class OrderUnanswered:
    """What became of an order is not known yet."""

    EVENT: ClassVar = JournalEvent.ORDER_UNANSWERED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    purpose: Purpose
    client_order_id: str


@dataclass(frozen=True, slots=True)
class OrderRejected:
    """The exchange did not take an order; reason is a sentence."""

    EVENT: ClassVar = JournalEvent.ORDER_REJECTED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    purpose: Purpose
    client_order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class RejectedAtTrigger:
    """A stop or target fired and was not taken then."""

    EVENT: ClassVar = JournalEvent.REJECTED_AT_TRIGGER
    SEVERITY: ClassVar = Severity.DANGER
    trade: str
    purpose: Purpose
    client_order_id: str
