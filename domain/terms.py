"""The words of the trade: sides, phases, purposes, states and reasons, and the values built from them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from domain.exit_plan import NO_EXITS, ExitPlan


class Side(StrEnum):
    """Direction of a position (not of an order)."""

    LONG = "LONG"
    SHORT = "SHORT"

    @property
    def sign(self) -> int:
        """+1 for LONG, −1 for SHORT."""
        return 1 if self is Side.LONG else -1

    @property
    def opposite(self) -> "Side":
        """The other side."""
        return Side.SHORT if self is Side.LONG else Side.LONG

    def order_side(self, *, opening: bool) -> "OrderSide":
        """Return which orders open this side, or close it: LONG opens with BUY and closes with SELL."""
        return OrderSide.BUY if (self is Side.LONG) == opening else OrderSide.SELL


class OrderSide(StrEnum):
    """Direction of an order."""

    BUY = "BUY"
    SELL = "SELL"


class Basis(StrEnum):
    """What a result in USDT is measured by: NET is what lands in the wallet, GROSS is before fees."""

    NET = "net"
    GROSS = "gross"


class Phase(StrEnum):
    """Where a position stands in its life; the moves between them are in lifecycle.py."""

    ENTERING = "ENTERING"
    OPEN = "OPEN"
    CLOSING = "CLOSING"
    CLOSED = "CLOSED"
    FAILED = "FAILED"


LIVE_PHASES = (Phase.ENTERING, Phase.OPEN, Phase.CLOSING)


class Purpose(StrEnum):
    """What an order is for; its first letter stands in the client order id."""

    ENTRY = "ENTRY"
    STOP = "STOP"
    TARGET = "TARGET"
    CLOSE = "CLOSE"
    INTERIM = "BRIDGE"

    @property
    def letter(self) -> str:
        """One letter: e, s, t, c or b."""
        return self.value[0].lower()


class OrderState(StrEnum):
    """What is known of one of our orders."""

    STAGED = "RESERVED"  # committed with its entry; may be sent without another commit
    UNKNOWN = "UNKNOWN"  # committed to be sent; no clear answer yet
    WORKING = "WORKING"  # the exchange holds it, not final
    TRIGGERED = "TRIGGERED"  # a conditional order that fired; its market order may still be filling
    FILLED = "FILLED"
    EXPIRED = "EXPIRED"  # ended by the exchange, filled in part or not at all
    CANCELLED = "CANCELLED"
    REJECTED = "REFUSED"  # the exchange said no, or not executed
    ABSENT = "ABSENT"  # proven never to have arrived
    WITHDRAWN = "WITHDRAWN"  # reserved and never needed, never sent


FINAL_STATES = frozenset(
    {
        OrderState.FILLED,
        OrderState.EXPIRED,
        OrderState.CANCELLED,
        OrderState.REJECTED,
        OrderState.ABSENT,
        OrderState.WITHDRAWN,
    }
)


class CloseReason(StrEnum):
    """Why a position ended: the order whose fill made it flat."""

    TP = "TP"
    SL = "SL"
    MANUAL = "MANUAL"
    TIME = "TIME"  # it had been open for as long as its time stop allows
    UNPROTECTED = "UNPROTECTED"
    LIQUIDATION = "LIQUIDATION"
    ADL = "ADL"
    SETTLEMENT = "SETTLEMENT"
    EXTERNAL = "EXTERNAL"
    LOST = "LOST"


class ReopenState(StrEnum):
    """What became of the reopening after a closed trade."""

    NONE = "NONE"  # the plan or the reason does not reopen
    WAITING = "WAITING"  # due at reopen_not_before
    DONE = "DONE"  # the next trade exists
    SKIPPED = "SKIPPED"  # the person said skip
    LAPSED = "LAPSED"  # the window passed; the plan is paused
    REJECTED = "REFUSED"  # refused for a lasting reason; the plan is paused


class PlanState(StrEnum):
    """Whether a plan opens further trades."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    ENDED = "ENDED"


