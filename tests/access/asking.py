"""Asks the guard as the server does: scopes and messages by hand, so that every header can be anything."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from access.guard import Guard
from access.listening import Listening
from config import Config
from services.access.access import Access

HERE = Listening("127.0.0.1", 8501)


@dataclass
class Parts:
    """What the guard takes from a running bot."""

    access: Access


@dataclass
class Running:
    """A running bot, as far as the guard looks at it."""

    config: Config
    services: Parts


@dataclass
class Behind:
    """What stands behind the guard: answers everything and notes what reached it."""

    reached: list[Scope] = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.reached.append(scope)
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.accept"})
            while (await receive())["type"] != "websocket.disconnect":
                pass
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        await send({"type": "http.response.start", "status": 200, "headers": [(b"access-control-allow-origin", b"*")]})
        await send({"type": "http.response.body", "body": b"behind:" + body})


@dataclass
class Answered:
    """What came back."""

    messages: list[Message]

    @property
    def status(self) -> int:
        """The status of an HTTP answer; 101 for an accepted WebSocket, 403 for one refused before."""
        first = self.messages[0]
        if first["type"] == "http.response.start":
            return int(first["status"])
        return 101 if first["type"] == "websocket.accept" else 403

    @property
    def body(self) -> str:
        return b"".join(message.get("body", b"") for message in self.messages).decode()

    def header(self, name: str) -> str | None:
        found = [value.decode() for key, value in self.messages[0]["headers"] if key == name.encode()]
        return found[-1] if found else None


def guarded(behind: ASGIApp, config: Config, access: Access, listening: Listening = HERE) -> Guard:
    """Return a guard in front of something."""
    running: Any = Running(config, Parts(access))
    starts: Callable[[], Any] = lambda: running  # noqa: E731
    return Guard(behind, listening=lambda: listening, runtime=starts)


def scope_of(path: str = "/", method: str = "GET", **headers: str) -> dict[str, Any]:
    """Return a request to 127.0.0.1:8501; a header named host_ is left out when empty."""
    named = {"host": "127.0.0.1:8501"} | {name.replace("_", "-"): value for name, value in headers.items()}
    path, _, query = path.partition("?")
    return {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in named.items() if value],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8501),
    }


def ask(guard: Guard, scope: Scope, *chunks: bytes) -> Answered:
    """Send one request and return the answer."""
    return asyncio.run(asked(guard, scope, *chunks))


async def asked(guard: Guard, scope: Scope, *chunks: bytes) -> Answered:
    """Send one request and return the answer."""
    parts = list(chunks or (b"",))
    messages: list[Message] = []

    async def receive() -> Message:
        if scope["type"] == "websocket":
            return {"type": "websocket.connect"} if not messages else {"type": "websocket.disconnect", "code": 1000}
        return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

    async def send(message: Message) -> None:
        messages.append(message)

    await guard(scope, receive, send)
    return Answered(messages)
