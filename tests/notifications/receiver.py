"""A receiver of notifications on this machine: remembers what it was sent, and can refuse, redirect or hang."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """Answers every request with `status`; what came is in `messages` and `paths`, oldest first."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []
        self.paths: list[str] = []
        self.status = 200
        self.location: str | None = None
        self.hold = threading.Event()  # while set, nothing is answered
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self._answer(json.loads(body or b"{}"))

            def do_GET(self) -> None:
                self._answer({})

            def _answer(self, message: dict[str, Any]) -> None:
                while outer.hold.is_set():
                    outer.hold.wait(0.05)
                outer.paths.append(self.path)
                outer.messages.append(message)
                self.send_response(outer.status)
                if outer.location:
                    self.send_header("Location", outer.location)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]

    @property
    def address(self) -> str:
        """The address a person would enter as a webhook."""
        return f"json://127.0.0.1:{self.port}/hook"

    @property
    def texts(self) -> list[str]:
        """The bodies of the messages that came, oldest first."""
        return [message["message"] for message in self.messages]

    @contextmanager
    def listening(self) -> Iterator["Receiver"]:
        """Answer until left."""
        thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self.hold.clear()
            self._server.shutdown()
            self._server.server_close()
            thread.join()
