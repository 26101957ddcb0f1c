"""Facts of what others did on the account: external trades, adopted positions, positions that are missing."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from domain.journal.events import JournalEvent
from domain.terms import Severity


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """The person gave up a trade that the exchange no longer knows."""

    EVENT: ClassVar = JournalEvent.WRITTEN_OFF
    SEVERITY: ClassVar = Severity.WARNING
    trade: str


@dataclass(frozen=True, slots=True)
class Missing:
    """The exchange shows nothing of a trade, and no fill says why."""

    EVENT: ClassVar = JournalEvent.MISSING
    SEVERITY: ClassVar = Severity.DANGER
    trade: str


@dataclass(frozen=True, slots=True)
class ClosingUnreadable:
    """A trade is gone, and how it closed is older than what the exchange still shows; it had entered with quantity."""

    EVENT: ClassVar = JournalEvent.CLOSING_UNREADABLE
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    quantity: Decimal
    entry_price: Decimal | None


@dataclass(frozen=True, slots=True)
class Adopted:
    """The person took something over; added_part: what somebody else had added to a trade of the bot."""

    EVENT: ClassVar = JournalEvent.ADOPTED
    SEVERITY: ClassVar = Severity.GOOD
    trade: str
    added_part: bool


@dataclass(frozen=True, slots=True)
class ExternalTrade:
    """Somebody else, or the exchange itself, traded on a position of the bot.

    external_change: by how much the external part grew or shrank; own_closed: how much of the bot's part was closed.
    """

    EVENT: ClassVar = JournalEvent.EXTERNAL_FILL
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    external_change: Decimal
    own_closed: Decimal
    by_exchange: bool
    client_order_id: str


@dataclass(frozen=True, slots=True)
class ClosingExternalPart:
    """The person wants closed what somebody else added."""

    EVENT: ClassVar = JournalEvent.CLOSING_EXTERNAL_PART
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ExternalPartLeft:
    """The person wants left alone what somebody else added."""

    EVENT: ClassVar = JournalEvent.EXTERNAL_PART_LEFT
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    quantity: Decimal
