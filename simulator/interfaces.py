"""What the parts of the practice exchange expect of one another."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, Protocol

Json = dict[str, Any]

NEVER_DELIVERED_MS = 4_133_404_800_000  # what deliveryDate says of a perpetual contract


class SymbolStatus(StrEnum):
    """Where a pair stands between its listing and its end; DELISTED is no word of the wire: the pair is not shown."""

    PENDING_TRADING = "PENDING_TRADING"
    TRADING = "TRADING"
    TRADING_HALT = "TRADING_HALT"
    TRADING_CANCEL_ONLY = "TRADING_CANCEL_ONLY"
    PRE_SETTLE = "PRE_SETTLE"
    PRE_DELIVERING = "PRE_DELIVERING"
    SETTLING = "SETTLING"
    DELIVERING = "DELIVERING"
    DELIVERED = "DELIVERED"
    CLOSE = "CLOSE"
    DELISTED = "DELISTED"

    @property
    def may_close(self) -> bool:
        """Return whether positions may still be closed by their owner."""
        return self in _CLOSABLE

    @property
    def is_settled(self) -> bool:
        """Return whether the exchange has closed all positions."""
        return self in _SETTLED


_CLOSABLE = frozenset(
    {SymbolStatus.TRADING, SymbolStatus.PRE_SETTLE, SymbolStatus.PRE_DELIVERING, SymbolStatus.DELISTED}
)
_SETTLED = frozenset({SymbolStatus.SETTLING, SymbolStatus.DELIVERING, SymbolStatus.DELIVERED, SymbolStatus.CLOSE})


class ContractType(StrEnum):
    """What kind of contract a pair is; PERPETUAL_DELIVERING once its end has been announced."""

    PERPETUAL = "PERPETUAL"
    PERPETUAL_DELIVERING = "PERPETUAL_DELIVERING"
    TRADIFI_PERPETUAL = "TRADIFI_PERPETUAL"
    CURRENT_QUARTER = "CURRENT_QUARTER"
    NEXT_QUARTER = "NEXT_QUARTER"


class Store(Protocol):
    """Durable tables of JSON rows. put and delete are visible at once and become durable together at commit."""

    def rows(self, table: str) -> dict[str, Json]:
        """Return the live rows of a table by key; do not change them, put a new row instead."""

    def put(self, table: str, key: str, row: Json) -> None:
        """Insert or replace one row (JSON-able values only; money as strings)."""

    def delete(self, table: str, key: str) -> None:
        """Remove one row; absent is fine."""

    def commit(self) -> None:
        """Make everything since the last commit durable as one atomic step."""


class Publisher(Protocol):
    """Where events leave for WebSocket clients."""

    def user(self, account: str, event: Json) -> None:
        """Send one user-data event (with "e" and "E") to the account's private streams, in call order."""

    def market(self, stream: str, payload: Json | list[Json]) -> None:
        """Send one market event to the subscribers of a stream name such as btcusdt@markPrice@1s."""

    def market_wanted(self, stream: str) -> bool:
        """Return whether anybody is subscribed, so that nothing is computed for nobody."""


@dataclass(frozen=True, slots=True)
class Bracket:
    """One leverage bracket: floor < notional <= cap, in USDT."""

    number: int
    initial_leverage: int
    notional_floor: Decimal
    notional_cap: Decimal
    maintenance_rate: Decimal
    cumulative: Decimal


@dataclass(frozen=True, slots=True)
class SymbolSpec:
    """What exchangeInfo and leverageBracket say of one symbol, as exact values."""

    symbol: str
    base_asset: str
    quote_asset: str
    tick_size: Decimal
    min_price: Decimal
    max_price: Decimal
    step_size: Decimal
    min_quantity: Decimal
    max_quantity: Decimal
    market_max_quantity: Decimal
    min_notional: Decimal
    multiplier_up: Decimal
    multiplier_down: Decimal
    market_take_bound: Decimal
    trigger_protect: Decimal
    liquidation_fee: Decimal
    price_precision: int
    quantity_precision: int
    brackets: tuple[Bracket, ...]
    max_orders: int = 200
    status: SymbolStatus = SymbolStatus.TRADING
    contract_type: ContractType = ContractType.PERPETUAL
    delivery_ms: int = NEVER_DELIVERED_MS

    @property
    def is_listed(self) -> bool:
        """Return whether exchangeInfo shows the pair."""
        return self.status is not SymbolStatus.DELISTED


@dataclass(frozen=True, slots=True)
class RulesChange:
    """What shall be different about a pair from now on; None leaves a rule as it is."""

    tick_size: Decimal | None = None
    step_size: Decimal | None = None
    min_notional: Decimal | None = None
    status: SymbolStatus | None = None
    contract_type: ContractType | None = None
    delivery_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """Synthetic order book, (price, quantity) best first; its size is finite, so a market order can run dry."""

    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]


