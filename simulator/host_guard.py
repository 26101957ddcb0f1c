"""Who may talk to the exchange at all: programs that call it by its name, and no web page of another origin.

A web page open in a browser on this machine reaches every port here. Its Origin gives it away, and when it makes its
own name resolve to this machine, the Host header does.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from simulator.connections import connection_of
from simulator.delivery import send_whole
from simulator.messages import encode

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

SOCKETS_PER_ADDRESS = 200

_HOST = re.compile(r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(:(?P<port>[0-9]{1,5}))?")
_DEFAULT_PORT = "80"
_JSON = (b"content-type", b"application/json")
_SHOWN = 100  # characters of a refused name


class HostGuard:
    """ASGI middleware in front of everything: requests and sockets, the exchange's own and /control."""

    def __init__(self, app: App, further_names: Iterable[str] = ()) -> None:
        self._app = app
        self._further_names = frozenset(name.strip("[]").lower() for name in further_names)
        self._sockets: Counter[str] = Counter()  # open ones by address

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what may enter, refuse the rest with a sentence."""
        refusal = self._refusal(scope)
        if scope["type"] == "http":
            if refusal is not None:
                await send_whole(send, 403, (_JSON,), encode({"error": refusal}))
            else:
                await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._guard_socket(refusal, scope, receive, send)

    async def _guard_socket(self, refusal: str | None, scope: Scope, receive: Receive, send: Send) -> None:
        address = scope["client"][0] if scope.get("client") else ""
        if refusal is not None:
            await _refuse_socket(scope, send, 403, refusal)
        elif self._sockets[address] >= SOCKETS_PER_ADDRESS:
            await _refuse_socket(
                scope, send, 503, f"{address} has {SOCKETS_PER_ADDRESS} sockets open; close some first"
            )
        else:
            self._sockets[address] += 1
            try:
                await self._app(scope, receive, send)
            finally:
                self._sockets[address] -= 1
                if not self._sockets[address]:
                    del self._sockets[address]

    def _refusal(self, scope: Scope) -> str | None:
        hosts = _values(scope, b"host")
        parts = _HOST.fullmatch(hosts[0].lower()) if len(hosts) == 1 else None
        if parts is None or not self._is_ours(parts["name"].strip("[]")):
            shown = ", ".join(hosts)[:_SHOWN] or "no name"
            return (
                f"this practice exchange is not served as {shown!r}: call it 127.0.0.1 or localhost, "
                "or start it with --allow-host and the name"
            )
        own = f"http://{parts['name']}:{parts['port'] or _DEFAULT_PORT}"
        for origin in _values(scope, b"origin"):
            if _with_port(origin) != own:
                return f"web pages of {origin[:_SHOWN]!r} may not use the practice exchange"
        # Browsers leave out Origin where a page only embeds something, but then say whose page it is.
        for site in _values(scope, b"sec-fetch-site"):
            if site not in ("same-origin", "none"):
                return "web pages of other origins may not use the practice exchange"
        return None

    def _is_ours(self, name: str) -> bool:
        return is_loopback(name) or name in self._further_names


def is_loopback(host: str) -> bool:
    """Return whether a name or an address always means this machine."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def host_name(text: str) -> str:
    """Return a name that the exchange may be called by, without a port, in lower case.

    Raises:
        ValueError: the text is no such name; the message says what would be.
    """
    parts = _HOST.fullmatch(text.lower())
    if parts is None:
        parts = _HOST.fullmatch(f"[{text.lower()}]")
    if parts is None or parts["port"]:
        raise ValueError(f"{text!r} is not a host name such as practice.example.org, without scheme and port")
    return parts["name"].strip("[]")


def _with_port(origin: str) -> str:
    return origin if re.search(r":[0-9]+$", origin) else f"{origin}:{_DEFAULT_PORT}"


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for key, value in scope["headers"] if key.lower() == name]


async def _refuse_socket(scope: Scope, send: Send, status: int, sentence: str) -> None:
    body = encode({"error": sentence})
    await send({"type": "websocket.http.response.start", "status": status, "headers": [_JSON]})
    await send({"type": "websocket.http.response.body", "body": body})
    await connection_of(scope).lost.wait()  # uvicorn would complain of a handshake left open
