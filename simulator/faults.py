"""Faults that a test asks for: rules matched against requests and sockets, used up in the order they were given."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from simulator.interfaces import Json

_ORDER_PLACING = frozenset({"/fapi/v1/order", "/fapi/v1/batchOrders", "/fapi/v1/algoOrder"})
SINGLE_READS = frozenset({"/fapi/v1/order", "/fapi/v1/openOrder", "/fapi/v1/algoOrder"})
_LIST_READS = frozenset(
    {
        "/fapi/v1/openOrders",
        "/fapi/v1/allOrders",
        "/fapi/v1/openAlgoOrders",
        "/fapi/v1/allAlgoOrders",
        "/fapi/v1/userTrades",
        "/fapi/v1/income",
        "/fapi/v1/forceOrders",
        "/fapi/v2/positionRisk",
        "/fapi/v3/positionRisk",
    }
)


_LONGEST_SECONDS = 366 * 86_400
_SOCKET_PATH = re.compile(r"/(public|market|private|ws|stream|\*)(/|\*|$)")


class Kind(StrEnum):
    """What goes wrong."""

    DROP_BEFORE = "drop_before"  # the connection is cut, nothing was executed
    DROP_AFTER = "drop_after"  # executed, then the connection is cut instead of an answer
    UNKNOWN_EXECUTED = "unknown_executed"  # 503 "Unknown error …" after executing
    UNKNOWN_NOT_EXECUTED = "unknown_not_executed"  # the same answer without executing
    TIMEOUT_EXECUTED = "timeout_executed"  # 408 -1007 after executing
    TIMEOUT_NOT_EXECUTED = "timeout_not_executed"  # the same answer without executing
    LATE = "late"  # the connection is cut at once; executed `seconds` later if still within recvWindow
    THROTTLED = "throttled"  # 503 -1008, closing and cancelling requests exempt
    RATE_LIMITED = "rate_limited"  # 429 -1003, Retry-After `seconds` or 1
    BANNED = "banned"  # 418 -1003 for `seconds` from the first hit, or `times` answers when seconds is 0
    CLOCK_SKEW = "clock_skew"  # the request meets a serverTime moved by `seconds`, which may be negative
    AMNESIA = "amnesia"  # for `seconds` from the first hit single reads are -2013 and list reads []
    READ_LAG = "read_lag"  # the read shows the account as it was `seconds` ago
    DELAY = "delay"  # executed at once, answered `seconds` later
    PARTIAL_FILL = "partial_fill"  # only `fraction` of the quantity fills, the rest expires
    UNFILLED = "unfilled"  # nothing fills, the order expires
    REJECT_AT_TRIGGER = "reject_at_trigger"  # the conditional order's child is refused when it triggers
    HTML_502 = "html_502"  # an HTML page with status 502, nothing executed
    # The next four last for `seconds` from the first hit, or for `times` cuts or events when seconds is 0.
    WS_DROP = "ws_drop"  # sockets are cut: those open now at once (together one cut), then each new one
    WS_SILENT = "ws_silent"  # sockets stay open, their events are lost
    WS_DUPLICATE = "ws_duplicate"  # events arrive twice
    WS_REORDER = "ws_reorder"  # an event arrives after the one that follows it, after a second if none does
    LISTEN_KEY_EXPIRED = "listen_key_expired"  # `seconds` from now listenKeyExpired is sent and the keys are gone


SOCKET_KINDS = frozenset({Kind.WS_DROP, Kind.WS_SILENT, Kind.WS_DUPLICATE, Kind.WS_REORDER, Kind.LISTEN_KEY_EXPIRED})
EVENT_KINDS = frozenset({Kind.WS_SILENT, Kind.WS_DUPLICATE, Kind.WS_REORDER})
ENGINE_KINDS = frozenset({Kind.PARTIAL_FILL, Kind.UNFILLED, Kind.REJECT_AT_TRIGGER, Kind.READ_LAG})
_READ_KINDS = frozenset({Kind.AMNESIA, Kind.READ_LAG})
_PLACING_KINDS = frozenset({Kind.PARTIAL_FILL, Kind.UNFILLED, Kind.REJECT_AT_TRIGGER})
_WINDOW_KINDS = frozenset({Kind.AMNESIA, Kind.BANNED, Kind.WS_DROP} | EVENT_KINDS)  # `seconds` is how long they last


class BadFault(ValueError):
    """A fault rule that cannot work; the text says what would."""


@dataclass(slots=True)
class FaultRule:
    """One rule and what is left of it."""

    id: int
    match: str
    kind: Kind
    times: int
    seconds: float
    fraction: str
    method_pattern: re.Pattern[str]
    path_pattern: re.Pattern[str]
    hits: int = 0
    until: float | None = None  # monotonic end of a window that has begun

    def matches(self, method: str, path: str) -> bool:
        """Return whether the rule speaks of this request or socket."""
        return bool(self.method_pattern.fullmatch(method) and self.path_pattern.fullmatch(path))

    def alive(self, now: float) -> bool:
        """Return whether the rule still has something to do at monotonic time now."""
        return now < self.until if self.until is not None else self.times > 0

    def use(self, now: float) -> None:
        """Note one hit: it begins the rule's window, or takes one of its times."""
        self.hits += 1
        if self.kind in _WINDOW_KINDS and self.seconds > 0:
            if self.until is None:
                self.until = now + self.seconds
        else:
            self.times -= 1

    def row(self) -> Json:
        """Return the rule as GET /control/faults shows it."""
        return {
            "id": self.id,
            "match": self.match,
            "kind": str(self.kind),
            "times": self.times,
            "seconds": self.seconds,
            "fraction": self.fraction,
            "hits": self.hits,
        }


