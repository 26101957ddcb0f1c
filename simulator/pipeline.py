"""What every REST request goes through: parameters, limits, faults, keys, signature, time, handler, commit, headers."""

import json
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator import fault_answers
from simulator.clock import ExchangeClock
from simulator.endpoints import Call, Endpoint, EngineFault, Routes, Security
from simulator.errors import ApiError
from simulator.faults import ENGINE_KINDS, FaultBook, FaultRule, Kind
from simulator.interfaces import Account, Store
from simulator.limits import RequestLimits
from simulator.params import Params
from simulator.request_log import RequestEntry, RequestLog
from simulator.signing import parse_parameters, signature_holds
from simulator.switches import Switches

_DEFAULT_RECV_WINDOW_MS = 5000
_MAX_RECV_WINDOW_MS = 60_000
_REFUSED = 400
_AHEAD_TOLERATED_MS = 1000
_FUNDING_PATHS = frozenset({"/fapi/v1/fundingRate", "/fapi/v1/fundingInfo"})
_CLOCK_PATHS = frozenset({"/fapi/v1/time", "/api/v3/time"})
_FORBIDDEN_PAGE = b"<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body></body>\r\n</html>\r\n"
_JSON = (b"content-type", b"application/json")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived."""

    method: str
    path: str
    query: bytes
    body: bytes
    api_key: str | None
    address: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back: after delay_seconds, or, when lost, a cut connection instead."""

    status: int
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...]
    delay_seconds: float = 0.0
    lost: bool = False


@dataclass(frozen=True, slots=True)
class _Late:
    """A request whose answer was lost at once and which runs when its time has come."""

    due_ms: int
    request: Request
    endpoint: Endpoint
    values: dict[str, str]
    entry: RequestEntry


@dataclass(slots=True)
class _Outcome:
    """A reply in the making."""

    status: int = 200
    content: Any = None
    html: bytes | None = None
    lost: bool = False
    delay_seconds: float = 0.0
    retry_after: int | None = None
    order_counts: tuple[int, int] | None = None

    def refuse(self, refusal: ApiError, retry_after: int | None = None) -> None:
        self.status = refusal.status
        self.content = {"code": refusal.code, "msg": refusal.message}
        self.retry_after = retry_after


def encode(content: object) -> bytes:
    """Return content as compact JSON bytes."""
    return json.dumps(content, separators=(",", ":")).encode()


