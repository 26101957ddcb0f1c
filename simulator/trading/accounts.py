"""One account: everything it owns, indexed so that no request walks its history."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache
from urllib.parse import quote

from simulator.clock import ExchangeClock
from simulator.interfaces import Store, SymbolSpec
from simulator.trading.amounts import ZERO
from simulator.trading.history import History
from simulator.trading.order_indexes import AlgoIndex, OrderIndex
from simulator.trading.record_tables import RecordTable
from simulator.trading.records import (
    AccountSettings,
    AlgoOrder,
    Amendment,
    Countdown,
    MarginChange,
    Order,
    Position,
    PositionSide,
    SymbolSettings,
)

DEFAULT_LEVERAGE = 20


@dataclass(frozen=True, slots=True)
class AccountSpec:
    """Who may trade: the account's name, its API key and secret, and the USDT it starts with."""

    name: str
    api_key: str
    secret: str
    balance: Decimal


@cache
def _fresh_settings(symbol: str, largest_leverage: int) -> SymbolSettings:
    return SymbolSettings(symbol, min(DEFAULT_LEVERAGE, largest_leverage))


@dataclass(frozen=True, slots=True)
class AccountTables:
    """An account's records by key."""

    settings: Mapping[str, AccountSettings]
    symbols: Mapping[str, SymbolSettings]
    positions: Mapping[str, Position]
    orders: Mapping[str, Order]
    algos: Mapping[str, AlgoOrder]


class AccountView:
    """What can be read of an account, now or as it stood a while ago."""

    def __init__(self, spec: AccountSpec, alias: str, tables: AccountTables, history: History) -> None:
        self.spec = spec
        self.alias = alias
        self.history = history
        self._tables = tables
        self.orders = OrderIndex(tables.orders.values())
        self.algos = AlgoIndex(tables.algos.values())
        self.positions: dict[tuple[str, PositionSide], Position] = {
            (position.symbol, position.side): position for position in tables.positions.values() if position.amount
        }

    @property
    def name(self) -> str:
        """Return the account's name."""
        return self.spec.name

    @property
    def settings(self) -> AccountSettings:
        """Return the account-wide settings and the cross wallet."""
        return self._tables.settings["account"]

    @property
    def wallet(self) -> Decimal:
        """Return the whole wallet balance, isolated wallets included."""
        isolated = sum((position.isolated_wallet for position in self.positions.values()), ZERO)
        return self.settings.cross_wallet + isolated

    def symbol_settings(self, spec: SymbolSpec) -> SymbolSettings:
        """Return leverage and margin type of a symbol, 20x crossed (or its maximum, if less) unless changed."""
        return self._tables.symbols.get(spec.symbol) or _fresh_settings(spec.symbol, spec.brackets[0].initial_leverage)

    def position(self, symbol: str, side: PositionSide) -> Position:
        """Return the position slot, flat when never used."""
        return self._tables.positions.get(f"{symbol}/{side}") or Position(symbol, side)

    def symbols_at_stake(self) -> set[str]:
        """Return the symbols with a position or an open order."""
        open_orders, open_algos = self.orders.open.items(), self.algos.open.items()
        resting = {symbol for index in (open_orders, open_algos) for symbol, orders in index if orders}
        return resting | {symbol for symbol, _ in self.positions}

    def order(self, order_id: int) -> Order | None:
        """Return an order by id, open or not."""
        return self._tables.orders.get(str(order_id))

    def open_orders(self, symbol: str | None = None) -> list[Order]:
        """Return open orders, oldest first; of all symbols when none is named."""
        if symbol is not None:
            return list(self.orders.open.get(symbol, {}).values())
        found = [order for resting in self.orders.open.values() for order in resting.values()]
        return sorted(found, key=lambda order: order.order_id)

    def open_order_of_client_id(self, symbol: str, client_order_id: str) -> Order | None:
        """Return the open order carrying this client id."""
        order_id = self.orders.latest_by_client_id.get((symbol, client_order_id))
        return None if order_id is None else self.orders.open.get(symbol, {}).get(order_id)

    def forced_orders(self) -> list[Order]:
        """Return the forced closes of the account, oldest first."""
        return [order for order in map(self.order, self.orders.forced) if order is not None]

    def open_algo_of_client_id(self, client_algo_id: str) -> AlgoOrder | None:
        """Return the waiting conditional order carrying this client id."""
        algo_id = self.algos.latest_by_client_id.get(client_algo_id)
        algo = None if algo_id is None else self.algo(algo_id)
        return algo if algo is not None and algo.is_open else None

    def algo(self, algo_id: int) -> AlgoOrder | None:
        """Return a conditional order by id, open or not."""
        return self._tables.algos.get(str(algo_id))

    def open_algos(self, symbol: str | None = None) -> list[AlgoOrder]:
        """Return waiting conditional orders, oldest first; of all symbols when none is named."""
        if symbol is not None:
            return list(self.algos.open.get(symbol, {}).values())
        found = [algo for waiting in self.algos.open.values() for algo in waiting.values()]
        return sorted(found, key=lambda algo: algo.algo_id)

    def all_orders(self) -> list[Order]:
        """Return every order ever placed, oldest first."""
        return sorted(self._tables.orders.values(), key=lambda order: order.order_id)

    def all_algos(self) -> list[AlgoOrder]:
        """Return every conditional order ever placed, oldest first."""
        return sorted(self._tables.algos.values(), key=lambda algo: algo.algo_id)


