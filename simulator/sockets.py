"""One WebSocket connection: its queue, its control frames and its end.

Source: Binance USDⓈ-M Futures documentation, page "WebSocket Market Streams → Live Subscribing/Unsubscribing".
"""

import asyncio
import json
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from starlette.websockets import WebSocket

from simulator import hostile_streams
from simulator.connections import Connection
from simulator.fault_kinds import Kind
from simulator.faults import FaultRule
from simulator.hub import Hub
from simulator.params import parse_json
from simulator.stream_names import Listening, Opening, looks_like_listen_key

_QUEUED_FRAMES = 4096  # a client that lets so many pile up is cut
_MESSAGES_PER_SECOND = 10
_MAX_STREAMS = 1024
_POLICY_VIOLATION = 1008
_HELD_BACK_SECONDS = 1.0
_METHODS = ("SUBSCRIBE", "UNSUBSCRIBE", "LIST_SUBSCRIPTIONS", "SET_PROPERTY", "GET_PROPERTY")


@dataclass(frozen=True, slots=True)
class _Close:
    """The last thing in a queue."""

    code: int
    reason: str


class _Refused(Exception):
    """A control message that cannot be followed; code 0 to 4 as documented."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class StreamSocket:
    """One client's connection; frames queue without waiting, a task of its own writes them out."""

    def __init__(self, websocket: WebSocket, opening: Opening, hub: Hub, connection: Connection) -> None:
        self.opening = opening
        self.combined = opening.combined
        self._websocket = websocket
        self._hub = hub
        self._connection = connection
        self._suffering: asyncio.Task[None] | None = None
        self._muted = False
        self._queue: asyncio.Queue[str | _Close] = asyncio.Queue(_QUEUED_FRAMES)
        self._subscriptions: dict[str, None] = {}
        self._held_back: str | None = None
        self._message_times: deque[float] = deque(maxlen=_MESSAGES_PER_SECOND + 1)

    @property
    def holds_back(self) -> bool:
        """Whether an event waits to be sent after the next one."""
        return self._held_back is not None

    def send(self, frame: str) -> None:
        """Queue a frame; a client too slow to take what it asked for is cut."""
        self._enqueue(frame)
        self._release()

    def hold_back(self, frame: str) -> None:
        """Send this frame after the next one, or after a second when none comes."""
        self._held_back = frame
        asyncio.get_running_loop().call_later(_HELD_BACK_SECONDS, self._release)

    def cut(self) -> None:
        """Abort the connection without a close frame."""
        self._connection.abort()

    def suffer(self, rule: FaultRule) -> None:
        """Say nothing or too much, as the rule wants it, until the client goes or the rule is taken away."""
        self._muted = rule.kind is Kind.WS_ENDLESS  # another frame may not come between the parts of a message
        self._suffering = asyncio.create_task(hostile_streams.WAYS[rule.kind](rule, self._connection))

    def close(self, code: int, reason: str) -> None:
        """Close the connection after what is queued."""
        self._enqueue(_Close(code, reason))

    async def serve(self) -> None:
        """Subscribe to what the URL asked for and follow the client until it goes."""
        sender = asyncio.create_task(self._write_out())
        try:
            for listening in self.opening.keys:
                self._add(listening.key, listening)
            self._subscribe(list(self.opening.streams))
            while True:
                message = await self._websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                self._follow(message.get("text") or (message.get("bytes") or b"").decode("utf-8", "replace"))
        finally:
            self._hub.detach(self)
            sender.cancel()
            with suppress(asyncio.CancelledError):
                await sender

    async def _write_out(self) -> None:
        while True:
            frame = await self._queue.get()
            if self._muted:
                continue
            try:
                if isinstance(frame, _Close):
                    await self._websocket.close(frame.code, frame.reason)
                    return
                await self._websocket.send_text(frame)
            except (RuntimeError, OSError):  # the client went first; receive() ends the connection
                return

    def _enqueue(self, frame: str | _Close) -> None:
        try:
            self._queue.put_nowait(frame)
        except asyncio.QueueFull:
            self.cut()

    def _release(self) -> None:
        frame, self._held_back = self._held_back, None
        if frame is not None:
            self._enqueue(frame)

    def _follow(self, text: str) -> None:
        now = asyncio.get_running_loop().time()
        self._message_times.append(now)
        if len(self._message_times) > _MESSAGES_PER_SECOND and now - self._message_times[0] < 1.0:
            self.close(_POLICY_VIOLATION, "Too many requests")
            return
        request_id: Any = None
        try:
            request = _parse(text)
            request_id = _request_id(request)
            self._reply({"result": self._answer(request["method"], request.get("params")), "id": request_id})
        except _Refused as refused:
            self._reply({"code": refused.code, "msg": refused.message, "id": request_id})

    def _reply(self, answer: dict[str, Any]) -> None:
        self._enqueue(json.dumps(answer, separators=(",", ":")))

    def _answer(self, method: str, params: object) -> object:
        match method:
            case "SUBSCRIBE":
                self._subscribe(_names(params))
            case "UNSUBSCRIBE":
                for name in _names(params):
                    self._subscriptions.pop(name, None)
                    self._hub.unsubscribe(self, name)
            case "LIST_SUBSCRIPTIONS":
                return list(self._subscriptions)
            case "SET_PROPERTY":
                self.combined = _wants_combined(params)
            case _:
                _property(params)
                return self.combined
        return None

    def _subscribe(self, names: list[str]) -> None:
        if len(self._subscriptions.keys() | set(names)) > _MAX_STREAMS:
            self._reply({"code": 4, "msg": f"Too many subscriptions: at most {_MAX_STREAMS} streams per connection"})
            self.close(_POLICY_VIOLATION, "Too many subscriptions")
            return
        for name in names:
            if self.opening.route == "private" and looks_like_listen_key(name):
                self._add(name, Listening(name, None))
            else:
                self._add(name, None)

    def _add(self, name: str, listening: Listening | None) -> None:
        self._subscriptions[name] = None
        if listening is not None:
            self._hub.listen(self, listening)
        else:
            self._hub.subscribe(self, name)


