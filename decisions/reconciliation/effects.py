"""What a reconciliation may bring about: values only, a closed set; `engine/reconciliation/effects.py` writes them."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.journal.facts import JournalFacts
from domain.terms import CloseReason, Fill, Phase, PlanState, ReopenState


@dataclass(frozen=True, slots=True)
class MovePhase:
    """The trade is in another phase from now on."""

    position_id: int
    phase: Phase


@dataclass(frozen=True, slots=True)
class ReadIncome:
    """Read the income history soon: a trade has ended, and its result waits for it."""


@dataclass(frozen=True, slots=True)
class RecordEnd:
    """Why and when a trade ended; result_known False: nobody can say what it brought."""

    position_id: int
    reason: CloseReason
    closed_at: datetime
    result_known: bool = True


@dataclass(frozen=True, slots=True)
class RecordResult:
    """Quantities (base units), averages and money (USDT) of a trade; None = not known, or nothing of it yet."""

    position_id: int
    entry_quantity: Decimal
    entry_price: Decimal | None
    exit_quantity: Decimal
    exit_price: Decimal | None
    gross_usdt: Decimal
    fees_usdt: Decimal | None
    funding_usdt: Decimal
    net_usdt: Decimal | None
    opened_at: datetime | None


@dataclass(frozen=True, slots=True)
class RecordFunding:
    """Another share of funding (USDT) in a result whose fills stay as they are."""

    position_id: int
    funding_usdt: Decimal
    net_usdt: Decimal


@dataclass(frozen=True, slots=True)
class RecordFill:
    """A fill that one of the trade's own orders made."""

    position_id: int
    order_id: int
    fill: Fill


@dataclass(frozen=True, slots=True)
class RecordExternalFill:
    """A fill at the trade's key that no order of the trade made; client_order_id None = the order is not known."""

    position_id: int
    fill: Fill
    client_order_id: str | None


@dataclass(frozen=True, slots=True)
class TakeFill:
    """A fill of somebody else, recorded already or not, that is the trade's from now on."""

    position_id: int
    fill: Fill


@dataclass(frozen=True, slots=True)
class Attribute:
    """Whose every fill at the trade's key is: how much of each, by trade id, is its own, and what is held externally.

    Base units; the rest of each fill is external.
    """

    position_id: int
    own: tuple[tuple[int, Decimal], ...]
    external_quantity: Decimal


@dataclass(frozen=True, slots=True)
class GivePart:
    """So much (base units) of a fill recorded with one trade belongs to another, abandoned at the same key."""

    position_id: int
    trade_id: int
    quantity: Decimal
    late_id: int


@dataclass(frozen=True, slots=True)
class Recalculate:
    """Work a trade's result out anew from its fills and its share of funding."""

    position_id: int


@dataclass(frozen=True, slots=True)
class AttributeAnew:
    """Say anew whose every fill at the trade's key is, and what that makes of the trade."""

    position_id: int


@dataclass(frozen=True, slots=True)
class MarkUnprotected:
    """The trade may be open without a stop, now if not since before."""

    position_id: int


@dataclass(frozen=True, slots=True)
class ForgetProtection:
    """Nothing is held that a stop could protect; stop: a stop that rests is forgotten as well."""

    position_id: int
    stop: bool


@dataclass(frozen=True, slots=True)
class SetBracket:
    """Work out where stop and target belong from what was filled."""

    position_id: int


@dataclass(frozen=True, slots=True)
class SetNote:
    """What is shown beside the phase, in plain words; None = nothing."""

    position_id: int
    note: str | None


@dataclass(frozen=True, slots=True)
class SetReopening:
    """What becomes of the reopening after a trade."""

    position_id: int
    state: ReopenState


@dataclass(frozen=True, slots=True)
class ScheduleReopening:
    """When the reopening after a trade falls due and when it lapses."""

    position_id: int
    not_before: datetime | None
    lapses_at: datetime | None


@dataclass(frozen=True, slots=True)
class CountRestriction:
    """Another reopening of the trade met a pair that may only be closed: the next one waits longer."""

    position_id: int


@dataclass(frozen=True, slots=True)
class SetPlan:
    """Whether a plan opens further trades, and why not, in plain words."""

    plan_id: int
    state: PlanState
    reason: str | None


@dataclass(frozen=True, slots=True)
class ReconcileAgain:
    """The trade may be reconciled at once, however lately it was."""

    position_id: int


@dataclass(frozen=True, slots=True)
class Note:
    """An event of a trade, for the journal."""

    position_id: int
    facts: JournalFacts


MoneyEffect = (
    RecordEnd
    | RecordResult
    | RecordFunding
    | RecordFill
    | RecordExternalFill
    | TakeFill
    | Attribute
    | GivePart
    | Recalculate
    | AttributeAnew
)
TradeEffect = (
    MoneyEffect
    | MovePhase
    | MarkUnprotected
    | ForgetProtection
    | SetBracket
    | SetNote
    | SetReopening
    | ScheduleReopening
    | Note
)
Effect = TradeEffect | ReadIncome | CountRestriction | SetPlan | ReconcileAgain
Effects = tuple[Effect, ...]
