"""A server on loopback that plays each connection as a test wrote it, byte by byte."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress

Play = Callable[["RawConnection", int], None]
HEADERS_END = b"\r\n\r\n"
PATIENCE_SECONDS = 30.0  # what drips, drips for at most so long


class RawConnection:
    """One accepted connection."""

    def __init__(self, accepted: socket.socket) -> None:
        self._socket = accepted
        self.requests: list[bytes] = []
        self.cut = threading.Event()  # the client has closed it

    def next_request(self) -> bytes:
        """Wait for a whole request and return it; b"" when the client is gone."""
        received = b""
        while HEADERS_END not in received or len(received) < _length(received):
            with suppress(OSError):
                part = self._socket.recv(65536)
                if part:
                    received += part
                    continue
            self.cut.set()
            return b""
        self.requests.append(received)
        return received

    def send(self, part: bytes) -> bool:
        """Send bytes; False when the client is gone."""
        try:
            self._socket.sendall(part)
        except OSError:
            self.cut.set()
            return False
        return True

    def answer(self, body: bytes, *headers: str, status: str = "200 OK") -> bool:
        """Send a whole answer."""
        lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
        return self.send("\r\n".join(lines).encode() + HEADERS_END + body)

    def drip(self, whole: bytes, seconds: float) -> None:
        """Send one byte at a time until the client is gone."""
        for number in range(len(whole)):
            if self.cut.wait(seconds) or not self.send(whole[number : number + 1]):
                return

    def wait_until_cut(self) -> bool:
        """Say nothing until the client closes; return whether it did."""
        self._socket.settimeout(PATIENCE_SECONDS)
        self.next_request()
        return self.cut.is_set()


class RawServer:
    """Accepts connections and plays play(connection, number) on each, numbers from 0."""

    def __init__(self, play: Play) -> None:
        self.connections: list[RawConnection] = []
        self._play = play
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: list[socket.socket] = []
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def requests(self) -> list[bytes]:
        """Every request of every connection."""
        return [request for connection in self.connections for request in connection.requests]

    def stop(self) -> None:
        """Close everything."""
        self._listener.close()
        for accepted in self._sockets:
            with suppress(OSError):
                accepted.shutdown(socket.SHUT_RDWR)
            accepted.close()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return
            self._sockets.append(accepted)
            connection = RawConnection(accepted)
            self.connections.append(connection)
            threading.Thread(target=self._run, args=(connection, len(self.connections) - 1), daemon=True).start()

    def _run(self, connection: RawConnection, number: int) -> None:
        with suppress(OSError):
            self._play(connection, number)
        # What the play left open, the client may still close.


def _length(received: bytes) -> int:
    head, _, _ = received.partition(HEADERS_END)
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return len(head) + len(HEADERS_END) + int(value)
    return 0
