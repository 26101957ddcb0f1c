"""Control requests: tests move prices, clock and external orders, ask for faults, read the truth. Loopback only."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator.account_controls import AccountControls
from simulator.clock import ExchangeClock
from simulator.control_fields import BadRequest, Fields, optional_id, optional_number, read_fields
from simulator.errors import ApiError
from simulator.fault_fields import BadFault
from simulator.fault_kinds import SOCKET_KINDS
from simulator.faults import FaultBook
from simulator.hub import Hub
from simulator.interfaces import ControlledMarket, Json, Store, TradingCore
from simulator.market_controls import MarketControls
from simulator.pipeline import Pipeline
from simulator.ticker import Ticker

_LONGEST_ADVANCE_SECONDS = 366 * 86_400  # every minute of it is walked while everybody waits


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
        market_controls = MarketControls(clock, market, core, ticker)
        account_controls = AccountControls(market, core, ticker, accounts)
        self._controls: dict[tuple[str, str], Callable[[Fields], Any]] = {
            ("POST", "/control/price"): market_controls.set_price,
            ("POST", "/control/prices"): market_controls.set_mode,
            ("POST", "/control/symbol"): market_controls.change_symbol,
            ("POST", "/control/index"): market_controls.set_index,
            ("POST", "/control/book"): market_controls.set_book,
            ("POST", "/control/clock"): self._advance_clock,
            ("POST", "/control/position"): account_controls.trade_external,
            ("POST", "/control/cancel"): account_controls.cancel_external,
            ("POST", "/control/account"): account_controls.change_account,
            ("POST", "/control/faults"): self._add_fault,
            ("GET", "/control/faults"): self._list_faults,
            ("DELETE", "/control/faults"): self._remove_faults,
            ("POST", "/control/wipe"): account_controls.wipe,
            ("POST", "/control/reseed"): account_controls.reseed,
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
            content = control(read_fields(query, body))
        except (BadRequest, BadFault) as refusal:
            return ControlAnswer(400, {"error": str(refusal)})
        except ApiError as refusal:
            return ControlAnswer(400, {"code": refusal.code, "msg": refusal.message, "error": refusal.message})
        finally:
            self._store.commit()
        return ControlAnswer(200, content)

    def _advance_clock(self, fields: Fields) -> Json:
        seconds = optional_number(fields, "advance_seconds")
        if seconds is None or seconds < 0:
            raise BadRequest("advance_seconds must be a number from 0 up; the clock only moves forwards")
        if seconds > _LONGEST_ADVANCE_SECONDS:
            raise BadRequest(f"advance_seconds must be at most {_LONGEST_ADVANCE_SECONDS}, a year; ask again to go on")
        self._clock.advance(int(seconds * 1000))
        self._ticker.save_clock()
        self._ticker.tick()
        return {"serverTime": self._clock.now_ms()}

    def _add_fault(self, fields: Fields) -> Json:
        rule = self._faults.add(fields, time.monotonic())
        if rule.kind in SOCKET_KINDS:
            self._hub.apply(rule)
        return {"id": rule.id}

    def _list_faults(self, fields: Fields) -> list[Json]:
        return self._faults.rows(time.monotonic())

    def _remove_faults(self, fields: Fields) -> Json:
        rule_id = optional_id(fields, "id")
        if rule_id is None:
            self._faults.clear()
        elif not self._faults.remove(rule_id):
            raise BadRequest(f"no fault has id {rule_id}; GET /control/faults lists them")
        return {}

    def _reset(self, fields: Fields) -> Json:
        self._faults.clear()
        self._pipeline.forget()
        self._core.reset()
        return {"accounts": list(self._accounts)}

    def _ledger(self, fields: Fields) -> Json:
        latest = optional_id(fields, "requests")
        return {
            "time": self._clock.now_ms(),
            "accounts": {account: self._core.ledger(account) for account in self._accounts},
            "requests": self._pipeline.requests.rows(latest),
        }

    def _state(self, fields: Fields) -> Json:
        return {
            "id": self._state_id,
            "pid": os.getpid(),
            "sockets": self._hub.census(),
            "mode": self._market.mode,
            "serverTime": self._clock.now_ms(),
        }
