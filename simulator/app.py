"""The ASGI application: HTTP requests to the pipeline or to control, WebSockets to the hub."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.websockets import WebSocket

from simulator.connections import Connection, connection_of
from simulator.control import Control, ControlAnswer
from simulator.delivery import deliver, first_of, send_whole
from simulator.faults import FaultBook
from simulator.host_guard import is_loopback
from simulator.hub import Hub
from simulator.messages import Request, encode
from simulator.pipeline import Pipeline
from simulator.sockets import StreamSocket
from simulator.store import LogStore
from simulator.stream_names import parse_opening
from simulator.ticker import Ticker

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_MAX_BODY_BYTES = 1_000_000
_LINGER_SECONDS = 1.0
_JSON = (b"content-type", b"application/json")
_JSON_WANTED = "control requests are JSON: send them with Content-Type: application/json"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ExchangeApp:
    """Routes what arrives; everything it calls is synchronous, so requests never interleave."""

    pipeline: Pipeline
    control: Control
    hub: Hub

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request or socket."""
        if scope["type"] == "http":
            await self._serve_http(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)

    async def _serve_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            body = await _read_body(receive)
        except _TooLarge:
            await _refuse_body(connection_of(scope), send)
            return
        if body is None:
            return
        if scope["path"].startswith("/control"):
            answer = self._follow_control(scope, body)
            await send_whole(send, answer.status, (_JSON,), encode(answer.content))
            return
        reply = self.pipeline.handle(_request(scope, body))
        await deliver(reply, connection_of(scope), send)

    def _follow_control(self, scope: Scope, body: bytes) -> ControlAnswer:
        if not is_loopback(_address(scope)):
            return ControlAnswer(403, {"error": "control requests are answered on this machine only"})
        content_type = _header(scope, b"content-type")
        if (body or content_type is not None) and not _is_json(content_type):
            return ControlAnswer(415, {"error": f"{_JSON_WANTED}, not {content_type or 'none at all'}"})
        try:
            return self.control.handle(scope["method"], scope["path"], scope["query_string"], body)
        except Exception:
            _log.exception("control %s %s failed", scope["method"], scope["path"])
            return ControlAnswer(500, {"error": "the practice exchange failed; its log says how"})

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        websocket = WebSocket(scope, receive, send)
        opening = parse_opening(scope["path"], scope["query_string"].decode("ascii", "replace"))
        if opening is None:
            await websocket.close(1008, "no stream lives here")
            return
        await websocket.accept()
        socket = StreamSocket(websocket, opening, self.hub, connection_of(scope))
        if self.hub.attach(socket):
            await socket.serve()
        else:
            socket.cut()


@dataclass(frozen=True, slots=True)
class PracticeExchange:
    """A whole exchange: what to serve, what to keep ticking and what to close at the end."""

    app: ExchangeApp
    ticker: Ticker
    faults: FaultBook
    store: LogStore


class _TooLarge(Exception):
    """A body larger than any request of a client."""


async def _read_body(receive: Receive) -> bytes | None:
    """Return the request's body, None when its client went midway.

    Raises:
        _TooLarge: it is larger than any request of a client; what was read of it is gone.
    """
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            raise _TooLarge
        if not message.get("more_body"):
            return body


async def _refuse_body(connection: Connection, send: Send) -> None:
    error = {"error": f"a request may have {_MAX_BODY_BYTES} bytes at most"}
    await send_whole(send, 413, (_JSON,), encode(error))
    # A client still sending would lose the answer if the connection ended at once.
    await first_of(_LINGER_SECONDS, connection.lost)
    connection.abort()


def _is_json(content_type: str | None) -> bool:
    return content_type is not None and content_type.partition(";")[0].strip().lower() == "application/json"


def _request(scope: Scope, body: bytes) -> Request:
    return Request(
        scope["method"],
        scope["path"],
        scope["query_string"],
        body,
        _header(scope, b"x-mbx-apikey"),
        _address(scope),
        connection_of(scope).opened_at,
    )


def _header(scope: Scope, name: bytes) -> str | None:
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), None)


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return client[0] if client else ""
