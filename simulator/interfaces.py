"""What the parts of the practice exchange expect of one another."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol

Json = dict[str, Any]


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


@dataclass(frozen=True, slots=True)
class Book:
    """Synthetic order book, (price, quantity) best first; its size is finite, so a market order can run dry."""

    bids: tuple[tuple[Decimal, Decimal], ...]
    asks: tuple[tuple[Decimal, Decimal], ...]


class Market(Protocol):
    """The market as the trading core sees it."""

    @property
    def symbols(self) -> dict[str, SymbolSpec]:
        """Every tradable symbol."""

    def mark(self, symbol: str) -> Decimal:
        """Return the mark price."""

    def last(self, symbol: str) -> Decimal:
        """Return the price of the last public trade."""

    def book(self, symbol: str) -> Book:
        """Return the book around last."""

    def funding_rate(self, symbol: str) -> Decimal:
        """Return the running estimate for the next settlement."""

    def next_funding_ms(self, symbol: str) -> int:
        """Return the server time of the next settlement."""

    def steps(self) -> Iterator[tuple[int, set[str]]]:
        """Move prices up to the clock's now, one step at a time.

        Yields (time_ms, symbols whose mark or last changed) after each step, prices standing where that step left
        them; a long clock jump is walked in steps of at most a minute so that every crossing is seen.
        """

    def record_trade(self, symbol: str, price: Decimal, quantity: Decimal, buyer_is_maker: bool, time_ms: int) -> int:
        """Put an account's fill on the public tape (last price, candles, trades) and return its trade id."""
