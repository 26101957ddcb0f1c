"""Endpoints of ordinary orders.

Source: Binance USDⓈ-M Futures documentation, "Trade" (REST).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from simulator.endpoints import Call, Endpoint, Routes, Security
from simulator.errors import ApiError
from simulator.interfaces import Json, SymbolSpec
from simulator.params import Params, parse_json
from simulator.trading import filters
from simulator.trading.accounts import AccountView
from simulator.trading.algo_orders import fill_limit
from simulator.trading.exchange import Exchange
from simulator.trading.history_windows import DAY_MS, read_limit, read_window
from simulator.trading.order_answers import (
    amended_order,
    forgotten,
    listed_amendment,
    listed_order,
    placed_order,
    queried_order,
    resting_order,
)
from simulator.trading.order_checks import check_ticket
from simulator.trading.orders import amend, cancel, place
from simulator.trading.records import Countdown, Order, OrderType, TimeInForce
from simulator.trading.tickets import Ticket, read_limit_price, read_ticket

CANCELLED_ALL: Json = {"code": 200, "msg": "The operation of cancel all open order is done."}
_FINAL_ANSWER = frozenset({TimeInForce.IOC, TimeInForce.FOK, TimeInForce.GTX})
_MAX_BATCH = 5
_MAX_CANCELS = 10


def register(routes: Routes, exchange: Exchange) -> None:
    """Add the endpoints of ordinary orders."""
    handlers = OrderHandlers(exchange)
    by_symbol = weight_by_symbol(1, 40)
    rows: list[tuple[str, str, Callable[[Call], Any], int | Callable[[Mapping[str, str]], int], tuple[int, int]]] = [
        ("POST", "order", handlers.new, 0, (1, 1)),
        ("PUT", "order", handlers.amend, 0, (1, 1)),
        ("GET", "order", handlers.query, 1, (0, 0)),
        ("DELETE", "order", handlers.cancel, 1, (0, 0)),
        ("POST", "order/test", handlers.test, 1, (0, 0)),
        ("POST", "batchOrders", handlers.new_batch, 5, (5, 1)),
        ("PUT", "batchOrders", handlers.amend_batch, 5, (5, 1)),
        ("DELETE", "batchOrders", handlers.cancel_batch, 1, (0, 0)),
        ("GET", "orderAmendment", handlers.list_amendments, 1, (0, 0)),
        ("DELETE", "allOpenOrders", handlers.cancel_all, 1, (0, 0)),
        ("POST", "countdownCancelAll", handlers.count_down, 10, (0, 0)),
        ("GET", "openOrder", handlers.query_open, 1, (0, 0)),
        ("GET", "openOrders", handlers.list_open, by_symbol, (0, 0)),
        ("GET", "allOrders", handlers.list_all, 5, (0, 0)),
    ]
    for method, name, handler, weight, order_count in rows:
        routes.add(Endpoint(method, f"/fapi/v1/{name}", handler, Security.SIGNED, weight, order_count))


def weight_by_symbol(with_symbol: int, without: int) -> Callable[[Mapping[str, str]], int]:
    """Return a weight that depends on whether a symbol is named."""
    return lambda parameters: with_symbol if parameters.get("symbol") else without


class OrderHandlers:
    """Answers requests about ordinary orders."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._core = exchange.core

    def new(self, call: Call) -> Json:
        """POST order: an ACK says NEW and nothing filled even when it is; RESULT waits for the final state."""
        account = self._exchange.writable(call)
        ticket = self._read(call, call.params)
        accepted, order = place(self._core, account, ticket, self._core.moment(call.now_ms))
        final = ticket.is_market or ticket.time_in_force in _FINAL_ANSWER
        return self._placed(order if ticket.wants_result and final else accepted)

    def test(self, call: Call) -> Json:
        """POST order/test: every check of a new order, and no order."""
        account = self._exchange.writable(call)
        ticket = self._read(call, call.params)
        check_ticket(self._core, account, ticket)
        order = Order(
            order_id=0,
            symbol=ticket.spec.symbol,
            client_order_id=ticket.client_order_id,
            side=ticket.side,
            position_side=ticket.position_side,
            type=ticket.type,
            time_in_force=ticket.time_in_force,
            quantity=ticket.quantity,
            price=ticket.price,
            reduce_only=ticket.reduce_only,
            close_position=False,
            price_match=ticket.price_match,
            self_trade_prevention=ticket.self_trade_prevention,
            good_till_ms=ticket.good_till_ms,
            original_type=str(ticket.type),
            created_ms=call.now_ms,
            updated_ms=call.now_ms,
        )
        return placed_order(self._core, order, legacy=True)

    def new_batch(self, call: Call) -> list[Json]:
        """POST batchOrders: up to five orders, each answered by itself."""
        return _one_by_one(call, _read_batch(call.params), self.new)

    def amend_batch(self, call: Call) -> list[Json]:
        """PUT batchOrders: up to five changes, each answered by itself."""
        return _one_by_one(call, _read_batch(call.params), self.amend)

    def list_amendments(self, call: Call) -> list[Json]:
        """GET orderAmendment: the changes of an order or a symbol, newest first."""
        account = self._exchange.writable(call)
        spec = filters.read_symbol(call.params, self._core)
        limit = read_limit(call.params, default=50, largest=100)
        window = read_window(call.params, call.now_ms, longest_ms=None, default_ms=90 * DAY_MS)
        named = call.params.has("orderId") or call.params.has("origClientOrderId")
        order = self._find(account, spec, call.params) if named else None
        if named and order is None:
            return []
        changes = account.amendments_of(spec.symbol, order.order_id if order else None)
        shown = [each for each in changes if window.start_ms <= each.time_ms <= window.end_ms]
        return [listed_amendment(spec, each) for each in reversed(shown[-limit:])]

    def amend(self, call: Call) -> Json:
        """PUT order: change price and quantity of an open LIMIT order."""
        account = self._exchange.writable(call)
        spec = filters.read_symbol(call.params, self._core)
        side = filters.read_side(call.params)
        order = self._find(account, spec, call.params)
        if order is None or not order.is_open or order.side is not side or order.type is not OrderType.LIMIT:
            raise ApiError(-2013, "Order does not exist.")
        filters.require(call.params, "quantity")
        quantity = call.params.decimal("quantity")
        filters.check_quantity(spec, quantity, is_market=False)
        price_match = filters.read_price_match(call.params, is_limit=True)
        price = read_limit_price(call.params, self._core, spec, side, price_match)
        _check_still_reduces(call.params, order)
        modify_id = call.params.optional_integer("modifyId")
        now_ms = self._core.moment(call.now_ms)
        order = amend(self._core, account, order, quantity=quantity, price=price, modify_id=modify_id, time_ms=now_ms)
        return amended_order(self._core, order, modify_id)

    def query(self, call: Call) -> Json:
        """GET order."""
        spec = filters.read_symbol(call.params, self._core)
        order = self._find(self._exchange.view(call), spec, call.params)
        if order is None or forgotten(order, call.now_ms):
            raise ApiError(-2013, "Order does not exist.")
        return queried_order(self._core, order)

    def query_open(self, call: Call) -> Json:
        """GET openOrder: as GET order, but only while it is open."""
        spec = filters.read_symbol(call.params, self._core)
        order = self._find(self._exchange.view(call), spec, call.params)
        if order is None or not order.is_open:
            raise ApiError(-2013, "Order does not exist.")
        return queried_order(self._core, order)

    def cancel(self, call: Call) -> Json:
        """DELETE order."""
        account = self._exchange.writable(call)
        spec = filters.read_symbol(call.params, self._core)
        order = self._find(account, spec, call.params)
        if order is None or not order.is_open:
            raise ApiError(-2011, "Unknown order sent.")
        return self._placed(cancel(self._core, account, order, self._core.moment(call.now_ms)))

    def cancel_batch(self, call: Call) -> list[Json]:
        """DELETE batchOrders: by orderIdList or origClientOrderIdList, each answered by itself."""
        filters.read_symbol(call.params, self._core)
        key = "orderId" if call.params.has("orderIdList") else "origClientOrderId"
        names = _read_list(call.params, f"{key}List")
        if len(names) > _MAX_CANCELS:
            raise ApiError(-4032, "Exceed maximum cancel order size.")
        symbol = call.params.text("symbol")
        requests = [{"symbol": symbol, key: str(name)} for name in names]
        return _one_by_one(call, requests, self.cancel)

    def cancel_all(self, call: Call) -> Json:
        """DELETE allOpenOrders: all of a symbol's ordinary orders; conditional ones stay."""
        account = self._exchange.writable(call)
        spec = filters.read_symbol(call.params, self._core)
        now_ms = self._core.moment(call.now_ms)
        for order in account.open_orders(spec.symbol):
            cancel(self._core, account, order, now_ms)
        return CANCELLED_ALL

    def count_down(self, call: Call) -> Json:
        """POST countdownCancelAll: cancel a symbol's orders unless called again in time; zero ends the countdown."""
        account = self._exchange.writable(call)
        spec = filters.read_symbol(call.params, self._core)
        filters.require(call.params, "countdownTime")
        countdown_ms = call.params.integer("countdownTime")
        if countdown_ms < 0:
            raise ApiError(-1130, "Data sent for parameter 'countdownTime' is not valid.")
        if countdown_ms:
            account.countdowns.put(spec.symbol, Countdown(spec.symbol, call.now_ms + countdown_ms))
        else:
            account.countdowns.delete(spec.symbol)
        return {"symbol": spec.symbol, "countdownTime": str(countdown_ms)}

    def list_open(self, call: Call) -> list[Json]:
        """GET openOrders: of one symbol or all, oldest first."""
        spec = filters.read_optional_symbol(call.params, self._core)
        orders = self._exchange.view(call).open_orders(spec.symbol if spec else None)
        return [resting_order(self._core, order) for order in orders]

    def list_all(self, call: Call) -> list[Json]:
        """GET allOrders: from orderId on, or the newest of a window of at most seven days."""
        spec = filters.read_optional_symbol(call.params, self._core)
        limit = read_limit(call.params, default=500, largest=1000)
        window = read_window(call.params, call.now_ms, longest_ms=7 * DAY_MS)
        first_id = call.params.optional_integer("orderId")
        view = self._exchange.view(call)
        found: list[Order] = []
        for order_id in view.orders.ids(spec.symbol if spec else None, first_id):
            order = view.order(order_id)
            if order is None or forgotten(order, call.now_ms):
                continue
            if first_id is None and order.created_ms < window.start_ms:
                break
            if first_id is not None or order.created_ms <= window.end_ms:
                found.append(order)
            if len(found) == limit:
                break
        found.sort(key=lambda order: order.order_id)
        return [listed_order(self._core, order) for order in found]

    def _read(self, call: Call, params: Params) -> Ticket:
        account = self._exchange.writable(call)
        ticket = read_ticket(params, self._core, dual_side=account.settings.dual_side, now_ms=call.now_ms)
        if call.fault is None:
            return ticket
        limit = fill_limit(call.fault.kind, call.fault.fraction, ticket.quantity, ticket.spec.step_size)
        return replace(ticket, fill_limit=limit)

    def _find(self, account: AccountView, spec: SymbolSpec, params: Params) -> Order | None:
        order_id = params.optional_integer("orderId")
        client_id = params.optional_text("origClientOrderId")
        if order_id is None and client_id is None:
            raise filters.neither("origClientOrderId", "orderId")
        if order_id is None:
            order_id = account.orders.latest_by_client_id.get((spec.symbol, client_id or ""))
        order = None if order_id is None else account.order(order_id)
        return order if order is not None and order.symbol == spec.symbol else None

    def _placed(self, order: Order) -> Json:
        return placed_order(self._core, order)


