"""One account's trades and income, kept as the rows a client reads."""

from bisect import bisect_left, bisect_right

from simulator.interfaces import Json, Store
from simulator.trading.record_tables import RowLog


def span(rows: list[Json], start_ms: int, end_ms: int) -> range:
    """Return where the rows of start_ms..end_ms, both included, lie in rows ascending in time; nothing is copied."""
    first = bisect_left(rows, start_ms, key=_moment)
    return range(first, bisect_right(rows, end_ms, lo=first, key=_moment))


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
        self._income: dict[tuple[str | None, str | None], list[Json]] = {}
        # Rows of one fill share a tranId and are added in the order of their types' names.
        for row in sorted(self._income_log.stored(), key=lambda row: (row["time"], row["tranId"], row["incomeType"])):
            self._index_income(row)

    def add_trade(self, row: Json) -> None:
        """Add one trade as GET userTrades words it."""
        self._index(row)
        self._trade_log.add(f"{row['symbol']}/{row['id']}", row)

    def add_income(self, row: Json) -> None:
        """Add one row as GET income words it."""
        self._index_income(row)
        self._income_log.add(f"{row['incomeType']}/{row['tranId']}", row)

    def income_of(self, symbol: str | None = None, income_type: str | None = None) -> list[Json]:
        """Return the income of a symbol, of a type, of both or all, ascending in time; do not change the list."""
        return self._income.get((symbol, income_type), [])

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

    def clear(self) -> None:
        """Forget everything."""
        self._trade_log.clear()
        self._income_log.clear()
        self._trades.clear()
        self._by_order.clear()
        self._income.clear()

    def _index(self, row: Json) -> None:
        self._trades.setdefault(row["symbol"], []).append(row)
        self._by_order.setdefault((row["symbol"], row["orderId"]), []).append(row)

    def _index_income(self, row: Json) -> None:
        for symbol in (None, row["symbol"]):
            for income_type in (None, row["incomeType"]):
                self._income.setdefault((symbol, income_type), []).append(row)