class Market(Protocol):
    """The market as the trading core sees it."""

    @property
    def symbols(self) -> dict[str, SymbolSpec]:
        """Every pair by its name, with the rules that hold now; the same dictionary for good."""

    def delivered(self, time_ms: int) -> list[str]:
        """Return the pairs whose deliveryDate has come since the last call; they are SETTLING from now on."""

    def mark(self, symbol: str) -> Decimal:
        """Return the mark price."""

    def last(self, symbol: str) -> Decimal:
        """Return the price of the last public trade."""

    def book(self, symbol: str) -> Book:
        """Return the book around last."""

    def touch(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Return best bid and best ask: those of the book, without building it."""

    def funding_rate(self, symbol: str) -> Decimal:
        """Return the running estimate for the next settlement."""

    def next_funding_ms(self, symbol: str) -> int:
        """Return the server time of the next settlement."""

    def steps(self, at_stake: Callable[[], set[str]] | None = None) -> Iterator[tuple[int, set[str]]]:
        """Move prices up to the clock's now, one step at a time.

        Yields (time_ms, symbols whose mark or last changed) after each step, prices standing where that step left
        them; a long clock jump is walked in steps of at most a minute so that every crossing is seen. at_stake tells
        whose crossings matter, all by default: on such a jump the other symbols move only with its last step.
        """

    def record_trade(self, symbol: str, price: Decimal, quantity: Decimal, buyer_is_maker: bool, time_ms: int) -> int:
        """Put an account's fill on the public tape (last price, candles, trades) and return its trade id."""


class ControlledMarket(Market, Protocol):
    """The market as control requests and the ticker see it."""

    @property
    def mode(self) -> str:
        """How prices move: "walk", "hold" or "replay"."""

    def set_price(
        self, symbol: str, *, price: Decimal | None = None, mark: Decimal | None = None, last: Decimal | None = None
    ) -> None:
        """Move mark and last to price, or only one of them; durable with the next commit."""

    def set_mode(self, mode: str) -> None:
        """Let prices "walk" or "hold" them."""

    def change_symbol(self, symbol: str, change: RulesChange) -> SymbolSpec:
        """Change a pair's rules, or list a new one, and tell the subscribers of !contractInfo.

        Raises:
            ValueError: the change does not fit the pair; the text says what would.
        """

    def set_index(self, symbol: str, price: Decimal | None) -> None:
        """Hold the index price, or let it follow the mark price again."""

    def index(self, symbol: str) -> Decimal:
        """Return the index price."""

    def set_book(self, symbol: str, spread_ticks: int | None, depth: int | None) -> None:
        """Set how many ticks the best prices lie apart and how many levels each side has; None leaves it."""

    def publish(self) -> None:
        """Push the market events that are due."""


@dataclass(frozen=True, slots=True)
class SeededPosition:
    """A position that an account is given out of nowhere; amount is signed, entry None for the mark price."""

    symbol: str
    side: str
    amount: Decimal
    entry: Decimal | None


class Account(Protocol):
    """Who a key speaks for."""

    @property
    def name(self) -> str:
        """The account's name."""

    @property
    def secret(self) -> str:
        """What its requests are signed with."""


class TradingCore(Protocol):
    """The trading core as the request pipeline, the ticker and control requests see it."""

    def account_of_key(self, api_key: str) -> Account | None:
        """Return the account of a key, None when nobody has it."""

    def symbols_at_stake(self) -> set[str]:
        """Return the symbols in which any account has a position or an open order."""

    def on_step(self, time_ms: int, changed: set[str]) -> None:
        """Trigger, fill, fund and liquidate what the prices of this step call for."""

    def external_order(self, account: str, symbol: str, side: str, position_side: str, quantity: Decimal) -> Json:
        """Place an external market order, one that is not the client's."""

    def external_cancel(self, account: str, order_id: int | None = None, algo_id: int | None = None) -> Json:
        """Cancel an order from outside, not on the client's behalf."""

    def settle_closed(self, symbol: str) -> None:
        """Close what accounts hold of a pair that trades no more, at its mark price, and end their orders there."""

    def change_account(
        self, account: str, *, fee_burn: bool | None, bnb: Decimal | None, multi_assets: bool | None
    ) -> Json:
        """Change an account's settings without its owner; None leaves one as it is. Returns them."""

    def reseed(self, account: str, positions: Sequence[SeededPosition], coin_margined: Sequence[str]) -> None:
        """Begin an account again, in the position mode of the positions that it is given."""

    def wipe(self, account: str) -> None:
        """Forget the account's history and positions; its balance starts again."""

    def reset(self) -> None:
        """Make every account fresh; ids go on."""

    def ledger(self, account: str) -> Json:
        """Return everything the exchange knows of the account, in the wire's own words."""