class FaultBook:
    """The rules in force, oldest first; the first one that matches and applies is the one that acts."""

    def __init__(self, endpoints: Iterable[tuple[str, str]] = ()) -> None:
        self._endpoints = sorted(endpoints)
        self._rules: list[FaultRule] = []
        self._next_id = 1

    def learn(self, endpoints: Iterable[tuple[str, str]]) -> None:
        """Say which (method, path) exist, so that a rule that could never act is refused."""
        self._endpoints = sorted(endpoints)

    def add(self, requested: Mapping[str, Any]) -> FaultRule:
        """Add a rule from a control request.

        Raises:
            BadFault: with a sentence saying what would work.
        """
        unknown = set(requested) - {"match", "kind", "times", "seconds", "fraction"}
        if unknown:
            raise BadFault(f"unknown field {', '.join(sorted(unknown))}; use match, kind, times, seconds, fraction")
        kind = _kind(requested.get("kind"))
        match = requested.get("match")
        if not isinstance(match, str) or not match.strip():
            raise BadFault('match must be a method and a path such as "POST /fapi/v1/order"; * stands for anything')
        method, path = _split(match)
        self._check_reachable(kind, method, path)
        rule = FaultRule(
            id=self._next_id,
            match=match,
            kind=kind,
            times=_times(requested.get("times", 1)),
            seconds=_seconds(requested.get("seconds", 0), kind),
            fraction=_fraction(requested.get("fraction", "0.5")),
            method_pattern=_pattern("*" if kind in SOCKET_KINDS else method),
            path_pattern=_socket_pattern(path) if kind in SOCKET_KINDS else _pattern(path),
        )
        self._next_id += 1
        self._rules.append(rule)
        return rule

    def rows(self, now: float) -> list[Json]:
        """Return the rules that still have something to do."""
        return [rule.row() for rule in self._living(now)]

    def clear(self) -> None:
        """Drop every rule."""
        self._rules.clear()

    def remove(self, rule_id: int) -> bool:
        """Drop one rule; return whether it was there."""
        before = len(self._rules)
        self._rules = [rule for rule in self._rules if rule.id != rule_id]
        return len(self._rules) != before

    def for_request(
        self, method: str, path: str, parameters: Mapping[str, str], signed: bool, now: float
    ) -> FaultRule | None:
        """Return the rule that acts on a request and use it once."""
        if not self._rules:
            return None
        for rule in self._living(now):
            if rule.matches(method, path) and _applies(rule.kind, method, path, parameters, signed):
                rule.use(now)
                return rule
        return None

    def for_trigger(self, now: float) -> FaultRule | None:
        """Return the reject_at_trigger rule that no placement has used up, and use it once."""
        rule = next((rule for rule in self._living(now) if rule.kind is Kind.REJECT_AT_TRIGGER), None)
        if rule is not None:
            rule.use(now)
        return rule

    def for_event(self, path: str, now: float) -> FaultRule | None:
        """Return the rule that acts on an event for the socket at path, without using it."""
        return self._for_socket(path, now, EVENT_KINDS)

    def for_opening(self, path: str, now: float) -> FaultRule | None:
        """Return the ws_drop rule that cuts a socket at path, without using it."""
        return self._for_socket(path, now, frozenset({Kind.WS_DROP}))

    def for_listen_key(self, now: float) -> FaultRule | None:
        """Return the rule that expires a listenKey, without using it."""
        return next((rule for rule in self._living(now) if rule.kind is Kind.LISTEN_KEY_EXPIRED), None)

    def _for_socket(self, path: str, now: float, kinds: frozenset[Kind]) -> FaultRule | None:
        if not self._rules:
            return None
        return next((rule for rule in self._living(now) if rule.kind in kinds and rule.matches("WS", path)), None)

    def _living(self, now: float) -> list[FaultRule]:
        self._rules = [rule for rule in self._rules if rule.alive(now)]
        return self._rules

    def _check_reachable(self, kind: Kind, method: str, path: str) -> None:
        if kind in SOCKET_KINDS:
            if kind is not Kind.LISTEN_KEY_EXPIRED and path.startswith("/") and not _SOCKET_PATH.match(path):
                raise BadFault(f"{kind} acts on sockets; match WS /private, WS /market, WS /public or WS *")
            return
        if method == "WS":
            raise BadFault(f"{kind} acts on HTTP requests; for sockets use one of {', '.join(sorted(SOCKET_KINDS))}")
        hit = [
            endpoint
            for endpoint in self._endpoints
            if _pattern(method).fullmatch(endpoint[0]) and _pattern(path).fullmatch(endpoint[1])
        ]
        if not hit:
            raise BadFault(f"nothing answers {method} {path}; use one of {_listed(self._endpoints)}, or *")
        if kind in _READ_KINDS and all(endpoint[0] != "GET" for endpoint in hit):
            raise BadFault(f"{kind} acts on reads only; match a GET request such as GET /fapi/v1/order")
        if kind in _PLACING_KINDS and not any(_places_order(*endpoint) for endpoint in hit):
            raise BadFault(f"{kind} acts on placing orders only; match POST /fapi/v1/order or POST /fapi/v1/algoOrder")


