"""What every REST request goes through: parameters, limits, faults, keys, signature, time, handler, commit, headers."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from simulator import fault_answers
from simulator.authorisation import Authorisation
from simulator.clock import ExchangeClock
from simulator.endpoints import Call, Endpoint, EngineFault, Routes, Security
from simulator.errors import ApiError
from simulator.fault_kinds import ENGINE_KINDS, Kind
from simulator.faults import FaultBook, FaultRule
from simulator.interfaces import Account, Store
from simulator.limits import RequestLimits
from simulator.messages import Reply, Request, encode
from simulator.params import Params, Values
from simulator.recent_answers import Answer, RecentAnswers
from simulator.request_log import RequestEntry, RequestLog
from simulator.signing import parse_parameters
from simulator.switches import Switches

_REFUSED = 400
_FUNDING_PATHS = frozenset({"/fapi/v1/fundingRate", "/fapi/v1/fundingInfo"})
_CLOCK_PATHS = frozenset({"/fapi/v1/time", "/api/v3/time"})
_FORBIDDEN_PAGE = b"<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body></body>\r\n</html>\r\n"
_JSON = (b"content-type", b"application/json")
_HTML = (b"content-type", b"text/html; charset=utf-8")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request and what the exchange made of it before executing anything."""

    request: Request
    endpoint: Endpoint
    values: Values
    entry: RequestEntry


