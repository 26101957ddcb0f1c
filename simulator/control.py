"""Control requests: tests move prices, clock and external orders, ask for faults, read the truth. Loopback only."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any
from urllib.parse import parse_qs

from simulator.clock import ExchangeClock
from simulator.errors import ApiError
from simulator.fault_fields import BadFault
from simulator.fault_kinds import SOCKET_KINDS
from simulator.faults import FaultBook
from simulator.hub import Hub
from simulator.interfaces import ControlledMarket, Json, Store, TradingCore
from simulator.params import parse_json
from simulator.pipeline import Pipeline
from simulator.ticker import Ticker

_MODES = ("walk", "hold")
_LONGEST_EXPONENT = 20  # 1e999999999 is a number too, whose digits nobody could write out
_LONGEST_ADVANCE_SECONDS = 366 * 86_400  # every minute of it is walked while everybody waits


class BadRequest(ValueError):
    """A control request that cannot be followed; the text says what would work."""


@dataclass(frozen=True, slots=True)
class ControlAnswer:
    """Status and JSON content of a control request's answer."""

    status: int
    content: Any


class Control:
    """Everything under /control."""

    def __init__(
        self,
        clock: ExchangeClock,
        store: Store,
        market: ControlledMarket,
        core: TradingCore,
        pipeline: Pipeline,
        hub: Hub,
        faults: FaultBook,
        ticker: Ticker,
        accounts: tuple[str, ...],
        state_id: str,
    ) -> None:
        self._clock = clock
        self._store = store
        self._market = market
        self._core = core
        self._pipeline = pipeline
        self._hub = hub
        self._faults = faults
        self._ticker = ticker
        self._accounts = accounts
        self._state_id = state_id
        self._controls: dict[tuple[str, str], Callable[[Mapping[str, Any]], Any]] = {
            ("POST", "/control/price"): self._set_price,
            ("POST", "/control/prices"): self._set_mode,
            ("POST", "/control/clock"): self._advance_clock,
            ("POST", "/control/position"): self._trade_external,
            ("POST", "/control/cancel"): self._cancel_external,
            ("POST", "/control/faults"): self._add_fault,
            ("GET", "/control/faults"): self._list_faults,
            ("DELETE", "/control/faults"): self._remove_faults,
            ("POST", "/control/wipe"): self._wipe,
            ("POST", "/control/reset"): self._reset,
            ("GET", "/control/ledger"): self._ledger,
            ("GET", "/control/state"): self._state,
        }

    def handle(self, method: str, path: str, query: bytes, body: bytes) -> ControlAnswer:
        """Follow one control request."""
        control = self._controls.get((method, path.rstrip("/")))
        if control is None:
            known = ", ".join(f"{verb} {name}" for verb, name in self._controls)
            return ControlAnswer(404, {"error": f"no such control: {method} {path}; there are {known}"})
        try:
            content = control(_arguments(query, body))
        except (BadRequest, BadFault) as refusal:
            return ControlAnswer(400, {"error": str(refusal)})
        except ApiError as refusal:
            return ControlAnswer(400, {"code": refusal.code, "msg": refusal.message, "error": refusal.message})
        finally:
            self._store.commit()
        return ControlAnswer(200, content)

    def _set_price(self, request: Mapping[str, Any]) -> Json:
        symbol = self._symbol(request)
        both, mark, last = (_optional_money(request, name) for name in ("price", "mark", "last"))
        if both is None and mark is None and last is None:
            raise BadRequest('give "price", or "mark" and "last" to set them apart, as strings such as "61000.0"')
        if both is not None and (mark is not None or last is not None):
            raise BadRequest('give either "price" for both, or "mark" and "last" apart, not all of them')
        self._market.set_price(symbol, price=both, mark=mark, last=last)
        # Triggers are checked against exactly this price, before a walking market moves on from it.
        self._core.on_step(self._clock.now_ms(), {symbol})
        self._ticker.tick()
        return {"symbol": symbol, "mark": f"{self._market.mark(symbol):f}", "last": f"{self._market.last(symbol):f}"}

    def _set_mode(self, request: Mapping[str, Any]) -> Json:
        mode = request.get("mode")
        if mode not in _MODES:
            raise BadRequest(f"mode must be one of {', '.join(_MODES)}")
        self._market.set_mode(mode)
        self._ticker.tick()
        return {"mode": mode}

    def _advance_clock(self, request: Mapping[str, Any]) -> Json:
        seconds = _optional_number(request, "advance_seconds")
        if seconds is None or seconds < 0:
            raise BadRequest("advance_seconds must be a number from 0 up; the clock only moves forwards")
        if seconds > _LONGEST_ADVANCE_SECONDS:
            raise BadRequest(f"advance_seconds must be at most {_LONGEST_ADVANCE_SECONDS}, a year; ask again to go on")
        self._clock.advance(int(seconds * 1000))
        self._ticker.save_clock()
        self._ticker.tick()
        return {"serverTime": self._clock.now_ms()}

    def _trade_external(self, request: Mapping[str, Any]) -> Json:
        account, symbol = self._account(request), self._symbol(request)
        side = _choice(request, "side", ("BUY", "SELL"))
        position_side = _choice(request, "positionSide", ("LONG", "SHORT", "BOTH"), "BOTH")
        quantity = _optional_money(request, "quantity")
        if quantity is None:
            raise BadRequest('quantity must be given as a string such as "0.010"')
        answer = self._core.external_order(account, symbol, side, position_side, quantity)
        self._ticker.tick()
        return answer

    def _cancel_external(self, request: Mapping[str, Any]) -> Json:
        account = self._account(request)
        order_id, algo_id = _optional_id(request, "orderId"), _optional_id(request, "algoId")
        if (order_id is None) == (algo_id is None):
            raise BadRequest("give either orderId or algoId, a whole number")
        return self._core.external_cancel(account, order_id=order_id, algo_id=algo_id)

    def _add_fault(self, request: Mapping[str, Any]) -> Json:
        rule = self._faults.add(request, time.monotonic())
        if rule.kind in SOCKET_KINDS:
            self._hub.apply(rule)
        return {"id": rule.id}

    def _list_faults(self, request: Mapping[str, Any]) -> list[Json]:
        return self._faults.rows(time.monotonic())

    def _remove_faults(self, request: Mapping[str, Any]) -> Json:
        rule_id = _optional_id(request, "id")
        if rule_id is None:
            self._faults.clear()
        elif not self._faults.remove(rule_id):
            raise BadRequest(f"no fault has id {rule_id}; GET /control/faults lists them")
        return {}

    def _wipe(self, request: Mapping[str, Any]) -> Json:
        account = self._account(request)
        self._core.wipe(account)
        return {"account": account}

    def _reset(self, request: Mapping[str, Any]) -> Json:
        self._faults.clear()
        self._pipeline.forget()
        self._core.reset()
        return {"accounts": list(self._accounts)}

    def _ledger(self, request: Mapping[str, Any]) -> Json:
        latest = _optional_id(request, "requests")
        return {
            "time": self._clock.now_ms(),
            "accounts": {account: self._core.ledger(account) for account in self._accounts},
            "requests": self._pipeline.requests.rows(latest),
        }

    def _state(self, request: Mapping[str, Any]) -> Json:
        return {
            "id": self._state_id,
            "pid": os.getpid(),
            "sockets": self._hub.census(),
            "mode": self._market.mode,
            "serverTime": self._clock.now_ms(),
        }

    def _account(self, request: Mapping[str, Any]) -> str:
        account = request.get("account")
        if account is None and len(self._accounts) == 1:
            return self._accounts[0]
        if account not in self._accounts:
            raise BadRequest(f"unknown account {account!r}; use one of {', '.join(self._accounts)}")
        return str(account)

    def _symbol(self, request: Mapping[str, Any]) -> str:
        symbol = request.get("symbol")
        if not isinstance(symbol, str) or symbol not in self._market.symbols:
            raise BadRequest(f"unknown symbol {symbol!r}; use one of {', '.join(self._market.symbols)}")
        return symbol


