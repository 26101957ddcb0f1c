"""Where events leave for WebSocket clients: who listens to what, and the faults on the way."""

import asyncio
import json
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from simulator.clock import ExchangeClock
from simulator.fault_kinds import OPENING_KINDS, Kind
from simulator.faults import FaultBook, FaultRule
from simulator.interfaces import Json
from simulator.stream_names import Listening, Opening, delivers
from simulator.switches import Switches

_LIFE_MS = 24 * 60 * 60 * 1000
_GOING_AWAY = 1001
_NORMAL_CLOSURE = 1000


class Subscriber(Protocol):
    """One open socket as the hub sees it."""

    @property
    def opening(self) -> Opening:
        """How the socket was opened."""

    @property
    def combined(self) -> bool:
        """Whether payloads are wrapped as {"stream", "data"}."""

    @property
    def holds_back(self) -> bool:
        """Whether an event waits to be sent after the next one."""

    def send(self, frame: str) -> None:
        """Queue a frame."""

    def hold_back(self, frame: str) -> None:
        """Send this frame after the next one, or after a second when none comes."""

    def cut(self) -> None:
        """Abort the connection without a close frame."""

    def suffer(self, rule: FaultRule) -> None:
        """Say nothing or too much, as the rule wants it, until the client goes or the rule is taken away."""

    def close(self, code: int, reason: str) -> None:
        """Close the connection after what is queued."""


