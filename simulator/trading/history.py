"""One account's trades and income, kept as the rows a client reads."""

from bisect import bisect_left, bisect_right
from decimal import Decimal

from simulator.interfaces import Json, Store
from simulator.trading.amounts import ZERO
from simulator.trading.shelves import RowLog


def within(rows: list[Json], start_ms: int, end_ms: int) -> list[Json]:
    """Return the rows of start_ms..end_ms, both included, from rows ascending in time."""
    first = bisect_left(rows, start_ms, key=_moment)
    return rows[first : bisect_right(rows, end_ms, lo=first, key=_moment)]


def _moment(row: Json) -> int:
    return int(row["time"])


class History:
    """Trades by symbol and order, income by time, each ascending in time."""

    def __init__(self, store: Store, owner: str) -> None:
        self._trade_log = RowLog(store, "trading_trades", owner)
        self._income_log = RowLog(store, "trading_income", owner)
        self._trades: dict[str, list[Json]] = {}
        self._by_order: dict[tuple[str, int], list[Json]] = {}
        for row in sorted(self._trade_log.stored(), key=lambda row: (row["time"], row["id"])):
            self._index(row)
        # Rows of one fill share a tranId and are added in the order of their types' names.
        self.income = sorted(self._income_log.stored(), key=lambda row: (row["time"], row["tranId"], row["incomeType"]))

    def add_trade(self, row: Json) -> None:
        """Add one trade as GET userTrades words it."""
        self._index(row)
        self._trade_log.add(f"{row['symbol']}/{row['id']}", row)

    def add_income(self, row: Json) -> None:
        """Add one row as GET income words it."""
        self.income.append(row)
        self._income_log.add(f"{row['incomeType']}/{row['tranId']}", row)

    def trades_of(self, symbol: str) -> list[Json]:
        """Return a symbol's trades, ascending in time and id; do not change the list."""
        return self._trades.get(symbol, [])

    def trades_of_order(self, symbol: str, order_id: int) -> list[Json]:
        """Return the trades of one order."""
        return self._by_order.get((symbol, order_id), [])

    def all_trades(self) -> list[Json]:
        """Return every trade of every symbol, ascending in time."""
        rows = [row for trades in self._trades.values() for row in trades]
        return sorted(rows, key=lambda row: (row["time"], row["symbol"], row["id"]))

    def income_sum(self) -> Decimal:
        """Return what all income rows add up to: the wallet balance."""
        return sum((Decimal(row["income"]) for row in self.income), ZERO)

    def clear(self) -> None:
        """Forget everything."""
        self._trade_log.clear()
        self._income_log.clear()
        self._trades.clear()
        self._by_order.clear()
        self.income = []

    def _index(self, row: Json) -> None:
        self._trades.setdefault(row["symbol"], []).append(row)
        self._by_order.setdefault((row["symbol"], row["orderId"]), []).append(row)
