"""A WebSocket server on loopback that a test plays by hand."""

import json
import queue
import threading
from typing import Any

from websockets.http11 import Request, Response
from websockets.sync.server import Server, ServerConnection, serve

PATIENCE_SECONDS = 10.0


class HandPlayedServer:
    """Takes connections and leaves them open; redirect_to turns away the next ones."""

    def __init__(self) -> None:
        self.paths: list[str] = []
        self.redirect_to: str | None = None
        self._connections: queue.Queue[ServerConnection] = queue.Queue()
        self._over = threading.Event()
        self._server: Server = serve(self._handle, "127.0.0.1", 0, process_request=self._greet, compression=None)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.url = f"ws://127.0.0.1:{self._server.socket.getsockname()[1]}"

    def next_connection(self) -> ServerConnection:
        return self._connections.get(timeout=PATIENCE_SECONDS)

    def stop(self) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()

    def _greet(self, connection: ServerConnection, request: Request) -> Response | None:
        self.paths.append(request.path)
        if self.redirect_to is None:
            return None
        response = connection.respond(302, "elsewhere")
        response.headers["Location"] = self.redirect_to
        return response

    def _handle(self, connection: ServerConnection) -> None:
        self._connections.put(connection)
        for _ in connection:
            pass


def send(connection: ServerConnection, message: Any) -> None:
    connection.send(message if isinstance(message, str | bytes) else json.dumps(message))