def _applies(kind: Kind, method: str, path: str, parameters: Mapping[str, str], signed: bool) -> bool:
    if kind in SOCKET_KINDS:
        return False
    if kind is Kind.READ_LAG:
        return method == "GET" and signed
    if kind is Kind.AMNESIA:
        return method == "GET" and path in SINGLE_READS | _LIST_READS
    if kind is Kind.REJECT_AT_TRIGGER:
        return (method, path) == ("POST", "/fapi/v1/algoOrder")
    if kind in _PLACING_KINDS:
        return _places_order(method, path)
    if kind is Kind.THROTTLED:
        return not _exempt_from_throttling(method, parameters)
    return True


def _places_order(method: str, path: str) -> bool:
    return method == "POST" and path in _ORDER_PLACING


def _exempt_from_throttling(method: str, parameters: Mapping[str, str]) -> bool:
    """Return whether a request cancels or can only reduce: those pass the system-level protection."""
    direction = (parameters.get("side"), parameters.get("positionSide", "BOTH"))
    return (
        method == "DELETE"
        or parameters.get("closePosition") == "true"
        or (direction[1] == "BOTH" and parameters.get("reduceOnly") == "true")
        or direction in {("SELL", "LONG"), ("BUY", "SHORT")}
    )


def _kind(value: object) -> Kind:
    try:
        return Kind(str(value))
    except ValueError:
        raise BadFault(f"unknown kind {value!r}; use one of {', '.join(Kind)}") from None


def _times(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise BadFault("times must be a whole number from 1 up; DELETE /control/faults ends a rule early")
    return value


def _seconds(value: object, kind: Kind) -> float:
    try:
        seconds = Decimal(str(value))
    except InvalidOperation:
        seconds = Decimal("NaN")
    if isinstance(value, bool) or not seconds.is_finite():
        raise BadFault("seconds must be a number such as 2 or 0.5")
    if abs(seconds) > _LONGEST_SECONDS:
        raise BadFault(f"seconds must be at most {_LONGEST_SECONDS}, a year")
    if seconds < 0 and kind is not Kind.CLOCK_SKEW:
        raise BadFault("seconds must not be negative; only clock_skew can go either way")
    return float(seconds)


def _fraction(value: object) -> str:
    try:
        fraction = Decimal(str(value))
    except InvalidOperation:
        fraction = Decimal("NaN")
    if not fraction.is_finite() or not 0 <= fraction <= 1:
        raise BadFault('fraction must be a string between "0" and "1", such as "0.5"')
    return str(value)


def _split(match: str) -> tuple[str, str]:
    """Return (method, path) of a match; a lone path means any method, a lone * means everything."""
    first, _, rest = match.strip().partition(" ")
    if rest:
        return first.upper(), rest.strip()
    return ("*", first) if first.startswith(("/", "*")) else (first.upper(), "*")


def _pattern(text: str) -> re.Pattern[str]:
    first, *rest = (re.escape(piece) for piece in text.split("*"))
    if not rest:
        return re.compile(first)
    *middle, last = rest
    # The groups are atomic: a piece once found is not looked for again, so many stars cost no more than one.
    return re.compile(first + "".join(f"(?>.*?{piece})" for piece in middle if piece) + ".*" + last)


def _socket_pattern(path: str) -> re.Pattern[str]:
    """Socket paths may go on after what the rule names: WS /private speaks of /private/ws too."""
    if not path.startswith("/"):
        return re.compile(".*")
    return re.compile(_pattern(path.rstrip("/")).pattern + "(/.*)?")


def _listed(endpoints: list[tuple[str, str]]) -> str:
    return ", ".join(f"{method} {path}" for method, path in endpoints)
