"""The guard in front of everything: nothing behind it is reached by a name, an origin or a person it does not know."""

from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from access import sign_in
from access.headers import REPLACED, Header, page_policy, security_headers
from access.hosts import EVERYWHERE, Host, is_own_origin, is_served, parse_host
from access.index_page import IndexPage
from access.limits import BodyTooLarge, announces_too_much, bounded, is_shut, refuse
from access.listening import Listening, is_local
from access.proxies import Visitor
from access.requests import cookie_of, first_header, header_values, visitor
from access.sockets import POLICY_VIOLATION, TOO_MANY, OpenSockets, cuttable
from domain.allowed_hosts import is_loopback
from runtime import Runtime, RuntimeNotStarted, get_runtime

# Whatever is below these is never the index page; everything else may be, because pages have addresses of their own.
_NEVER_INDEX: Final = ("/_stcore/", "/static/", "/media/", "/app/static/", "/component/")
# Tells the pages which session they are drawn for; what a browser says under this name is taken out.
SESSION_HEADER: Final = b"x-dashboard-session"
_ASKED_OF_INDEX: Final = frozenset({b"accept-encoding", b"range", b"if-none-match", b"if-modified-since"})


class Guard:
    """Pure ASGI middleware: before every page, WebSocket, file and route, Streamlit's own included."""

    def __init__(
        self,
        app: ASGIApp,
        listening: Callable[[], Listening],
        runtime: Callable[[], Runtime] = get_runtime,
        modules: tuple[str, ...] = (),
    ) -> None:
        """Read the index page once; the runtime is asked for with each request, because it is built later.

        Args:
            app: what stands behind.
            listening: where the server listens, as it does in the end.
            runtime: gives the running bot, or raises RuntimeNotStarted.
            modules: addresses of the modules that the first page draws with.
        """
        self._app = app
        self._listening = listening
        self._runtime = runtime
        self._index = IndexPage.load(modules)
        self._headers = security_headers(page_policy(self._index.script_hashes))
        self._sockets = OpenSockets()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it pass."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        try:
            runtime = self._runtime()
        except RuntimeNotStarted:
            words = '{"status":"starting"}' if scope["path"] == "/healthz" else "The bot is starting."
            await self._refuse(scope, receive, send, 503, words)
            return
        listening = self._listening()
        came_from = visitor(scope, runtime.config.trusted_proxy_hops, listening.tls)
        host = self._checked_host(scope, runtime, listening)
        if host is None:
            await self._refuse(scope, receive, send, 421, _unknown_name_words(scope))
        elif not self._is_own_origin(scope, came_from, host):
            await self._refuse(scope, receive, send, 403, "Another page may not use the dashboard.")
        elif not runtime.services.access.is_locked and not _is_this_machine(scope, host):
            await self._refuse(scope, receive, send, 403, _THIS_MACHINE_ONLY)
        elif is_shut(scope["path"]):
            await self._refuse(scope, receive, send, 404, "Not Found")
        else:
            await self._admit(_renamed(scope, host), receive, send, runtime, came_from, listening)

    def _checked_host(self, scope: Scope, runtime: Runtime, listening: Listening) -> Host | None:
        """Return the name that the request is for, None when the dashboard is not served under it."""
        headers = header_values(scope, b"host")
        host = parse_host(headers[0]) if len(headers) == 1 else None
        if host is None:
            return None
        names = {*runtime.config.allowed_hosts, *{runtime.config.host.lower(), listening.address} - EVERYWHERE}
        server = scope.get("server")
        reached_at = server[0] if server is not None and listening.address in EVERYWHERE else None
        return host if is_served(host, names, reached_at) else None

    def _is_own_origin(self, scope: Scope, came_from: Visitor, host: Host) -> bool:
        origins = header_values(scope, b"origin")
        return not origins or (len(origins) == 1 and is_own_origin(origins[0], came_from.scheme, host))

    async def _admit(
        self, scope: Scope, receive: Receive, send: Send, runtime: Runtime, came_from: Visitor, listening: Listening
    ) -> None:
        """Let a request pass that comes by the right name and origin, if its session may."""
        access = runtime.services.access
        cookie = cookie_of(scope, listening.cookie_name)
        session = access.session_of(cookie)
        scope["signed_in"] = session is not None or not access.is_locked
        if session is not None:
            scope["headers"].append((SESSION_HEADER, str(session.id).encode()))
        if scope["type"] == "websocket":
            if not scope["signed_in"] or not self._sockets.has_room(came_from.address):
                code = TOO_MANY if scope["signed_in"] else POLICY_VIOLATION
                await receive()
                await send({"type": "websocket.close", "code": code})
                return

            def may_stay() -> bool:
                return not access.is_locked or access.session_of(cookie) is not None

            with self._sockets.entered(came_from.address, may_stay) as socket:
                await self._app(scope, *cuttable(socket, receive, send))
            return
        if announces_too_much(first_header(scope, b"content-length")):
            await self._refuse(scope, receive, send, 413, "Too large")
            return
        answer = sign_in.answer_of(scope["path"])
        if answer is not None:
            await answer(
                sign_in.Asked(scope, bounded(receive), access, came_from, session, listening.cookie_name), send
            )
        elif not scope["signed_in"] and scope["path"] != "/healthz":
            await sign_in.ask_to_sign_in(scope, send, self._headers)
        else:
            await self._pass_on(scope, bounded(receive), send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let what stands behind answer, under our headers, and put our index page in place of Streamlit's."""
        may_be_index = scope["method"] in ("GET", "HEAD") and not scope["path"].startswith(_NEVER_INDEX)
        asked = scope
        if may_be_index:
            kept = [(name, value) for name, value in scope["headers"] if name not in _ASKED_OF_INDEX]
            asked = {**scope, "headers": kept}
        began = replaced = False

        async def send_guarded(message: Message) -> None:
            nonlocal began, replaced
            if replaced:
                return
            if message["type"] == "http.response.start":
                began = True
                if may_be_index and self._index.is_answered_by(message):
                    replaced = True
                    await self._send_index(scope, send)
                    return
                own = [(name, value) for name, value in message["headers"] if name.lower() not in REPLACED]
                message = {**message, "headers": [*own, *self._headers]}
            await send(message)

        try:
            await self._app(asked, receive, send_guarded)
        except BodyTooLarge:
            if not began:
                await refuse(send, 413, "Too large", self._headers)

    async def _send_index(self, scope: Scope, send: Send) -> None:
        unchanged = first_header(scope, b"if-none-match") == self._index.tag
        compressed = "gzip" in (first_header(scope, b"accept-encoding") or "")
        body = b"" if unchanged else self._index.compressed if compressed else self._index.body
        headers: list[Header] = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-cache"),
            (b"vary", b"Accept-Encoding"),
            (b"etag", self._index.tag.encode()),
            *([(b"content-encoding", b"gzip")] if compressed and not unchanged else []),
            *self._headers,
        ]
        await send({"type": "http.response.start", "status": 304 if unchanged else 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else body})

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, status: int, text: str) -> None:
        if scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})
        else:
            await refuse(send, status, text, self._headers)


