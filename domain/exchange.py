"""What the exchange told us, in our words: the values the client returns and the rules read."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from domain.terms import OrderSide, Side


class ExchangeStatus(StrEnum):
    """State of an ordinary order at the exchange."""

    NEW = "NEW"
    PARTIALLY_FILLED = "PARTIALLY_FILLED"
    FILLED = "FILLED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    EXPIRED_IN_MATCH = "EXPIRED_IN_MATCH"
    UNKNOWN = "UNKNOWN"  # a word that the exchange has since invented: neither at rest nor ended, as far as we know


class ConditionalStatus(StrEnum):
    """State of a conditional (stop or target) order at the exchange."""

    NEW = "NEW"
    TRIGGERING = "TRIGGERING"
    TRIGGERED = "TRIGGERED"
    FINISHED = "FINISHED"
    CANCELED = "CANCELED"
    REJECTED = "REJECTED"
    EXPIRED = "EXPIRED"
    UNKNOWN = "UNKNOWN"  # as above


@dataclass(frozen=True, slots=True)
class UnreadRow:
    """A row of a list that could not be read: the others count, what this one is about stays unknown.

    What of it could be read tells whom it touches; None = that could not be read either.
    """

    of: str  # which list, in plain words
    number: int  # its place in the list, from 1
    reason: str
    symbol: str | None = None
    client_order_id: str | None = None
    at: datetime | None = None

    def touches(self, symbol: str) -> bool:
        """Whether it may be about a symbol."""
        return self.symbol in (None, symbol)


@dataclass(frozen=True, slots=True)
class ExchangePosition:
    """One side of one symbol, ours and external together; quantity > 0 in base units for LONG and SHORT alike.

    liquidation_price is the exchange's own, shared by both sides of a symbol: it lies on the losing side of the larger
    one. maintenance_usdt is what this side must keep at its mark. An isolated position has its own margin, and neither
    that nor its result belongs to the cross wallet.
    """

    symbol: str
    side: Side
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    liquidation_price: Decimal | None
    unrealised_usdt: Decimal
    maintenance_usdt: Decimal = Decimal(0)
    isolated: bool = False


@dataclass(frozen=True, slots=True)
class ExchangeOrder:
    """An ordinary order as the exchange holds it."""

    symbol: str
    exchange_order_id: int
    client_order_id: str
    order_side: OrderSide
    position_side: Side | None  # None = one-way mode
    order_type: str
    status: ExchangeStatus
    quantity: Decimal
    executed_quantity: Decimal
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ConditionalOrder:
    """A stop or target as the exchange holds it; child_order_id is set once it has triggered."""

    symbol: str
    algo_id: int
    client_order_id: str
    order_side: OrderSide
    position_side: Side | None  # None = one-way mode
    order_type: str  # STOP_MARKET, TAKE_PROFIT_MARKET, …
    status: ConditionalStatus
    trigger_price: Decimal
    quantity: Decimal  # 0 for close_position
    close_position: bool
    child_order_id: int | None
    created_at: datetime
    triggered_at: datetime | None


@dataclass(frozen=True, slots=True)
class IncomeEntry:
    """One row of the income history; amount is signed from the wallet's point of view."""

    symbol: str
    income_type: str
    amount: Decimal
    asset: str
    tran_id: int
    trade_id: int | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Balance:
    """The account's USDT, and the alias by which the exchange names the account.

    cross_wallet_usdt is the wallet without what isolated positions hold; unrealised_usdt is of cross positions only.
    """

    account_alias: str
    wallet_usdt: Decimal
    available_usdt: Decimal
    unrealised_usdt: Decimal
    cross_wallet_usdt: Decimal
    other_assets: tuple[str, ...] = ()  # what else it holds but BNB for fees: none of it is margin for the bot


@dataclass(frozen=True, slots=True)
class AccountModes:
    """Account-wide switches."""

    hedge: bool
    multi_assets: bool
    can_trade: bool


@dataclass(frozen=True, slots=True)
class SymbolSettings:
    """Leverage and margin type of one symbol; both sides share them."""

    symbol: str
    leverage: int
    cross_margin: bool


@dataclass(frozen=True, slots=True)
class BookTicker:
    """Best bid and ask."""

    symbol: str
    bid: Decimal
    ask: Decimal


@dataclass(frozen=True, slots=True)
class CommissionRates:
    """Fees as fractions of notional."""

    maker: Decimal
    taker: Decimal


@dataclass(frozen=True, slots=True)
class Candle:
    """One kline; prices exact, opened_at inclusive."""

    opened_at: datetime
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal


@dataclass(frozen=True, slots=True)
class RequestUsage:
    """How much of the exchange's allowances is used, from the last answers' headers.

    Counts are None until an answer carried them; limits come from exchangeInfo.
    """

    weight_1m: int | None
    weight_limit_1m: int
    orders_10s: int | None
    orders_limit_10s: int
    orders_1m: int | None
    orders_limit_1m: int
    blocked_until: datetime | None  # Retry-After or ban still running
    banned: bool = False  # it is a ban