class Pipeline:
    """Answers requests one at a time; each runs to its end, durable before its answer leaves."""

    def __init__(
        self,
        routes: Routes,
        clock: ExchangeClock,
        store: Store,
        faults: FaultBook,
        account_of_key: Callable[[str], Account | None],
        switches: Switches,
    ) -> None:
        self._switches = switches
        self.requests = RequestLog()
        self.limits = RequestLimits()
        self.routes = routes
        self.clock = clock
        self._store = store
        self._faults = faults
        self._account_of_key = account_of_key
        self._late: list[_Late] = []

    def handle(self, request: Request) -> Reply:
        """Answer one request."""
        now_ms = self.clock.now_ms()
        entry = self.requests.begin(now_ms, request.method, request.path)
        outcome = _Outcome()
        used_weight = 0
        try:
            endpoint = self.routes.find(request.method, request.path)
            values = parse_parameters(request.query, request.body)
            used_weight = self.limits.use(request.address, _weight(endpoint, values), now_ms)
            refused = self.limits.refusal(request.address, now_ms)
            if not refused and request.path in _FUNDING_PATHS:
                refused = self.limits.count_funding(request.address, now_ms)
            if refused:
                outcome.refuse(*refused)
            elif endpoint is None and request.path.startswith("/sapi/"):
                outcome.status, outcome.html = 403, _FORBIDDEN_PAGE  # as the test venue's host answers these paths
            elif endpoint is None:
                raise ApiError(-5000, f"Path {request.path}, Method {request.method} is invalid", status=404)
            else:
                self._meet_fault(request, endpoint, values, entry, outcome)
        except ApiError as refusal:
            used_weight = used_weight or self.limits.use(request.address, 1, now_ms)
            outcome.refuse(refusal)
            if outcome.status == _REFUSED:
                outcome.status = self._switches.refusal_status
        except Exception:
            _log.exception("%s %s failed", request.method, request.path)
            outcome.refuse(ApiError(-1000, "An unknown error occured while processing the request.", status=500))
        entry.answered = not outcome.lost
        entry.status = None if outcome.lost else outcome.status
        return _reply(outcome, used_weight)

    def run_late(self) -> None:
        """Execute the late requests whose time has come; those past their recvWindow are refused unseen."""
        now_ms = self.clock.now_ms()
        due = [late for late in self._late if late.due_ms <= now_ms]
        if not due:
            return
        self._late = [late for late in self._late if late.due_ms > now_ms]
        for late in due:
            try:
                self._execute(late.request, late.endpoint, late.values, late.entry, _Outcome(), None)
            except ApiError as refusal:
                _log.info("late %s %s refused: %s", late.request.method, late.request.path, refusal)
            except Exception:
                _log.exception("late %s %s failed", late.request.method, late.request.path)

    def forget(self) -> None:
        """Drop the request log, all counters and bans, and late requests still under way."""
        self.requests.clear()
        self.limits.clear()
        self._late.clear()

    def _meet_fault(
        self, request: Request, endpoint: Endpoint, values: dict[str, str], entry: RequestEntry, outcome: _Outcome
    ) -> None:
        signed = endpoint.security is Security.SIGNED
        rule = self._faults.for_request(request.method, request.path, values, signed, time.monotonic())
        if rule is None:
            self._execute(request, endpoint, values, entry, outcome, None)
            return
        entry.fault = str(rule.kind)
        if rule.kind in (Kind.DROP_BEFORE, Kind.LATE):
            outcome.lost = True
            if rule.kind is Kind.LATE:
                due_ms = self.clock.now_ms() + int(rule.seconds * 1000)
                self._late.append(_Late(due_ms, request, endpoint, values, entry))
        elif rule.kind is Kind.HTML_502:
            outcome.status, outcome.html = 502, fault_answers.BAD_GATEWAY_PAGE
        elif instead := fault_answers.instead_of_executing(rule, request.address, self.clock.now_ms()):
            outcome.refuse(*instead)
        else:
            self._execute_faulty(request, endpoint, values, entry, outcome, rule)

    def _execute_faulty(
        self,
        request: Request,
        endpoint: Endpoint,
        values: dict[str, str],
        entry: RequestEntry,
        outcome: _Outcome,
        rule: FaultRule,
    ) -> None:
        """Execute, then answer as the rule says; a refusal of the execution is lost behind the fault as well."""
        outcome.lost = rule.kind is Kind.DROP_AFTER
        outcome.delay_seconds = rule.seconds if rule.kind is Kind.DELAY else 0.0
        instead = fault_answers.after_executing(rule)
        try:
            self._execute(request, endpoint, values, entry, outcome, rule)
        except ApiError:
            if instead is None:
                raise
        if instead is not None:
            outcome.refuse(instead)
        elif rule.kind is Kind.AMNESIA:
            outcome.content = fault_answers.forgotten(request.path)

    def _execute(
        self,
        request: Request,
        endpoint: Endpoint,
        values: dict[str, str],
        entry: RequestEntry,
        outcome: _Outcome,
        rule: FaultRule | None,
    ) -> None:
        now_ms = self.clock.now_ms()
        skew_ms = int(rule.seconds * 1000) if rule is not None and rule.kind is Kind.CLOCK_SKEW else 0
        account = self._authorise(request, endpoint, values, now_ms + skew_ms)
        entry.account = account
        if account is not None and endpoint.order_count != (0, 0):
            outcome.order_counts = self.limits.count_order(account, endpoint.order_count, now_ms)
        fault = None
        if rule is not None and rule.kind in ENGINE_KINDS:
            fault = EngineFault(str(rule.kind), rule.seconds, rule.fraction)
        shown_ms = now_ms + skew_ms if request.path in _CLOCK_PATHS else now_ms
        try:
            outcome.content = endpoint.handler(Call(self._parameters(values), account, shown_ms, fault))
            entry.executed = True
        finally:
            self._store.commit()

    def _parameters(self, values: dict[str, str]) -> Params:
        return Params(values, capitalised_booleans=self._switches.accept_capitalised_booleans)

    def _authorise(self, request: Request, endpoint: Endpoint, values: dict[str, str], shown_ms: int) -> str | None:
        """Return the account name that the request proves to speak for, None on public endpoints."""
        if endpoint.security is Security.NONE:
            return None
        if not request.api_key:
            raise ApiError(-2014, "API-key format invalid.", status=401)
        account = self._account_of_key(request.api_key)
        if account is None:
            raise ApiError(-2015, "Invalid API-key, IP, or permissions for action.", status=401)
        if endpoint.security is Security.SIGNED:
            parameters = Params(values)
            timestamp = parameters.integer("timestamp")
            signature = parameters.text("signature")
            _check_time(timestamp, parameters.optional_integer("recvWindow"), shown_ms)
            if not signature_holds(
                account.secret, request.query, request.body, signature, over=self._switches.signature_over
            ):
                raise ApiError(-1022, "Signature for this request is not valid.")
        return account.name


def _check_time(timestamp: int, recv_window: int | None, server_time: int) -> None:
    window = _DEFAULT_RECV_WINDOW_MS if recv_window is None else recv_window
    if window > _MAX_RECV_WINDOW_MS:
        raise ApiError(-1131, "recvWindow must be less than 60000")
    if timestamp >= server_time + _AHEAD_TOLERATED_MS:
        raise ApiError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if server_time - timestamp > window:
        raise ApiError(-1021, "Timestamp for this request is outside of the recvWindow.")


def _weight(endpoint: Endpoint | None, values: dict[str, str]) -> int:
    if endpoint is None:
        return 1
    return endpoint.weight if isinstance(endpoint.weight, int) else endpoint.weight(values)


def _reply(outcome: _Outcome, used_weight: int) -> Reply:
    headers = [_JSON, (b"x-mbx-used-weight-1m", str(used_weight).encode())]
    if outcome.order_counts is not None:
        headers.append((b"x-mbx-order-count-10s", str(outcome.order_counts[0]).encode()))
        headers.append((b"x-mbx-order-count-1m", str(outcome.order_counts[1]).encode()))
    if outcome.retry_after is not None:
        headers.append((b"retry-after", str(outcome.retry_after).encode()))
    if outcome.html is not None:
        headers[0] = (b"content-type", b"text/html; charset=utf-8")
    body = outcome.html if outcome.html is not None else encode(outcome.content)
    return Reply(outcome.status, body, tuple(headers), outcome.delay_seconds, outcome.lost)
