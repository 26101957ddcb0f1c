"""Facts of a trade: opened, closed, opened again."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from domain.journal.events import JournalEvent
from domain.terms import CloseReason, Severity


class LateFillFate(StrEnum):
    """What becomes of an entry that was thought lost and filled after all."""

    LIVES = "lives"
    ANOTHER_IS_OPEN = "another_is_open"
    ANOTHER_WAS_OPENED = "another_was_opened"


@dataclass(frozen=True, slots=True)
class Opening:
    """An entry is sent; quantity in base units."""

    EVENT: ClassVar = JournalEvent.OPENING
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class Opened:
    """The first fill has come; tick_size None = the pair's rules are not read."""

    EVENT: ClassVar = JournalEvent.OPENED
    SEVERITY: ClassVar = Severity.GOOD
    trade: str
    quantity: Decimal
    entry_price: Decimal
    tick_size: Decimal | None


@dataclass(frozen=True, slots=True)
class NotOpened:
    """An entry ended without a fill; reason is a sentence."""

    EVENT: ClassVar = JournalEvent.NOT_OPENED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotReopened:
    """A plan does not open again by itself; reason is a sentence."""

    EVENT: ClassVar = JournalEvent.NOT_REOPENED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    reason: str


@dataclass(frozen=True, slots=True)
class LateFill:
    """An entry that was thought lost was filled after all."""

    EVENT: ClassVar = JournalEvent.LATE_FILL
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    fate: LateFillFate


@dataclass(frozen=True, slots=True)
class LateFillClosed:
    """What was filled late was closed along with the trade that lives there."""

    EVENT: ClassVar = JournalEvent.LATE_FILL_CLOSED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str


@dataclass(frozen=True, slots=True)
class CloseAsked:
    """The person wants it closed.

    external: somebody else had opened it; everything: with all others; limits: the names of those that ask for it.
    """

    EVENT: ClassVar = JournalEvent.CLOSE_ASKED
    trade: str
    external: bool = False
    everything: bool = False
    limits: str = ""

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return Severity.WARNING if self.limits else Severity.INFO


@dataclass(frozen=True, slots=True)
class ClosePartAsked:
    """The person wants a part of it closed."""

    EVENT: ClassVar = JournalEvent.CLOSE_PART_ASKED
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class PartClosed:
    """The part that the person wanted closed is."""

    EVENT: ClassVar = JournalEvent.PART_CLOSED
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Closing:
    """A close is sent; late_fill: of what was filled late."""

    EVENT: ClassVar = JournalEvent.CLOSING
    trade: str
    reason: CloseReason
    late_fill: bool

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        if self.late_fill:
            return Severity.WARNING
        return Severity.DANGER if self.reason is CloseReason.UNPROTECTED else Severity.INFO


@dataclass(frozen=True, slots=True)
class Closed:
    """A trade ended; net_usdt None = unknown, external_quantity: what of somebody else's was closed along with it."""

    EVENT: ClassVar = JournalEvent.CLOSED
    trade: str
    reason: CloseReason
    net_usdt: Decimal | None
    external_quantity: Decimal

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return Severity.GOOD if (self.net_usdt or 0) >= 0 else Severity.INFO


@dataclass(frozen=True, slots=True)
class ReopenSkipped:
    """The person does not want it opened again now."""

    EVENT: ClassVar = JournalEvent.REOPEN_SKIPPED
    SEVERITY: ClassVar = Severity.INFO
    trade: str


@dataclass(frozen=True, slots=True)
class ReopenWaits:
    """A limit, the exchange's rules or its silence hold it back; reason is a sentence."""

    EVENT: ClassVar = JournalEvent.REOPEN_WAITS
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    reason: str
