"""What an account consists of: orders, conditional orders, positions and settings, as values that never change."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from simulator.trading.amounts import ZERO


class Side(StrEnum):
    """Direction of an order."""

    BUY = "BUY"
    SELL = "SELL"


class PositionSide(StrEnum):
    """Which position an order works on: BOTH in one-way mode, LONG or SHORT in hedge mode."""

    BOTH = "BOTH"
    LONG = "LONG"
    SHORT = "SHORT"


class OrderType(StrEnum):
    """Types of ordinary orders."""

    LIMIT = "LIMIT"
    MARKET = "MARKET"


class AlgoType(StrEnum):
    """Types of conditional orders."""

    STOP = "STOP"
    STOP_MARKET = "STOP_MARKET"
    TAKE_PROFIT = "TAKE_PROFIT"
    TAKE_PROFIT_MARKET = "TAKE_PROFIT_MARKET"
    TRAILING_STOP_MARKET = "TRAILING_STOP_MARKET"


class TimeInForce(StrEnum):
    """How long an order stays."""

    GTC = "GTC"
    IOC = "IOC"
    FOK = "FOK"
    GTX = "GTX"
    GTD = "GTD"
    RPI = "RPI"


class WorkingType(StrEnum):
    """Which price triggers a conditional order."""

    MARK_PRICE = "MARK_PRICE"
    CONTRACT_PRICE = "CONTRACT_PRICE"


class OrderStatus(StrEnum):
    """Where an ordinary order stands."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    EXPIRED = "EXPIRED"


class AlgoStatus(StrEnum):
    """Where a conditional order stands."""

    NEW = "NEW"
    TRIGGERING = "TRIGGERING"
    TRIGGERED = "TRIGGERED"
    FINISHED = "FINISHED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"


class MarginType(StrEnum):
    """Whether a symbol's positions share the wallet or have their own."""

    CROSSED = "CROSSED"
    ISOLATED = "ISOLATED"


def closes(side: Side, position_side: PositionSide, reduce_only: bool) -> bool:
    """Return whether an order can only make its position smaller."""
    if position_side is PositionSide.BOTH:
        return reduce_only
    return (side is Side.SELL) == (position_side is PositionSide.LONG)


@dataclass(frozen=True, slots=True)
class Order:
    """One ordinary order. quantity, executed and quote are in base, base and quote units; quote is the sum over fills.

    fill_limit caps what may fill at all (an injected partial fill); the remainder expires when it is reached.
    algo_id names the conditional order whose child this is. auto_close is LIQUIDATION for a forced close.
    """

    order_id: int
    symbol: str
    client_order_id: str
    side: Side
    position_side: PositionSide
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal
    reduce_only: bool
    close_position: bool
    price_match: str
    self_trade_prevention: str
    good_till_ms: int
    original_type: str
    created_ms: int
    updated_ms: int
    status: OrderStatus = OrderStatus.NEW
    executed: Decimal = ZERO
    quote: Decimal = ZERO
    algo_id: int | None = None
    fill_limit: Decimal | None = None
    auto_close: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether the order can still fill."""
        return self.status in (OrderStatus.NEW, OrderStatus.PARTIALLY_FILLED)

    @property
    def remaining(self) -> Decimal:
        """Return the quantity not filled."""
        return self.quantity - self.executed

    @property
    def fillable(self) -> Decimal:
        """Return the quantity that may still fill."""
        return self.remaining if self.fill_limit is None else self.fill_limit - self.executed

    @property
    def average(self) -> Decimal:
        """Return the average fill price, zero before the first fill."""
        return self.quote / self.executed if self.executed else ZERO

    @property
    def is_closing(self) -> bool:
        """Return whether the order can only make its position smaller."""
        return closes(self.side, self.position_side, self.reduce_only)


@dataclass(frozen=True, slots=True)
class AlgoOrder:
    """One conditional order. extreme is the lowest (BUY) or highest (SELL) price a trailing stop has seen.

    fault_kind and fault_fraction make the child behave badly at the trigger.
    """

    algo_id: int
    client_algo_id: str
    symbol: str
    side: Side
    position_side: PositionSide
    type: AlgoType
    time_in_force: str
    quantity: Decimal
    price: Decimal
    trigger_price: Decimal
    working_type: WorkingType
    price_match: str
    close_position: bool
    price_protect: bool
    reduce_only: bool
    activate_price: Decimal | None
    callback_rate: Decimal | None
    self_trade_prevention: str
    good_till_ms: int
    created_ms: int
    updated_ms: int
    status: AlgoStatus = AlgoStatus.NEW
    triggered_ms: int = 0
    child_order_id: int | None = None
    child_type: str = ""
    average: Decimal = ZERO
    executed: Decimal = ZERO
    reject_reason: str = ""
    activated: bool = False
    extreme: Decimal | None = None
    fault_kind: str = ""
    fault_fraction: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether the order still waits for its price."""
        return self.status is AlgoStatus.NEW

    @property
    def is_profit_taking(self) -> bool:
        """Return whether it fires on the profitable side (take profit), as against stops."""
        return self.type in (AlgoType.TAKE_PROFIT, AlgoType.TAKE_PROFIT_MARKET)

    @property
    def child_is_limit(self) -> bool:
        """Return whether the triggered order is a LIMIT one."""
        return self.type in (AlgoType.STOP, AlgoType.TAKE_PROFIT)