def _check_still_reduces(params: Params, order: Order) -> None:
    """Refuse a change whose reduceOnly is not the order's own: sent with a change, it only has to agree."""
    sent = params.optional_boolean("reduceOnly")
    if sent is not None and sent != order.is_closing:
        raise ApiError(-5047, "The original order is not a reduce-only order.")


def _one_by_one(call: Call, requests: list[dict[str, str]], handler: Callable[[Call], Json]) -> list[Json]:
    """Answer every request of a batch by itself: one that is refused does not hinder the others."""
    answers: list[Json] = []
    for requested in requests:
        try:
            answers.append(handler(replace(call, params=call.params.instead(requested))))
        except ApiError as refusal:
            answers.append({"code": refusal.code, "msg": refusal.message})
    return answers


def _read_list(params: Params, name: str) -> list[Any]:
    filters.require(params, name)
    try:
        requests = parse_json(params.text(name))
    except ValueError:
        raise ApiError(-1130, f"Data sent for parameter '{name}' is not valid.") from None
    if not isinstance(requests, list) or not requests:
        raise ApiError(-1130, f"Data sent for parameter '{name}' is not valid.")
    return requests


def _read_batch(params: Params) -> list[dict[str, str]]:
    requests = _read_list(params, "batchOrders")
    if len(requests) > _MAX_BATCH:
        raise ApiError(-4082, f"Invalid number of batch place orders: {len(requests)}")
    if not all(isinstance(requested, dict) for requested in requests):
        raise ApiError(-1130, "Data sent for parameter 'batchOrders' is not valid.")
    return [{name: _as_sent(value) for name, value in requested.items() if value is not None} for requested in requests]


def _as_sent(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f"{value:f}" if isinstance(value, Decimal) else str(value)
