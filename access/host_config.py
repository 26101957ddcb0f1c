"""Streamlit's own error dialogs are off: the dashboard says itself, in its own words, that the server is away."""

import json
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

_PATH: Final = "/_stcore/host-config"


class OwnDialogs:
    """ASGI middleware that tells the browser, in what it asks of its host, to show none of Streamlit's dialogs."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; those for anything else are passed on as they are."""
        if scope["type"] != "http" or scope["method"] != "GET" or not scope["path"].endswith(_PATH):
            await self._app(scope, receive, send)
            return
        begun: Message = {}
        body = b""

        async def send_changed(message: Message) -> None:
            nonlocal begun, body
            if message["type"] == "http.response.start":
                begun = message
                return
            body += message.get("body", b"")
            if message.get("more_body"):
                return
            changed = without_dialogs(body) if begun["status"] == 200 else body
            kept = [(name, value) for name, value in begun["headers"] if name.lower() != b"content-length"]
            await send({**begun, "headers": [*kept, (b"content-length", str(len(changed)).encode())]})
            await send({"type": "http.response.body", "body": changed})

        plain = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
        await self._app({**scope, "headers": plain}, receive, send_changed)


def without_dialogs(body: bytes) -> bytes:
    """Return the answer with all of Streamlit's error dialogs blocked; an answer that is no JSON object as it is."""
    try:
        config = json.loads(body)
    except ValueError:
        return body
    return json.dumps({**config, "blockErrorDialogs": True}).encode() if isinstance(config, dict) else body
