"""What the rules of reconciliation look at: values only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from domain.closing import close_reason
from domain.terms import CloseReason, Phase, PlanState, Purpose, ReopenRule, ReopenState


@dataclass(frozen=True, slots=True)
class ClosingFill:
    """What is recorded with a trade of a fill that closed; quantity in base units.

    of_our_order: whether an order of ours made it. purpose None = not known which, or it was somebody else's: then
    client_order_id tells, as the exchange names it. intent_reason is what a close of ours was committed as.
    """

    trade_id: int
    traded_at: datetime
    quantity: Decimal
    of_our_order: bool
    purpose: Purpose | None
    client_order_id: str
    intent_reason: CloseReason | None = None

    @property
    def reason(self) -> CloseReason:
        """Why a trade ended that this fill made flat."""
        return close_reason(self.purpose, self.client_order_id, self.intent_reason)


@dataclass(frozen=True, slots=True)
class AbandonedTrade:
    """A trade at the same key that was given up, filled after all, and still holds something; base units."""

    position_id: int
    name: str
    own_quantity: Decimal


@dataclass(frozen=True, slots=True)
class PlanView:
    """A trade's plan: whether it opens further trades, and the rule for that as it acts now."""

    plan_id: int
    state: PlanState
    rule: ReopenRule


@dataclass(frozen=True, slots=True)
class TradeFacts:
    """One live trade with what is recorded of it and what the exchange was last read to hold at its key.

    Quantities in base units. own_quantity counts what an entry has executed before its trades can be read.
    closes_over: no close of it is under way. exchange_quantity None = no read is younger than our own last record
    there. others_quantity is what the key ought to hold besides the trade's own. external_closed is what our orders
    closed of somebody else's.
    """

    position_id: int
    name: str
    phase: Phase
    entry_quantity: Decimal
    own_quantity: Decimal
    exit_quantity: Decimal
    net_usdt: Decimal | None
    entry_final: bool
    closes_over: bool
    exchange_quantity: Decimal | None
    others_quantity: Decimal
    plan: PlanView
    closing_fills: tuple[ClosingFill, ...] = ()
    abandoned: tuple[AbandonedTrade, ...] = ()
    external_closed: Decimal = Decimal(0)
    close_asked: bool = False
    reopen_count: int = 0


@dataclass(frozen=True, slots=True)
class KeyTrade:
    """One fill at a trade's key, whole; base units. own_quantity is what of it is recorded as the trade's own so far.

    for_us: it opened for the trade, or closed by an order that is meant for the trade's own quantity.
    """

    trade_id: int
    traded_at: datetime
    quantity: Decimal
    opening: bool
    for_us: bool
    own_quantity: Decimal


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """Every fill at a trade's key; ended: nothing more can come of the trade, never_entered: nothing opened it yet.

    has_external: a part of one is recorded as somebody else's.
    """

    position_id: int
    ended: bool
    never_entered: bool
    has_external: bool
    trades: tuple[KeyTrade, ...]


@dataclass(frozen=True, slots=True)
class ParentFacts:
    """The trade that another one was to follow; restricted_for: how long a pair that may only be closed is left alone.

    note is what is shown beside its phase.
    """

    position_id: int
    name: str
    reopen_state: ReopenState
    reopen_lapses_at: datetime | None
    note: str | None
    restricted_for: timedelta


@dataclass(frozen=True, slots=True)
class EntryFacts:
    """A trade that may begin, or never begins; parent None = it is the first of its plan.

    tick_size None = the rules of its pair are not read. key_taken: another trade lives at its key. round_claimed:
    another try of the same round has opened. has_fills: something is recorded with it. retry_after: how long an entry
    that failed for a passing reason is left alone.
    """

    position_id: int
    name: str
    phase: Phase
    plan_id: int
    plan_state: PlanState
    retry_after: timedelta
    entry_quantity: Decimal = Decimal(0)
    entry_price: Decimal | None = None
    tick_size: Decimal | None = None
    parent: ParentFacts | None = None
    key_taken: bool = False
    round_claimed: bool = False
    has_fills: bool = False