@dataclass(slots=True)
class _Outcome:
    """A reply in the making."""

    status: int = 200
    content: Any = None
    body: bytes | None = None  # instead of content
    html: bool = False
    lost: bool = False
    rule: FaultRule | None = None
    retry_after: int | None = None
    order_counts: tuple[int, int] | None = None

    def refuse(self, refusal: ApiError, retry_after: int | None = None) -> None:
        self.status = refusal.status
        self.content = {"code": refusal.code, "msg": refusal.message}
        self.retry_after = retry_after

    def show_page(self, status: int, page: bytes) -> None:
        self.status, self.body, self.html = status, page, True


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
        self._authorisation = Authorisation(account_of_key, switches)
        self._recent_answers = RecentAnswers()
        self._late: list[tuple[int, _Asked]] = []  # (due_ms, request): answers lost, to be executed when due

    def handle(self, request: Request) -> Reply:
        """Answer one request, or, when a fault delivers it twice, the second of the two."""
        reply = self._answer(request)
        if reply.rule is not None and reply.rule.kind is Kind.DELIVERED_TWICE:
            reply = self._answer(request, repeated=reply.rule)
        return reply

    def _answer(self, request: Request, repeated: FaultRule | None = None) -> Reply:
        now_ms = self.clock.now_ms()
        entry = self.requests.begin(now_ms, request.method, request.path)
        outcome = _Outcome()
        used_weight = 0
        values: Values = Values()
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
                outcome.show_page(403, _FORBIDDEN_PAGE)  # as the test venue's host answers these paths
            elif endpoint is None:
                raise ApiError(-5000, f"Path {request.path}, Method {request.method} is invalid", status=404)
            else:
                self._meet_fault(_Asked(request, endpoint, values, entry), outcome, repeated)
        except ApiError as refusal:
            used_weight = used_weight or self.limits.use(request.address, 1, now_ms)
            outcome.refuse(refusal)
            if outcome.status == _REFUSED:
                outcome.status = self._switches.refusal_status
        except Exception:
            _log.exception("%s %s failed", request.method, request.path)
            outcome.refuse(ApiError(-1000, "An unknown error occured while processing the request.", status=500))
        reply = self._reply(request, values, entry, outcome, used_weight)
        entry.status = None if reply.lost else reply.status
        return reply

    def run_late(self) -> None:
        """Execute the late requests whose time has come; those past their recvWindow are refused unseen."""
        now_ms = self.clock.now_ms()
        due = [asked for due_ms, asked in self._late if due_ms <= now_ms]
        if not due:
            return
        self._late = [late for late in self._late if late[0] > now_ms]
        for asked in due:
            try:
                self._execute(asked, _Outcome(), None)
            except ApiError as refusal:
                _log.info("late %s %s refused: %s", asked.request.method, asked.request.path, refusal)
            except Exception:
                _log.exception("late %s %s failed", asked.request.method, asked.request.path)

    def forget(self) -> None:
        """Drop the request log, all counters and bans, and late requests still under way."""
        self.requests.clear()
        self.limits.clear()
        self._recent_answers.clear()
        self._late.clear()

    def _meet_fault(self, asked: _Asked, outcome: _Outcome, repeated: FaultRule | None) -> None:
        rule = repeated or self._rule_for(asked)
        if rule is None:
            self._execute(asked, outcome, None)
            return
        asked.entry.fault = str(rule.kind)
        if repeated is not None:
            self._execute(asked, outcome, None)
            return
        outcome.rule = rule
        if rule.kind in (Kind.DROP_BEFORE, Kind.LATE):
            outcome.lost = True
            if rule.kind is Kind.LATE:
                self._late.append((self.clock.now_ms() + int(rule.seconds * 1000), asked))
        elif rule.kind is Kind.DEAD_KEEPALIVE:
            outcome.lost = True
        elif rule.kind is Kind.HTML_502:
            outcome.show_page(502, fault_answers.BAD_GATEWAY_PAGE)
        elif instead := fault_answers.instead_of_executing(rule, asked.request.address, self.clock.now_ms()):
            outcome.refuse(*instead)
        else:
            self._execute_faulty(asked, outcome, rule)

    def _rule_for(self, asked: _Asked) -> FaultRule | None:
        return self._faults.for_request(
            asked.request.method,
            asked.request.path,
            asked.values,
            signed=asked.endpoint.security is Security.SIGNED,
            connected_at=asked.request.connected_at,
            now=time.monotonic(),
        )

    def _execute_faulty(self, asked: _Asked, outcome: _Outcome, rule: FaultRule) -> None:
        """Execute, then answer as the rule says; a refusal of the execution is lost behind the fault as well."""
        outcome.lost = rule.kind is Kind.DROP_AFTER
        instead = fault_answers.after_executing(rule)
        try:
            self._execute(asked, outcome, rule)
        except ApiError:
            if instead is None:
                raise
        if instead is not None:
            outcome.refuse(instead)
        elif rule.kind is Kind.AMNESIA:
            outcome.content = fault_answers.forgotten(asked.request.path)
        elif rule.kind is Kind.ODD_ROW:
            outcome.content = fault_answers.with_odd_row(outcome.content)

    def _execute(self, asked: _Asked, outcome: _Outcome, rule: FaultRule | None) -> None:
        request, endpoint, values = asked.request, asked.endpoint, asked.values
        now_ms = self.clock.now_ms()
        skew_ms = int(rule.seconds * 1000) if rule is not None and rule.kind is Kind.CLOCK_SKEW else 0
        account = self._authorisation.account(request, endpoint, values, now_ms + skew_ms)
        asked.entry.account = account
        if account is not None and endpoint.order_count != (0, 0):
            outcome.order_counts = self.limits.count_order(account, endpoint.order_count, now_ms)
        fault = None
        if rule is not None and rule.kind in ENGINE_KINDS:
            fault = EngineFault(str(rule.kind), rule.seconds, rule.fraction)
        shown_ms = now_ms + skew_ms if request.path in _CLOCK_PATHS else now_ms
        try:
            outcome.content = endpoint.handler(Call(self._parameters(values), account, shown_ms, fault))
            asked.entry.executed = True
        finally:
            self._store.commit()

    def _parameters(self, values: Values) -> Params:
        return Params(values, capitalised_booleans=self._switches.accept_capitalised_booleans)

    def _reply(
        self, request: Request, values: Values, entry: RequestEntry, outcome: _Outcome, used_weight: int
    ) -> Reply:
        status = outcome.status
        body = encode(outcome.content) if outcome.body is None else outcome.body
        if outcome.rule is not None and outcome.rule.kind is Kind.WRONG_ANSWER:
            another = self._recent_answers.of_another(request, values)
            status, body = (another.status, another.body) if another else (200, fault_answers.another(entry.at))
        elif not outcome.lost and not outcome.html:
            self._recent_answers.note(Answer(request, values, status, body))
        return Reply(status, body, _headers(outcome, used_weight), entry, outcome.rule, outcome.lost)


def _headers(outcome: _Outcome, used_weight: int) -> tuple[tuple[bytes, bytes], ...]:
    headers = [_HTML if outcome.html else _JSON, (b"x-mbx-used-weight-1m", str(used_weight).encode())]
    if outcome.order_counts is not None:
        headers.append((b"x-mbx-order-count-10s", str(outcome.order_counts[0]).encode()))
        headers.append((b"x-mbx-order-count-1m", str(outcome.order_counts[1]).encode()))
    if outcome.retry_after is not None:
        headers.append((b"retry-after", str(outcome.retry_after).encode()))
    return tuple(headers)


def _weight(endpoint: Endpoint | None, values: Values) -> int:
    if endpoint is None:
        return 1
    return endpoint.weight if isinstance(endpoint.weight, int) else endpoint.weight(values)
