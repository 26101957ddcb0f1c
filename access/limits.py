"""How much a request may bring, and which of Streamlit's routes are shut."""

import re
from typing import Final

from starlette.types import Message, Receive, Send

LARGEST_BODY: Final = 64 * 1024  # bytes; a login form has a few hundred
# Nothing on any page uploads a file. A page that does takes its route out of here.
_SHUT: Final = re.compile(r"/_stcore/(agent|upload_file|metrics|script-health-check)(/|$)")


class BodyTooLarge(Exception):
    """The request brings more than any page sends: answer 413 and read no further."""


def is_shut(path: str) -> bool:
    """Say whether a path leads to a route that nobody may use: Streamlit's agent interface, uploads, metrics."""
    return _SHUT.search(path) is not None


def announces_too_much(content_length: str | None) -> bool:
    """Say whether a request announces a larger body than may come, or a length that is no number."""
    if content_length is None:
        return False
    return not re.fullmatch(r"[0-9]{1,12}", content_length) or int(content_length) > LARGEST_BODY


def bounded(receive: Receive) -> Receive:
    """Return what receives a body of at most LARGEST_BODY bytes, announced or not, and raises BodyTooLarge beyond."""
    received = 0

    async def receive_bounded() -> Message:
        nonlocal received
        message = await receive()
        if message["type"] == "http.request":
            received += len(message.get("body", b""))
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