class InstructionKind(StrEnum):
    """What a person may ask of the bot."""

    OPEN = "OPEN"
    CLOSE = "CLOSE"
    REOPEN_NOW = "REOPEN_NOW"
    SKIP_REOPEN = "SKIP_REOPEN"
    PAUSE_PLAN = "PAUSE_PLAN"
    RESUME_PLAN = "RESUME_PLAN"
    PAUSE_ALL = "PAUSE_ALL"
    RESUME_ALL = "RESUME_ALL"
    CLOSE_ALL = "CLOSE_ALL"  # close everything open, and open nothing more until opening is resumed
    EDIT_PROTECTION = "EDIT_PROTECTION"
    EDIT_PLAN = "EDIT_PLAN"  # for the next round
    ADOPT = "ADOPT"  # take over a position this bot did not open
    CLOSE_EXTERNAL = "CLOSE_FOREIGN"
    IGNORE_EXTERNAL = "IGNORE_FOREIGN"
    WRITE_OFF = "WRITE_OFF"
    PROBE_VENUE = "PROBE_VENUE"  # measure how the exchange behaves


class Severity(StrEnum):
    """How much a journal entry matters to the person."""

    INFO = "INFO"
    GOOD = "GOOD"
    WARNING = "WARNING"
    DANGER = "DANGER"


@dataclass(frozen=True, slots=True)
class ReopenRule:
    """When a plan opens its trade again; after TP and SL only, never after anything else."""

    enabled: bool
    delay: timedelta = timedelta(minutes=5)
    maximum: int | None = None  # reopenings of one plan, None = no maximum
    after_target: bool = True
    after_stop: bool = True


@dataclass(frozen=True, slots=True)
class TradeTerms:
    """What a person asks for.

    amount_usdt is margin, tp_usdt and sl_usdt are positive amounts of USDT won or lost, on the given basis. Partial
    targets among the exits take the place of tp_usdt.
    """

    symbol: str
    side: Side
    amount_usdt: Decimal
    leverage: int
    tp_usdt: Decimal
    sl_usdt: Decimal
    basis: Basis
    reopen: ReopenRule
    exits: ExitPlan = NO_EXITS


@dataclass(frozen=True, slots=True)
class LeverageBracket:
    """One row of the exchange's leverage table: notional_floor < notional <= notional_cap, USDT."""

    initial_leverage: int
    notional_floor: Decimal
    notional_cap: Decimal
    maintenance_rate: Decimal
    cumulative: Decimal


@dataclass(frozen=True, slots=True)
class SymbolRules:
    """The exchange's limits for one symbol, as read from the venue traded.

    Prices in quote units, quantities in base units, notionals in USDT, rates as fractions. market_take_bound and the
    multipliers are fractions of the mark price.
    """

    symbol: str
    base_asset: str
    tick_size: Decimal
    min_price: Decimal
    max_price: Decimal
    step_size: Decimal
    min_quantity: Decimal
    max_quantity: Decimal
    min_notional: Decimal
    multiplier_up: Decimal
    multiplier_down: Decimal
    market_take_bound: Decimal
    trading: bool  # False when the venue does not accept new orders for it
    liquidation_fee: Decimal | None = None  # share of the value that a liquidation costs; None = not said
    delivers_at: datetime | None = None  # when the venue ends the pair and closes what is open; None = not announced
    listed: bool = True  # False: the venue shows it no more, these are the last rules known
    read_at: datetime | None = None  # when the venue last showed them; None = not kept yet
    price_precision: int | None = None  # decimals that a price may have, finer than the tick at times; None = not said


@dataclass(frozen=True, slots=True)
class Fill:
    """One trade of one order, in the exchange's own figures.

    commission is positive when paid; realized_pnl excludes fees. fee_usdt is what a commission in another asset was
    worth when it was paid, None = not known (yet).
    """

    symbol: str
    trade_id: int
    exchange_order_id: int
    order_side: OrderSide
    position_side: Side
    price: Decimal
    quantity: Decimal
    commission: Decimal
    commission_asset: str
    realized_pnl: Decimal
    maker: bool
    traded_at: datetime
    fee_usdt: Decimal | None = None

    @property
    def commission_usdt(self) -> Decimal | None:
        """The commission in USDT, None while the value of another asset is not known."""
        return self.commission if self.commission_asset == "USDT" else self.fee_usdt

    @property
    def opening(self) -> bool:
        """Whether it opened its side; otherwise it closed."""
        return self.order_side is self.position_side.order_side(opening=True)


@dataclass(frozen=True, slots=True)
class OrderIntent:
    """An order as decided, before the exchange has seen it.

    quantity is None exactly when close_position is True; trigger_price is None for a market order.
    """

    client_order_id: str
    purpose: Purpose
    symbol: str
    side: Side
    quantity: Decimal | None
    trigger_price: Decimal | None
    close_position: bool

    @property
    def order_side(self) -> OrderSide:
        """BUY or SELL on the wire."""
        return self.side.order_side(opening=self.purpose is Purpose.ENTRY)