_THIS_MACHINE_ONLY: Final = (
    "The dashboard has no password, so it opens on its own machine only: http://127.0.0.1 and its port. "
    "Set a password there in Settings, or start the bot with DASHBOARD_PASSWORD."
)


def _unknown_name_words(scope: Scope) -> str:
    host = parse_host(first_header(scope, b"host") or "")
    name = "this name" if host is None else host.name
    return (
        f"The dashboard is not served under {name}. If it should be, add it to ALLOWED_HOSTS and start the bot again."
    )


def _is_this_machine(scope: Scope, host: Host) -> bool:
    """Say whether a request came in through loopback, by one of its names, and was not forwarded for anybody."""
    server = scope.get("server")
    forwarded = header_values(scope, b"x-forwarded-for") or header_values(scope, b"forwarded")
    return is_loopback(host.name) and not forwarded and (server is None or is_local(server[0]))


def _renamed(scope: Scope, host: Host) -> Scope:
    """Return the request with one Host header: exactly what the Origin says, as Streamlit compares the two as texts.

    Whether they mean the same was decided here; Streamlit would ask other machines for our address where they differ
    in a default port or in capitals.
    """
    origin = first_header(scope, b"origin")
    name = str(host) if origin is None else origin.split("://", 1)[1]
    headers = [(key, value) for key, value in scope["headers"] if key not in (b"host", SESSION_HEADER)]
    return {**scope, "headers": [(b"host", name.encode("latin-1")), *headers]}