class AccountState(AccountView):
    """The live state of one account, every change written through to the store."""

    def __init__(self, spec: AccountSpec, alias: str, store: Store, clock: ExchangeClock) -> None:
        owner = quote(spec.name, safe="")
        self._settings = RecordTable(store, "trading_accounts", owner, AccountSettings, clock)
        self._symbols = RecordTable(store, "trading_symbols", owner, SymbolSettings, clock)
        self._positions = RecordTable(store, "trading_positions", owner, Position, clock)
        self._orders = RecordTable(store, "trading_orders", owner, Order, clock)
        self._algos = RecordTable(store, "trading_algo_orders", owner, AlgoOrder, clock)
        self.countdowns = RecordTable(store, "trading_countdowns", owner, Countdown, clock)
        self.amendments = RecordTable(store, "trading_amendments", owner, Amendment, clock)
        self.margin_changes = RecordTable(store, "trading_margin_changes", owner, MarginChange, clock)
        live = AccountTables(
            self._settings.records,
            self._symbols.records,
            self._positions.records,
            self._orders.records,
            self._algos.records,
        )
        super().__init__(spec, alias, live, History(store, owner))

    @property
    def is_new(self) -> bool:
        """Return whether the account was never opened."""
        return not self._settings.records

    def put_settings(self, settings: AccountSettings) -> None:
        """Replace the account-wide settings."""
        self._settings.put("account", settings)

    def add_to_cross_wallet(self, amount: Decimal, time_ms: int) -> None:
        """Move money into (or out of, when negative) the cross wallet."""
        settings = self.settings
        self.put_settings(replace(settings, cross_wallet=settings.cross_wallet + amount, updated_ms=time_ms))

    def add_to_bnb(self, amount: Decimal) -> None:
        """Move BNB into (or out of, when negative) the account."""
        self.put_settings(replace(self.settings, bnb=self.settings.bnb + amount))

    def put_symbol_settings(self, settings: SymbolSettings) -> None:
        """Replace leverage and margin type of a symbol."""
        self._symbols.put(settings.symbol, settings)

    def put_position(self, position: Position) -> Position:
        """Replace a position slot."""
        key = (position.symbol, position.side)
        if position.amount:
            self.positions[key] = position
        else:
            self.positions.pop(key, None)
        self._positions.put(f"{position.symbol}/{position.side}", position)
        return position

    def put_order(self, order: Order) -> Order:
        """Insert or replace an order."""
        self._orders.put(str(order.order_id), order)
        self.orders.add(order)
        return order

    @contextmanager
    def without_order(self, order: Order) -> Iterator[None]:
        """Act as if an open order were not there, for checking what shall replace it."""
        resting = self.orders.open[order.symbol]
        before = dict(resting)
        del resting[order.order_id]
        try:
            yield
        finally:
            resting.clear()
            resting.update(before)

    def amendments_of(self, symbol: str, order_id: int | None) -> list[Amendment]:
        """Return the changes of an order, or of all of a symbol's, oldest first."""
        changes = self.amendments.records.values()
        return [each for each in changes if each.symbol == symbol and order_id in (None, each.order_id)]

    def put_algo(self, algo: AlgoOrder) -> AlgoOrder:
        """Insert or replace a conditional order."""
        self._algos.put(str(algo.algo_id), algo)
        self.algos.add(algo)
        return algo

    def wipe(self, *, keep_settings: bool) -> None:
        """Forget positions, orders and history; leverage, margin types and position mode only on request."""
        logs = (self.countdowns, self.amendments, self.margin_changes)
        for table in (self._positions, self._orders, self._algos, *logs):
            table.clear()
        if not keep_settings:
            self._symbols.clear()
            self._settings.clear()
        self.history.clear()
        self.orders = OrderIndex(())
        self.algos = AlgoIndex(())
        self.positions = {}

    def as_of(self, time_ms: int) -> AccountView:
        """Return the account as it stood at a moment of the last fifteen minutes, for reads that lag."""
        former = AccountTables(
            self._settings.as_of(time_ms) or self._settings.records,
            self._symbols.as_of(time_ms),
            self._positions.as_of(time_ms),
            self._orders.as_of(time_ms),
            self._algos.as_of(time_ms),
        )
        return AccountView(self.spec, self.alias, former, self.history)