def _arguments(query: bytes, body: bytes) -> Mapping[str, Any]:
    """Return the JSON object of the body, or the query string's values when there is no body."""
    if not body.strip():
        return {name: values[-1] for name, values in parse_qs(query.decode("utf-8", "replace")).items()}
    try:
        request = parse_json(body)
    except ValueError as error:
        raise BadRequest(f"the body is not JSON: {error}") from None
    if not isinstance(request, dict):
        raise BadRequest("the body must be a JSON object")
    return request


def _optional_number(request: Mapping[str, Any], name: str) -> Decimal | None:
    value = request.get(name)
    if value is None:
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if isinstance(value, bool) or not number.is_finite():
        raise BadRequest(f"{name} must be a number, not {value!r}")
    if number and abs(number.adjusted()) > _LONGEST_EXPONENT:
        raise BadRequest(f"{name} must not be so {'large' if number.adjusted() > 0 else 'close to zero'}")
    return number


def _optional_money(request: Mapping[str, Any], name: str) -> Decimal | None:
    number = _optional_number(request, name)
    if number is not None and number <= 0:
        raise BadRequest(f"{name} must be above zero")
    return number


def _optional_id(request: Mapping[str, Any], name: str) -> int | None:
    number = _optional_number(request, name)
    if number is not None and (number < 0 or number != int(number)):
        raise BadRequest(f"{name} must be a whole number")
    return None if number is None else int(number)


def _choice(request: Mapping[str, Any], name: str, choices: tuple[str, ...], default: str | None = None) -> str:
    value = request.get(name, default)
    if value not in choices:
        raise BadRequest(f"{name} must be one of {', '.join(choices)}")
    return str(value)
