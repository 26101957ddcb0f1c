"""Facts of exits that move: the stop, the targets, and what the person wants of them."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from domain.exit_plan import MoveReason
from domain.journal.events import JournalEvent
from domain.terms import Severity


@dataclass(frozen=True, slots=True)
class StopMoved:
    """The trade's own plan wants its stop nearer to profit from now on."""

    EVENT: ClassVar = JournalEvent.STOP_MOVED
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    stop_price: Decimal
    tick_size: Decimal | None
    why: MoveReason


@dataclass(frozen=True, slots=True)
class TargetHit:
    """One of several targets took its part; quantity in base units."""

    EVENT: ClassVar = JournalEvent.TARGET_HIT
    SEVERITY: ClassVar = Severity.GOOD
    trade: str
    number: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ExitsEdited:
    """The person changed how the exits of an open trade move."""

    EVENT: ClassVar = JournalEvent.EXITS_EDITED
    SEVERITY: ClassVar = Severity.INFO
    trade: str
