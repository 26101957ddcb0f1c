"""What the strategy looks at and what it may ask for: values only."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from domain.terms import FINAL_STATES, CloseReason, OrderState, Phase, Purpose, Side

# What the exchange may reject a stop or target with, and what it means for the next step.
WOULD_TRIGGER = frozenset({-2021, -4142})
NO_POSITION_YET = -4509
ANOTHER_RESTS = -4130
# Answers that say "not executed, try again"; 0 stands for a 503 without a code and for an order we held back ourselves.
NOT_EXECUTED = frozenset({0, -1003, -1008, -1015, -1016, -1021, -5028})


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
    code: int | None
    created_at: datetime
    final_at: datetime | None
    triggered_at: datetime | None
    query_due: bool = False
    queried: bool = False
    retry_at: datetime | None = None
    for_external_part: bool = False  # a close of what somebody else added: not of the trade

    @property
    def final(self) -> bool:
        """Whether nothing more can come of it."""
        return self.state in FINAL_STATES


@dataclass(frozen=True, slots=True)
class BlockingStop:
    """A closePosition stop that rests on our position and is not of this trade; order_id None = not ours at all."""

    order_id: int | None
    trigger_price: Decimal


@dataclass(frozen=True, slots=True)
class TradeView:
    """One trade (a position row) with what is known of its orders and its position on the exchange.

    exchange_quantity is the last position read of the position that is not older than our own last booking there, None
    when there is none. reconciled: own and external fills add up to that read. own_part_only: stop and target are to
    leave alone what somebody else holds on the position.
    """

    position_id: int
    symbol: str
    side: Side
    phase: Phase
    own_quantity: Decimal
    entry_final: bool
    stop_price: Decimal | None
    target_price: Decimal | None
    tick_size: Decimal
    orders: tuple[OrderView, ...]
    close_asked: bool = False
    close_part: Decimal | None = None
    own_part_only: bool = False
    unprotected_since: datetime | None = None
    reachable_since: datetime | None = None
    exchange_quantity: Decimal | None = None
    reconciled: bool = True
    reconcile_due: bool = False
    blocking: BlockingStop | None = None
    resting_read_at: datetime | None = None
    interim_listed: bool = False  # the last list of resting orders shows our own interim stop
    missing: bool = False  # the exchange has shown nothing on the position for a minute, and no trade says why


@dataclass(frozen=True, slots=True)
class Query:
    """Ask the exchange what became of one of our orders."""

    order_id: int


@dataclass(frozen=True, slots=True)
class PlaceProtection:
    """Rest a stop, interim stop or target.

    quantity None = closePosition; staged_id: send that row instead of a new one.
    """

    position_id: int
    purpose: Purpose
    trigger_price: Decimal
    quantity: Decimal | None
    staged_id: int | None = None


@dataclass(frozen=True, slots=True)
class Close:
    """Close our own quantity at market."""

    position_id: int
    quantity: Decimal
    reason: CloseReason


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel one of our own orders."""

    order_id: int


@dataclass(frozen=True, slots=True)
class Withdraw:
    """Give up a staged order that was never sent."""

    order_id: int


@dataclass(frozen=True, slots=True)
class RejectMove:
    """Keep the stop that rests: the new one was rejected."""

    position_id: int
    resting_price: Decimal


@dataclass(frozen=True, slots=True)
class GiveUpTarget:
    """The exchange does not take this target; the stop stays, the person is told."""

    position_id: int
    code: int | None


@dataclass(frozen=True, slots=True)
class ReadResting:
    """Read which conditional orders rest on the trade's symbol."""

    position_id: int


@dataclass(frozen=True, slots=True)
class ReadPosition:
    """Read the position of the trade's symbol."""

    position_id: int


@dataclass(frozen=True, slots=True)
class Reconcile:
    """Find out by trades why the position holds another quantity than our own fills say."""

    position_id: int


Action = (
    Query
    | PlaceProtection
    | Close
    | Cancel
    | Withdraw
    | RejectMove
    | GiveUpTarget
    | ReadResting
    | ReadPosition
    | Reconcile
)

UNPROTECTED_DEADLINE = timedelta(seconds=5)
TRIGGERING_DEADLINE = timedelta(seconds=3)
LOOK_AGAIN_AFTER = timedelta(minutes=1)  # at a position where a stop rests that cannot be read
RETRY_FAST = timedelta(milliseconds=200)
