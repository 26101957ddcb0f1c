"""What the strategy looks at and what it may ask for: values only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from domain.exit_plan import ExitPlan
from domain.exits.moves import ExitPrices, PersonsMove
from domain.rejections import Rejection
from domain.terms import FINAL_STATES, OrderState, Phase, Purpose, Side


@dataclass(frozen=True, slots=True)
class OrderView:
    """One of our orders as the strategy sees it.

    query_due: the exchange is to be asked about it now. queried: it was asked for and not found at least once.
    """

    id: int
    purpose: Purpose
    state: OrderState
    quantity: Decimal | None
    trigger_price: Decimal | None
    rejection: Rejection | None
    created_at: datetime
    final_at: datetime | None
    triggered_at: datetime | None
    query_due: bool = False
    queried: bool = False
    retry_at: datetime | None = None
    for_external_part: bool = False  # a close of what somebody else added: not of the trade
    sent_at: datetime | None = None  # None = when it was created
    target_number: int | None = None  # which partial target it takes

    @property
    def final(self) -> bool:
        """Whether nothing more can come of it."""
        return self.state in FINAL_STATES

    @property
    def tried_at(self) -> datetime:
        """When it was sent; a staged one when it was written."""
        return self.sent_at or self.created_at


@dataclass(frozen=True, slots=True)
class BlockingStop:
    """A closePosition stop that rests on our position and is not of this trade; order_id None = not ours at all."""

    order_id: int | None
    trigger_price: Decimal


@dataclass(frozen=True, slots=True)
class WantedTarget:
    """A target that is still to be reached; number None = the trade's only one, quantity None = closePosition."""

    number: int | None
    price: Decimal
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class MovingExits:
    """What a trade's moving exits are decided from.

    mark None = no price is known now, then nothing moves. by_plan: the plan itself wanted the stop where it ought to
    rest now. A trailing stop moves at most every trail_every, and nothing before not_before. targets are the partial
    ones that are left, in rising order; net_now_usdt is what the whole trade would net if the rest closed at the mark.
    """

    plan: ExitPlan
    prices: ExitPrices
    opened_at: datetime
    mark: Decimal | None
    best_mark: Decimal | None
    net_now_usdt: Decimal | None
    targets: tuple[WantedTarget, ...] = ()
    targets_reached: int = 0
    moved_at: datetime | None = None
    not_before: datetime | None = None
    trail_every: timedelta = timedelta(0)
    by_person: PersonsMove | None = None
    by_plan: bool = False


@dataclass(frozen=True, slots=True)
class TradeView:
    """One trade (a position row) with what is known of its orders and its position on the exchange.

    exchange_quantity is the last position read of the position that is not older than our own last record there, None
    when there is none; read_since_close: it was asked for after the last close had been sent, and where others hold a
    part of it, after the exchange would refuse that close as too late. others_quantity is what the position ought to
    hold besides the trade's own. reconciled: own and external fills add up to that read.
    own_part_only: stop and target are to leave alone what somebody else holds on the position.
    """

    position_id: int
    symbol: str
    side: Side
    phase: Phase
    own_quantity: Decimal
    entry_final: bool
    stop_price: Decimal | None
    target_price: Decimal | None
    tick_size: Decimal  # 0 = unknown: nothing is moved
    orders: tuple[OrderView, ...]
    close_asked: bool = False
    close_part: Decimal | None = None
    own_part_only: bool = False
    unprotected_since: datetime | None = None
    reachable_since: datetime | None = None
    exchange_quantity: Decimal | None = None
    read_since_close: bool = False
    others_quantity: Decimal = Decimal(0)
    covered_by_another: bool = False  # the stop of another trade at the position would close this one too
    reconciled: bool = True
    reconcile_due: bool = False
    blocking: BlockingStop | None = None
    resting_read_at: datetime | None = None
    interim_listed: bool = False  # the last list of resting orders shows our own interim stop
    exits: MovingExits | None = None  # None = stop and target stay where they are
    step_size: Decimal = Decimal(0)  # 0 = unknown
    closers_collide: bool = False  # only one order for the whole position can rest: the target gets a quantity
    missing: bool = False  # the exchange has shown nothing on the position for a minute, and no trade says why
