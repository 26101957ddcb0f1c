"""Signing in over HTTP: the login page, the try, and what the pages' own script asks."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qs, quote

from starlette.types import Receive, Scope, Send

from access.headers import Header, login_policy, security_headers
from access.limits import BodyTooLarge
from access.login_page import STYLE_HASH, login_page
from access.proxies import Visitor
from access.requests import first_header, session_cookie
from services.access.access import Access
from services.access.delays import wait_words
from services.access.signing_in import SIGNED_IN_FOR
from services.access.views import SignedIn, SignInOutcome

_LOCAL_PATH: Final = re.compile(r"/(?![/\\])[A-Za-z0-9_./~?&=%+-]{0,500}")
# The form is sent with the page's address as its origin: under no-referrer browsers send `null` in its place.
_LOGIN_HEADERS: Final = [*security_headers(login_policy(STYLE_HASH), "same-origin"), (b"cache-control", b"no-store")]


@dataclass(frozen=True, slots=True)
class Asked:
    """One request to the routes of signing in, checked for host and origin."""

    scope: Scope
    receive: Receive
    access: Access
    visitor: Visitor
    session: SignedIn | None
    cookie_name: str


Answer = Callable[[Asked, Send], Awaitable[None]]


def answer_of(path: str) -> Answer | None:
    """Return what answers at a path, None when it is not ours."""
    return _ANSWERS.get(path)


async def ask_to_sign_in(scope: Scope, send: Send, headers: list[Header]) -> None:
    """Send a person to the login page, and tell a program that it must sign in."""
    wants_page = scope["method"] == "GET" and "text/html" in (first_header(scope, b"accept") or "")
    if not wants_page:
        await _send(send, 401, b"Sign in first.\n", [(b"content-type", b"text/plain; charset=utf-8"), *headers])
    elif first_header(scope, b"sec-fetch-site") == "cross-site":
        # A link on another site does not bring the cookie along. Loaded again by itself, the page does.
        again = b'<!DOCTYPE html><meta charset="utf-8"><meta http-equiv="refresh" content="0"><title>Opening</title>'
        await _send(send, 200, again, [(b"content-type", b"text/html; charset=utf-8"), *_LOGIN_HEADERS])
    else:
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        following = _local(f"{scope['path']}{query}")
        await _redirect(send, f"/login?next={quote(following, safe='')}")


async def _login(asked: Asked, send: Send) -> None:
    method = asked.scope["method"]
    if method not in ("GET", "HEAD", "POST"):
        await _send(send, 405, b"", [(b"allow", b"GET, HEAD, POST"), *_LOGIN_HEADERS])
        return
    try:
        fields = await _form(asked.receive) if method == "POST" else _fields(asked.scope["query_string"])
    except (BodyTooLarge, ValueError):
        await _send(send, 413, b"Too large\n", _LOGIN_HEADERS)
        return
    following = _local(fields.get("next", ["/"])[0])
    if not asked.access.is_locked or (method != "POST" and asked.session is not None):
        await _redirect(send, following)
    elif method == "POST":
        await _try(asked, send, fields, following)
    else:
        await _page(asked, send, 200, following)


async def _try(asked: Asked, send: Send, fields: dict[str, list[str]], following: str) -> None:
    tried = await asyncio.to_thread(
        asked.access.sign_in,
        asked.visitor.address,
        first_header(asked.scope, b"user-agent") or "",
        fields.get("password", [""])[0],
        fields.get("code", [""])[0],
    )
    if tried.outcome is SignInOutcome.SIGNED_IN and tried.cookie is not None:
        secure = asked.visitor.scheme == "https"
        cookie = session_cookie(asked.cookie_name, tried.cookie, int(SIGNED_IN_FOR.total_seconds()), secure)
        await _redirect(send, following, [(b"set-cookie", cookie.encode())])
    elif tried.outcome is SignInOutcome.TOO_EARLY:
        wait = wait_words(tried.wait)
        await _page(asked, send, 429, following, f"Too many wrong tries. Try again in {wait}.", tried.wait.seconds + 1)
    elif tried.outcome is SignInOutcome.SILENT:
        await _page(asked, send, 503, following, "The bot's own database does not answer. Try again in a moment.")
    else:
        words = "Password or code is wrong." if asked.access.wants_second_factor else "The password is wrong."
        await _page(asked, send, 403, following, words)


async def _page(
    asked: Asked, send: Send, status: int, following: str, trouble: str = "", retry_after: int | None = None
) -> None:
    body = login_page(following, asked.access.wants_second_factor, trouble)
    later = [] if retry_after is None else [(b"retry-after", str(retry_after).encode())]
    headers = [(b"content-type", b"text/html; charset=utf-8"), *later, *_LOGIN_HEADERS]
    await _send(send, status, body, headers, head=asked.scope["method"] == "HEAD")


async def _active(asked: Asked, send: Send) -> None:
    """Note that somebody pressed something; the browser's own word, so it only ever keeps its own session."""
    if asked.scope["method"] != "POST":
        await _send(send, 405, b"", [(b"allow", b"POST"), *_LOGIN_HEADERS])
        return
    if asked.session is not None:
        asked.access.note_activity(asked.session.id)
    await _state(asked, send)


async def _state(asked: Asked, send: Send) -> None:
    """Say whether the page may stay: 204 or 401."""
    allowed = asked.session is not None or not asked.access.is_locked
    await _send(send, 204 if allowed else 401, b"", list(_LOGIN_HEADERS))


async def _form(receive: Receive) -> dict[str, list[str]]:
    body = bytearray()
    more = True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ValueError("the browser left")
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return _fields(bytes(body))


def _fields(text: bytes) -> dict[str, list[str]]:
    """Return the fields of a form; ValueError for more of them than the page has."""
    return parse_qs(text.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=20)


def _local(path: str) -> str:
    """Return a path of the dashboard to go to; anything that could lead elsewhere becomes its first page."""
    return path if _LOCAL_PATH.fullmatch(path) and not path.startswith(("/login", "/access/")) else "/"


async def _redirect(send: Send, to: str, more: list[Header] | None = None) -> None:
    await _send(send, 303, b"", [(b"location", to.encode("latin-1")), *(more or []), *_LOGIN_HEADERS])


async def _send(send: Send, status: int, body: bytes, headers: list[Header], head: bool = False) -> None:
    length = [] if status == 204 else [(b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": status, "headers": [*length, *headers]})
    await send({"type": "http.response.body", "body": b"" if head else body})


_ANSWERS: Final[dict[str, Answer]] = {
    "/login": _login,
    "/access/active": _active,
    "/access/state": _state,
}
