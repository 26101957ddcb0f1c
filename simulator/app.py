"""The ASGI application: HTTP requests to the pipeline or to control, WebSockets to the hub."""

import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from starlette.websockets import WebSocket

from simulator.connections import connection_of
from simulator.control import Control, ControlAnswer, refusal_of_stranger
from simulator.delivery import deliver, send_whole
from simulator.faults import FaultBook
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
        body = await _read_body(receive)
        if body is None:
            await send_whole(send, 413, ((b"content-type", b"text/html"),), b"")
            return
        if scope["path"].startswith("/control"):
            answer = self._follow_control(scope, body)
            await send_whole(send, answer.status, ((b"content-type", b"application/json"),), encode(answer.content))
            return
        reply = self.pipeline.handle(_request(scope, body))
        await deliver(reply, connection_of(scope), send)

    def _follow_control(self, scope: Scope, body: bytes) -> ControlAnswer:
        stranger = refusal_of_stranger(_address(scope), _header(scope, b"origin"))
        if stranger is not None:
            return ControlAnswer(403, {"error": stranger})
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


async def _read_body(receive: Receive) -> bytes | None:
    """Return the request's body, None when it is larger than any request of a client or its client went midway."""
    body = b""
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        body += chunk
        if len(body) > _MAX_BODY_BYTES:
            return None
        if not message.get("more_body"):
            return body


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
