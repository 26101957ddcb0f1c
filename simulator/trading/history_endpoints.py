"""Endpoints that read the past: trades, income and forced orders.

Source: Binance USDⓈ-M Futures documentation, "Account Trade List", "Get Income History" and "User's Force Orders".
"""

from bisect import bisect_left

from simulator.endpoints import Call, Endpoint, Routes, Security
from simulator.errors import ApiError
from simulator.interfaces import Json
from simulator.params import Params
from simulator.trading import filters
from simulator.trading.exchange import Exchange
from simulator.trading.history import span
from simulator.trading.history_windows import DAY_MS, KEPT_MS, forbid_with_times, read_limit, read_window
from simulator.trading.order_answers import queried_order
from simulator.trading.order_endpoints import weight_by_symbol


def register(routes: Routes, exchange: Exchange) -> None:
    """Add the endpoints that read the past."""
    handlers = HistoryHandlers(exchange)
    signed = Security.SIGNED
    routes.add(Endpoint("GET", "/fapi/v1/userTrades", handlers.trades, signed, 5))
    routes.add(Endpoint("GET", "/fapi/v1/income", handlers.income, signed, 30))
    routes.add(Endpoint("GET", "/fapi/v1/forceOrders", handlers.forced, signed, weight_by_symbol(20, 50)))


def _rows(rows: list[Json], places: range) -> list[Json]:
    return rows[places.start : places.stop]


class HistoryHandlers:
    """Answers reads of the past."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._core = exchange.core

    def trades(self, call: Call) -> list[Json]:
        """GET userTrades: from fromId on, or of a window of at most seven days.

        A window with more rows than limit gives its oldest; with no window named, the newest of seven days.
        """
        params = call.params
        spec = filters.read_symbol(params, self._core)
        forbid_with_times(params, "fromId")
        limit = read_limit(params, default=500, largest=1000)
        window = read_window(params, call.now_ms, longest_ms=7 * DAY_MS)
        from_id, order_id = params.optional_integer("fromId"), params.optional_integer("orderId")
        history = self._exchange.writable(call).history
        if order_id is not None:
            rows = history.trades_of_order(spec.symbol, order_id)
        else:
            rows = history.trades_of(spec.symbol)
        shown_ms = call.now_ms - self._exchange.lag_ms(call)
        if window.given:
            return _rows(rows, span(rows, window.start_ms, min(window.end_ms, shown_ms))[:limit])
        kept = span(rows, call.now_ms - KEPT_MS, shown_ms)
        if from_id is not None:
            first = bisect_left(rows, from_id, lo=kept.start, hi=kept.stop, key=lambda row: int(row["id"]))
            return _rows(rows, range(first, kept.stop)[:limit])
        if order_id is not None:
            return _rows(rows, kept[:limit])
        return _rows(rows, span(rows, window.start_ms, shown_ms)[-limit:])

    def income(self, call: Call) -> list[Json]:
        """GET income: ascending, the oldest limit rows of the window, or the newest of seven days when none is named.

        Where the switch honours `page`, pages of limit rows from the start of the window.
        """
        params = call.params
        spec = filters.read_optional_symbol(params, self._core)
        income_type = params.optional_text("incomeType")
        limit = read_limit(params, default=100, largest=1000)
        page = self._page(params)
        window = read_window(params, call.now_ms, longest_ms=None)
        rows = self._exchange.writable(call).history.income_of(spec.symbol if spec else None, income_type)
        shown_ms = call.now_ms - self._exchange.lag_ms(call)
        found = span(rows, max(window.start_ms, call.now_ms - KEPT_MS), min(window.end_ms, shown_ms))
        if page is None and not window.given:
            return _rows(rows, found[-limit:])
        first = ((page or 1) - 1) * limit
        return _rows(rows, found[first : first + limit])

    def _page(self, params: Params) -> int | None:
        """Return the page asked for, as the switch treats a parameter that the documentation has dropped."""
        page = params.optional_integer("page")
        if page is None or self._core.switches.income_page == "ignored":
            return None
        if self._core.switches.income_page == "refused":
            sent = params.count()
            text = f"Not all sent parameters were read; read '{sent - 1}' parameter(s) but was sent '{sent}'."
            raise ApiError(-1104, text)
        if page < 1:
            raise ApiError(-1130, "Data sent for parameter 'page' is not valid.")
        return page

    def forced(self, call: Call) -> list[Json]:
        """GET forceOrders: liquidations, newest seven days by default, oldest first."""
        params = call.params
        spec = filters.read_optional_symbol(params, self._core)
        kind = params.optional_text("autoCloseType")
        if kind not in (None, "LIQUIDATION", "ADL"):
            raise ApiError(-1130, "Data sent for parameter 'autoCloseType' is not valid.")
        limit = read_limit(params, default=50, largest=100)
        window = read_window(params, call.now_ms, longest_ms=None)
        end_ms = min(window.end_ms, call.now_ms - self._exchange.lag_ms(call))
        orders = [
            order
            for order in self._exchange.writable(call).forced_orders()
            if (spec is None or order.symbol == spec.symbol)
            and kind in (None, order.auto_close)
            and window.start_ms <= order.created_ms <= end_ms
        ]
        return [queried_order(self._core, order) for order in orders[-limit:]]