class Hub:
    """Implements Publisher for the sockets that are open."""

    def __init__(self, clock: ExchangeClock, faults: FaultBook, switches: Switches | None = None) -> None:
        self._clock = clock
        self._faults = faults
        self._switches = switches or Switches()
        self._opened_at_ms: dict[Subscriber, int] = {}
        self._streams: dict[str, set[Subscriber]] = {}
        self._listeners: dict[str, dict[Subscriber, frozenset[str] | None]] = {}  # by listenKey
        self._key_of_account: dict[str, str] = {}
        self._expire: Callable[[], None] = lambda: None

    # Publisher

    def user(self, account: str, event: Json) -> None:
        """Send one user-data event (with "e" and "E") to the account's private streams, in call order."""
        key = self._key_of_account.get(account)
        if key is not None and (listeners := self._listeners.get(key)):
            name = event["e"]
            self._deliver(key, event, [socket for socket, kinds in listeners.items() if kinds is None or name in kinds])

    def market(self, stream: str, payload: Json | list[Json]) -> None:
        """Send one market event to the subscribers of a stream name such as btcusdt@markPrice@1s."""
        if subscribers := self._streams.get(stream):
            self._deliver(stream, payload, subscribers)

    def market_wanted(self, stream: str) -> bool:
        """Return whether anybody is subscribed, so that nothing is computed for nobody."""
        return stream in self._streams

    # Sockets

    def attach(self, socket: Subscriber) -> bool:
        """Take in a socket; return False when a fault cuts it instead."""
        now = time.monotonic()
        if rule := self._faults.for_opening(socket.opening.path, now):
            rule.use(now)
            if rule.kind is Kind.WS_DROP:
                return False
            socket.suffer(rule)
        self._opened_at_ms[socket] = self._clock.now_ms()
        return True

    def detach(self, socket: Subscriber) -> None:
        """Forget a socket that has gone."""
        self._opened_at_ms.pop(socket, None)
        for name in [name for name, subscribers in self._streams.items() if socket in subscribers]:
            self._leave(name, socket)
        for key in [key for key, listeners in self._listeners.items() if socket in listeners]:
            self._leave_key(key, socket)

    def subscribe(self, socket: Subscriber, name: str) -> None:
        """Deliver a market stream to a socket; a stream asked for on the wrong route stays silent."""
        if delivers(socket.opening.route, name, self._switches.strict_routing):
            self._streams.setdefault(name, set()).add(socket)

    def listen(self, socket: Subscriber, listening: Listening) -> None:
        """Deliver the user data of a listenKey to a socket; a key that nobody has is silent, not refused.

        Whether a key in the path, or one without named events, is heard at all is for the switches to say.
        """
        if socket.opening.route != "private" and self._switches.strict_routing:
            return
        key, events = listening.key, listening.events
        unnamed_is_silent = self._switches.private_stream_without_events == "none"
        if listening.in_path:
            events = frozenset() if self._switches.listen_key_in_path == "none" else events
        elif events is None and unnamed_is_silent:
            events = frozenset()
        self._listeners.setdefault(key, {})[socket] = events
        if key in self._key_of_account.values() and (rule := self._faults.for_listen_key(time.monotonic())):
            self.expire_by_fault(rule)

    def unsubscribe(self, socket: Subscriber, name: str) -> None:
        """Stop delivering a market stream or the user data of a listenKey."""
        self._leave(name, socket)
        self._leave_key(name, socket)

    def census(self) -> dict[str, int]:
        """Return how many sockets are open on each route, "unrouted" for the old paths."""
        count = dict.fromkeys(("public", "market", "private", "unrouted"), 0)
        for socket in self._opened_at_ms:
            count[socket.opening.route or "unrouted"] += 1
        return count

    def close_old(self) -> None:
        """Close the sockets that have lived for 24 hours of the exchange's clock."""
        born_before = self._clock.now_ms() - _LIFE_MS
        for socket in [socket for socket, opened_ms in self._opened_at_ms.items() if opened_ms <= born_before]:
            del self._opened_at_ms[socket]
            socket.close(_GOING_AWAY, "connection lifetime reached")

    # listenKeys

    def on_expiry_asked(self, expire: Callable[[], None]) -> None:
        """Say how all listenKeys are expired when a fault asks for it."""
        self._expire = expire

    def assign_key(self, account: str, key: str) -> None:
        """Send the account's events to the listeners of key from now on."""
        self._key_of_account[account] = key

    def expire_key(self, account: str, key: str) -> None:
        """Tell a key's listeners that it has expired; they stay open and hear nothing more."""
        event = {"e": "listenKeyExpired", "E": self._clock.now_ms(), "listenKey": key}
        listening = [socket for socket, kinds in self._listeners.get(key, {}).items() if kinds != frozenset()]
        self._deliver(key, event, listening)
        self._key_of_account.pop(account, None)

    def end_key(self, account: str, key: str) -> None:
        """Close the sockets of a key that its owner has ended."""
        self._key_of_account.pop(account, None)
        for socket in list(self._listeners.get(key, {})):
            socket.close(_NORMAL_CLOSURE, "listenKey closed")

    # Faults

    def apply(self, rule: FaultRule) -> None:
        """Act out a new rule on what is open already."""
        if rule.kind in OPENING_KINDS:
            hit = [socket for socket in self._opened_at_ms if rule.matches("WS", socket.opening.path)]
            if hit:
                rule.use(time.monotonic())
            for socket in hit:
                socket.cut() if rule.kind is Kind.WS_DROP else socket.suffer(rule)
        elif rule.kind is Kind.LISTEN_KEY_EXPIRED and self._key_of_account:
            self.expire_by_fault(rule)

    def expire_by_fault(self, rule: FaultRule) -> None:
        """Expire every listenKey, `seconds` from now."""
        rule.use(time.monotonic())
        asyncio.get_running_loop().call_later(rule.seconds, self._expire)

    def _deliver(self, stream: str, payload: Json | list[Json], sockets: Iterable[Subscriber]) -> None:
        raw = json.dumps(payload, separators=(",", ":"))
        wrapped = f'{{"stream":{json.dumps(stream)},"data":{raw}}}'
        now = time.monotonic()
        used: dict[int, FaultRule] = {}
        for socket in list(sockets):
            frame = wrapped if socket.combined else raw
            rule = None if socket.holds_back else self._faults.for_event(socket.opening.path, now)
            if rule is None:
                socket.send(frame)
                continue
            used[rule.id] = rule
            if rule.kind is Kind.WS_REORDER:
                socket.hold_back(frame)
            elif rule.kind is Kind.WS_DUPLICATE:
                socket.send(frame)
                socket.send(frame)
        for rule in used.values():
            rule.use(now)

    def _leave(self, name: str, socket: Subscriber) -> None:
        subscribers = self._streams.get(name)
        if subscribers is not None:
            subscribers.discard(socket)
            if not subscribers:
                del self._streams[name]

    def _leave_key(self, key: str, socket: Subscriber) -> None:
        listeners = self._listeners.get(key)
        if listeners is not None:
            listeners.pop(socket, None)
            if not listeners:
                del self._listeners[key]