@dataclass(frozen=True, slots=True)
class Position:
    """One position slot. amount is signed, negative when short, in every mode.

    entry is the volume-weighted price, entry_fees what was paid to build what is left, realized the running sum of
    realised profit before fees.
    """

    symbol: str
    side: PositionSide
    amount: Decimal = ZERO
    entry: Decimal = ZERO
    isolated_wallet: Decimal = ZERO
    entry_fees: Decimal = ZERO
    realized: Decimal = ZERO
    updated_ms: int = 0

    @property
    def break_even(self) -> Decimal:
        """Return the entry price shifted by the fees already paid for it, zero when flat."""
        return self.entry + self.entry_fees / self.amount if self.amount else ZERO


@dataclass(frozen=True, slots=True)
class SymbolSettings:
    """Leverage and margin type of one symbol, shared by both its sides."""

    symbol: str
    leverage: int
    margin_type: MarginType = MarginType.CROSSED

    @property
    def is_isolated(self) -> bool:
        """Return whether the symbol's positions have wallets of their own."""
        return self.margin_type is MarginType.ISOLATED


@dataclass(frozen=True, slots=True)
class AccountSettings:
    """What belongs to the account as a whole. cross_wallet excludes isolated wallets; bnb pays fees if fee_burn.

    coin_margined names what the account holds of the other product family, comma separated: it blocks leaving the
    position mode and is not shown otherwise.
    """

    cross_wallet: Decimal
    dual_side: bool
    multi_assets: bool
    updated_ms: int
    fee_burn: bool = False
    bnb: Decimal = ZERO
    coin_margined: str = ""


@dataclass(frozen=True, slots=True)
class Countdown:
    """A dead-man switch: all open orders of the symbol go when it runs out."""

    symbol: str
    deadline_ms: int


@dataclass(frozen=True, slots=True)
class Amendment:
    """One change of an open LIMIT order; number counts the order's changes from 1."""

    amendment_id: int
    order_id: int
    symbol: str
    client_order_id: str
    price_before: Decimal
    price_after: Decimal
    quantity_before: Decimal
    quantity_after: Decimal
    number: int
    time_ms: int


@dataclass(frozen=True, slots=True)
class MarginChange:
    """One transfer into (type 1) or out of (type 2) an isolated position's wallet."""

    change_id: int
    symbol: str
    position_side: PositionSide
    type: int
    amount: Decimal
    time_ms: int
