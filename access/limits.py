"""How much a request may bring, and which of Streamlit's routes are shut."""

import asyncio
import re
from typing import Final

from starlette.types import Message, Receive, Send

LARGEST_BODY: Final = 64 * 1024  # bytes; a login form has a few hundred
BODY_WITHIN_SECONDS: Final = 10.0
# Nothing on any page uploads a file. A page that does takes its route out of here.
_SHUT: Final = re.compile(r"/_stcore/(agent|upload_file|metrics|script-health-check)(/|$)")


class BodyTooLarge(Exception):
    """The request brings more than any page sends, or takes longer for it: answer 413 and read no further."""


def is_shut(path: str) -> bool:
    """Say whether a path leads to a route that nobody may use: Streamlit's agent interface, uploads, metrics."""
    return _SHUT.search(path) is not None


def announces_too_much(content_length: str | None) -> bool:
    """Say whether a request announces a larger body than may come, or a length that is no number."""
    if content_length is None:
        return False
    return not re.fullmatch(r"[0-9]{1,12}", content_length) or int(content_length) > LARGEST_BODY


def bounded(receive: Receive) -> Receive:
    """Return what receives a body of at most LARGEST_BODY bytes within BODY_WITHIN_SECONDS, announced or not.

    It raises BodyTooLarge for more, and for a body that takes longer.
    """
    received, complete = 0, False
    deadline: float | None = None

    async def receive_bounded() -> Message:
        nonlocal received, complete, deadline
        if complete:
            return await receive()
        now = asyncio.get_running_loop().time()
        deadline = now + BODY_WITHIN_SECONDS if deadline is None else deadline
        try:
            async with asyncio.timeout(deadline - now):
                message = await receive()
        except TimeoutError:
            raise BodyTooLarge from None
        if message["type"] == "http.request":
            received += len(message.get("body", b""))
            complete = not message.get("more_body", False)
            if received > LARGEST_BODY:
                raise BodyTooLarge
        return message

    return receive_bounded


async def refuse(send: Send, status: int, text: str, headers: list[tuple[bytes, bytes]]) -> None:
    """Answer a request with plain text."""
    body = f"{text}\n".encode()
    start = [
        (b"content-type", b"text/plain; charset=utf-8"),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *headers,
    ]
    await send({"type": "http.response.start", "status": status, "headers": start})
    await send({"type": "http.response.body", "body": body})
