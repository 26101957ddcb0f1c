"""Endpoints of conditional orders.

Source: Binance USDⓈ-M Futures documentation, "New Algo Order", "Cancel Algo Order", "Query Algo Order" and lists.
"""

from simulator.endpoints import Call, Endpoint, Routes, Security
from simulator.errors import ApiError
from simulator.interfaces import Json
from simulator.params import Params
from simulator.trading import filters
from simulator.trading.accounts import AccountView
from simulator.trading.algo_orders import cancel_algo, place_algo
from simulator.trading.algo_tickets import read_algo_ticket
from simulator.trading.exchange import Exchange
from simulator.trading.history_windows import DAY_MS, read_limit, read_window
from simulator.trading.order_answers import forgotten, listed_algo, placed_algo, queried_algo
from simulator.trading.order_endpoints import CANCELLED_ALL, weight_by_symbol
from simulator.trading.order_indexes import walk
from simulator.trading.records import AlgoOrder, AlgoStatus


def register(routes: Routes, exchange: Exchange) -> None:
    """Add the endpoints of conditional orders."""
    handlers = AlgoHandlers(exchange)
    signed = Security.SIGNED
    routes.add(Endpoint("POST", "/fapi/v1/algoOrder", handlers.new, signed, 0, (1, 1)))
    routes.add(Endpoint("GET", "/fapi/v1/algoOrder", handlers.query, signed, 1))
    routes.add(Endpoint("DELETE", "/fapi/v1/algoOrder", handlers.cancel, signed, 1))
    routes.add(Endpoint("GET", "/fapi/v1/openAlgoOrders", handlers.list_open, signed, weight_by_symbol(1, 40)))
    routes.add(Endpoint("GET", "/fapi/v1/allAlgoOrders", handlers.list_all, signed, 5))
    routes.add(Endpoint("DELETE", "/fapi/v1/algoOpenOrders", handlers.cancel_all, signed, 1))


class AlgoHandlers:
    """Answers requests about conditional orders."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._core = exchange.core

    def new(self, call: Call) -> Json:
        """POST algoOrder; a fault on it is acted out by the child at the trigger."""
        account = self._exchange.writable(call)
        dual_side = account.settings.dual_side
        ticket = read_algo_ticket(call.params, self._core, dual_side=dual_side, now_ms=call.now_ms)
        accepted = place_algo(self._core, account, ticket, self._core.moment(call.now_ms), call.fault)
        return placed_algo(ticket.spec, accepted)

    def query(self, call: Call) -> Json:
        """GET algoOrder, by algoId or clientAlgoId."""
        algo = _find(self._exchange.view(call), call.params)
        if algo is None or forgotten(algo, call.now_ms):
            raise ApiError(-2013, "Order does not exist.")
        return queried_algo(self._core.symbols[algo.symbol], algo)

    def cancel(self, call: Call) -> Json:
        """DELETE algoOrder, while it waits; its code is a string."""
        account = self._exchange.writable(call)
        algo = _find(account, call.params)
        if algo is not None and algo.status is AlgoStatus.TRIGGERING:
            raise ApiError(-4117, "stop order is triggering")
        if algo is None or not algo.is_open:
            raise ApiError(-2011, "Unknown order sent.")
        cancel_algo(self._core, account, algo, self._core.moment(call.now_ms))
        return {"algoId": algo.algo_id, "clientAlgoId": algo.client_algo_id, "code": "200", "msg": "success"}

    def cancel_all(self, call: Call) -> Json:
        """DELETE algoOpenOrders: all of a symbol's waiting conditional orders; the code is a number."""
        account = self._exchange.writable(call)
        spec = filters.read_symbol(call.params, self._core)
        now_ms = self._core.moment(call.now_ms)
        for algo in account.open_algos(spec.symbol):
            cancel_algo(self._core, account, algo, now_ms)
        return CANCELLED_ALL

    def list_open(self, call: Call) -> list[Json]:
        """GET openAlgoOrders, oldest first, those being triggered included; by algoType, symbol and algoId if sent."""
        spec = filters.read_optional_symbol(call.params, self._core)
        _check_algo_type(call.params)
        algo_id = call.params.optional_integer("algoId")
        view = self._exchange.view(call)
        algos = view.open_algos(spec.symbol if spec else None)
        algos += [algo for algo in view.algos.triggering.values() if spec is None or algo.symbol == spec.symbol]
        return [
            listed_algo(self._core.symbols[algo.symbol], algo)
            for algo in sorted(algos, key=lambda algo: algo.algo_id)
            if algo_id in (None, algo.algo_id)
        ]

    def list_all(self, call: Call) -> list[Json]:
        """GET allAlgoOrders of a symbol: from algoId on, or the newest of a window of at most seven days."""
        spec = filters.read_symbol(call.params, self._core)
        limit = read_limit(call.params, default=500, largest=1000)
        window = read_window(call.params, call.now_ms, longest_ms=7 * DAY_MS)
        first_id = call.params.optional_integer("algoId")
        view = self._exchange.view(call)
        found: list[AlgoOrder] = []
        for algo_id in walk(view.algos.ids_by_symbol.get(spec.symbol, []), first_id):
            algo = view.algo(algo_id)
            if algo is None or forgotten(algo, call.now_ms):
                continue
            if first_id is None and algo.created_ms < window.start_ms:
                break
            if first_id is not None or algo.created_ms <= window.end_ms:
                found.append(algo)
            if len(found) == limit:
                break
        found.sort(key=lambda algo: algo.algo_id)
        return [listed_algo(spec, algo) for algo in found]


def _check_algo_type(params: Params) -> None:
    if params.optional_text("algoType") not in (None, "CONDITIONAL"):
        raise ApiError(-1130, "Data sent for parameter 'algoType' is not valid.")


def _find(account: AccountView, params: Params) -> AlgoOrder | None:
    algo_id = params.optional_integer("algoId")
    client_algo_id = params.optional_text("clientAlgoId")
    if algo_id is None and client_algo_id is None:
        raise filters.neither("algoId", "clientAlgoId")
    if algo_id is None:
        algo_id = account.algos.latest_by_client_id.get(client_algo_id or "")
    return None if algo_id is None else account.algo(algo_id)
