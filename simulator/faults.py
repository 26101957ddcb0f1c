"""Faults that a test asks for: rules matched against requests and sockets, used up in the order they were given."""

import asyncio
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from simulator.fault_fields import (
    BadFault,
    pattern_of,
    read_code,
    read_fraction,
    read_kind,
    read_seconds,
    read_times,
    socket_pattern_of,
    split_match,
)
from simulator.fault_kinds import (
    EVENT_KINDS,
    OPENING_KINDS,
    PLACING_KINDS,
    READ_KINDS,
    SOCKET_KINDS,
    WINDOW_KINDS,
    Kind,
    applies,
    places_order,
)
from simulator.interfaces import Json

_SOCKET_PATH = re.compile(r"/(public|market|private|ws|stream|\*)(/|\*|$)")


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
    given_at: float  # monotonic
    code: int | None = None  # of a refusal
    hits: int = 0
    until: float | None = None  # monotonic end of a window that has begun
    acting: int = 0  # answers and sockets that suffer from it at this moment
    ended: asyncio.Event = field(default_factory=asyncio.Event)  # set when somebody takes the rule away

    def matches(self, method: str, path: str) -> bool:
        """Return whether the rule speaks of this request or socket."""
        return bool(self.method_pattern.fullmatch(method) and self.path_pattern.fullmatch(path))

    def usable(self, now: float) -> bool:
        """Return whether the rule can still hit something new at monotonic time now."""
        return now < self.until if self.until is not None else self.times > 0

    def alive(self, now: float) -> bool:
        """Return whether the rule can still hit something new, or is at work on what it has hit."""
        return self.acting > 0 or self.usable(now)

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Keep the rule alive while an answer or a socket suffers from it."""
        self.acting += 1
        try:
            yield
        finally:
            self.acting -= 1

    def use(self, now: float) -> None:
        """Note one hit: it begins the rule's window, or takes one of its times."""
        self.hits += 1
        if self.kind in WINDOW_KINDS and self.seconds > 0:
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
            **({} if self.code is None else {"code": self.code}),
            "hits": self.hits,
            "acting": self.acting,
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

    def add(self, requested: Mapping[str, Any], now: float) -> FaultRule:
        """Add a rule from a control request at monotonic time now.

        Raises:
            BadFault: with a sentence saying what would work.
        """
        unknown = set(requested) - {"match", "kind", "times", "seconds", "fraction", "code"}
        if unknown:
            raise BadFault(
                f"unknown field {', '.join(sorted(unknown))}; use match, kind, times, seconds, fraction, code"
            )
        kind = read_kind(requested.get("kind"))
        method, path = split_match(requested.get("match"))
        self._check_reachable(kind, method, path)
        rule = FaultRule(
            id=self._next_id,
            match=requested["match"],
            kind=kind,
            times=read_times(requested.get("times", 1)),
            seconds=read_seconds(requested.get("seconds", 0), kind),
            fraction=read_fraction(requested.get("fraction", "0.5")),
            method_pattern=pattern_of("*" if kind in SOCKET_KINDS else method),
            path_pattern=socket_pattern_of(path) if kind in SOCKET_KINDS else pattern_of(path),
            given_at=now,
            code=read_code(requested.get("code"), kind),
        )
        self._next_id += 1
        self._rules = [*self._living(now), rule]
        return rule

    def rows(self, now: float) -> list[Json]:
        """Return the rules that still have something to do."""
        return [rule.row() for rule in self._living(now)]

    def clear(self) -> None:
        """Drop every rule and end what it is doing."""
        for rule in self._rules:
            rule.ended.set()
        self._rules.clear()

    def remove(self, rule_id: int) -> bool:
        """Drop one rule and end what it is doing; return whether it was there."""
        rule = next((rule for rule in self._rules if rule.id == rule_id), None)
        if rule is None:
            return False
        rule.ended.set()
        self._rules.remove(rule)
        return True

    def for_request(
        self, method: str, path: str, parameters: Mapping[str, str], *, signed: bool, connected_at: float, now: float
    ) -> FaultRule | None:
        """Return the rule that acts on a request and use it once.

        connected_at is when the request's connection was opened, monotonic as now.
        """
        for rule in self._usable(now):
            if rule.kind is Kind.DEAD_KEEPALIVE and connected_at > rule.given_at:
                continue
            if rule.matches(method, path) and applies(rule.kind, method, path, parameters, signed, rule.code):
                rule.use(now)
                return rule
        return None

    def for_trigger(self, now: float) -> FaultRule | None:
        """Return the reject_at_trigger rule that no placement has used up, and use it once."""
        rule = next((rule for rule in self._usable(now) if rule.kind is Kind.REJECT_AT_TRIGGER), None)
        if rule is not None:
            rule.use(now)
        return rule

    def for_event(self, path: str, now: float) -> FaultRule | None:
        """Return the rule that acts on an event for the socket at path, without using it."""
        return self._for_socket(path, now, EVENT_KINDS)

    def for_opening(self, path: str, now: float) -> FaultRule | None:
        """Return the rule that cuts or mutes a socket at path as soon as it is open, without using it."""
        return self._for_socket(path, now, OPENING_KINDS)

    def for_listen_key(self, now: float) -> FaultRule | None:
        """Return the rule that expires a listenKey, without using it."""
        return next((rule for rule in self._usable(now) if rule.kind is Kind.LISTEN_KEY_EXPIRED), None)

    def _for_socket(self, path: str, now: float, kinds: frozenset[Kind]) -> FaultRule | None:
        return next((rule for rule in self._usable(now) if rule.kind in kinds and rule.matches("WS", path)), None)

    def _living(self, now: float) -> list[FaultRule]:
        return [rule for rule in self._rules if rule.alive(now)]

    def _usable(self, now: float) -> Iterator[FaultRule]:
        return (rule for rule in self._rules if rule.usable(now))

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
            if pattern_of(method).fullmatch(endpoint[0]) and pattern_of(path).fullmatch(endpoint[1])
        ]
        if not hit:
            raise BadFault(f"nothing answers {method} {path}; use one of {_listed(self._endpoints)}, or *")
        if kind in READ_KINDS and all(endpoint[0] != "GET" for endpoint in hit):
            raise BadFault(f"{kind} acts on reads only; match a GET request such as GET /fapi/v1/order")
        if kind in PLACING_KINDS and not any(places_order(*endpoint) for endpoint in hit):
            raise BadFault(f"{kind} acts on placing orders only; match POST /fapi/v1/order or POST /fapi/v1/algoOrder")


def _listed(endpoints: list[tuple[str, str]]) -> str:
    return ", ".join(f"{method} {path}" for method, path in endpoints)
