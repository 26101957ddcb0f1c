"""Reads of the account: positions, resting orders, trades, income, money."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from binance_client import BinanceTestnetClient
from domain.terms import Side
from engine.requests.reports import (
    AccountRead,
    BalanceRead,
    BracketsRead,
    ExternalFill,
    FeesValued,
    IncomeRead,
    Observation,
    PositionReconciled,
    RulesRead,
    SymbolRead,
    TaskFailed,
)
from exchange.errors import OrderNotFound, TradingError, kind_of


@dataclass(frozen=True, slots=True)
class ReadAccount:
    """The full check: its cost does not depend on how many positions there are."""

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Read all positions and all resting conditional orders."""
        try:
            resting = tuple(client.fetch_open_conditional_orders())
            positions = client.fetch_positions()
            return AccountRead(tuple(positions), resting, positions.unread)
        except TradingError as error:
            return TaskFailed(self, str(error), getattr(error, "code", None), kind_of(error))


@dataclass(frozen=True, slots=True)
class ReadSymbol:
    """Positions and resting conditional orders of one symbol."""

    symbol: str
    with_resting: bool
    urgent: bool = False  # a position without a stop may hang on the answer

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Read the symbol."""
        try:
            resting = tuple(client.fetch_open_conditional_orders(self.symbol)) if self.with_resting else None
            return SymbolRead(self.symbol, tuple(client.fetch_positions(self.symbol)), resting)
        except TradingError as error:
            return TaskFailed(self, str(error))


@dataclass(frozen=True, slots=True)
class ReconcilePosition:
    """Find the trades that changed a trade's position without any of the orders we know of."""

    position_id: int
    symbol: str
    side: Side
    since: datetime
    known_order_ids: frozenset[int]
    known_trade_ids: frozenset[int]

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Read trades since the trade began, name the orders behind the unknown ones, then read the position."""
        try:
            trades = [
                fill
                for fill in client.fetch_trades(self.symbol, since=self.since)
                if fill.position_side is self.side
                and fill.trade_id not in self.known_trade_ids
                and fill.exchange_order_id not in self.known_order_ids
            ]
            names: dict[int, str | None] = {}
            for fill in trades:
                if fill.exchange_order_id not in names:
                    names[fill.exchange_order_id] = self._client_id(client, fill.exchange_order_id)
            external_fills = tuple(ExternalFill(fill, names[fill.exchange_order_id]) for fill in trades)
            return PositionReconciled(self.position_id, tuple(client.fetch_positions(self.symbol)), external_fills)
        except TradingError as error:
            return TaskFailed(self, str(error))

    def _client_id(self, client: BinanceTestnetClient, exchange_order_id: int) -> str | None:
        try:
            return client.fetch_order(self.symbol, exchange_order_id=exchange_order_id).client_order_id
        except OrderNotFound:
            return None


@dataclass(frozen=True, slots=True)
class ReadIncome:
    """The income history of a span of exchange time."""

    since: datetime
    until: datetime

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Read it, with the funding rates that tell the two sides of a symbol apart."""
        try:
            entries = client.fetch_income(self.since, self.until)
            funded = {(e.symbol, e.occurred_at) for e in entries if e.income_type == "FUNDING_FEE"}
            rates = {key: rate for key in funded if (rate := client.fetch_funding_rate(*key)) is not None}
            return IncomeRead(self.since, self.until, tuple(entries), rates, entries.unread)
        except TradingError as error:
            return TaskFailed(self, str(error))


@dataclass(frozen=True, slots=True)
class ReadBrackets:
    """The leverage table of one symbol."""

    symbol: str

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Read it."""
        try:
            return BracketsRead(self.symbol, client.fetch_leverage_brackets(self.symbol))
        except TradingError as error:
            return TaskFailed(self, str(error))


@dataclass(frozen=True, slots=True)
class UnvaluedFee:
    """A fee in another asset of a fill row."""

    fill_id: int
    asset: str
    amount: Decimal
    paid_at: datetime


@dataclass(frozen=True, slots=True)
class ValueFees:
    """Find out what fees in another asset were worth when they were paid, where that could not be read at once."""

    fees: tuple[UnvaluedFee, ...]

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Ask for the prices of those minutes."""
        values: dict[int, Decimal] = {}
        for fee in self.fees:
            with suppress(TradingError):
                values[fee.fill_id] = client.fetch_fee_value(fee.asset, fee.amount, fee.paid_at)
        return FeesValued(values)


@dataclass(frozen=True, slots=True)
class ReadRules:
    """The rules of every pair."""

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Read them anew."""
        try:
            return RulesRead(client.fetch_symbol_rules(refresh=True))
        except TradingError as error:
            return TaskFailed(self, str(error))


@dataclass(frozen=True, slots=True)
class ReadBalance:
    """The account's money."""

    def run(self, client: BinanceTestnetClient) -> Observation:
        """Read it."""
        try:
            return BalanceRead(client.fetch_balance(), client.exchange_now())
        except TradingError as error:
            return TaskFailed(self, str(error))