def _parse(text: str) -> dict[str, Any]:
    try:
        request = parse_json(text, parse_float=float)
    except ValueError as error:
        place = f"line {getattr(error, 'lineno', 1)} column {getattr(error, 'colno', 1)}"
        raise _Refused(3, f"Invalid JSON: expected value at {place}") from None
    if not isinstance(request, dict) or "method" not in request:
        raise _Refused(2, "Invalid request: missing field `method`")
    if request["method"] not in _METHODS:
        expected = ", ".join(f"`{method}`" for method in _METHODS)
        raise _Refused(2, f"Invalid request: unknown variant `{request['method']}`, expected one of {expected}")
    return request


def _request_id(request: dict[str, Any]) -> int | str | None:
    request_id = request.get("id")
    is_number = isinstance(request_id, int) and not isinstance(request_id, bool) and request_id >= 0
    if request_id is not None and not is_number and not isinstance(request_id, str):
        raise _Refused(2, "Invalid request: request ID must be an unsigned integer")
    return request_id


def _names(params: object) -> list[str]:
    if not isinstance(params, list) or not all(isinstance(name, str) for name in params):
        raise _Refused(2, "Invalid request: params must be an array of stream names")
    return params


def _wants_combined(params: object) -> bool:
    words = _property(params)
    if len(words) != 2 or not isinstance(words[1], bool):
        raise _Refused(1, "Invalid value type: expected Boolean")
    return words[1]


def _property(params: object) -> list[Any]:
    if not isinstance(params, list) or not params or not isinstance(params[0], str):
        raise _Refused(2, "Invalid request: property name must be a string")
    if params[0] != "combined":
        raise _Refused(0, "Unknown property")
    return params
