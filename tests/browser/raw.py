"""A client that says exactly what it is told to say: any Host, any Origin, no cookie of a browser."""

import base64
import os
import socket
import struct
from dataclasses import dataclass

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Said:
    """What a server answered: the status, the headers (lower case) and the beginning of the body."""

    status: int
    headers: dict[str, str]
    body: str


class RawSocket:
    """One connection to a port of this machine."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)

    def ask(self, path: str, headers: dict[str, str], method: str = "GET") -> Said:
        """Send a request with these headers and no others, and return the answer."""
        lines = [f"{method} {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        received = b""
        while b"\r\n\r\n" not in received:
            received += self._received()
        head, _, body = received.partition(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        found = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in rest)}
        length = int(found.get("content-length", "0")) if found.get("upgrade") is None else 0
        while len(body) < length:
            body += self._received()
        return Said(int(first.split()[1]), found, body.decode("utf-8", "replace"))

    def say(self, message: bytes, announced: int | None = None) -> None:
        """Send a binary message as a browser frames it; announced: say that it is so long, and send what there is."""
        length = len(message) if announced is None else announced
        self._socket.sendall(struct.pack("!BBQI", 0x82, 0xFF, length, 0) + message)  # masked with zeros

    def close_code(self) -> int | None:
        """Return the code that the other side closes the WebSocket with before it says anything else, None if none."""
        begins = self._received()
        while len(begins) < 4:
            begins += self._received()
        return int.from_bytes(begins[2:4]) if begins[0] == 0x88 else None

    def is_cut(self) -> bool:
        """Wait until the other side closes the WebSocket; its frames before that are let go by."""
        while True:
            try:
                data = self._socket.recv(65_536)
            except TimeoutError:
                return False
            except OSError:
                return True
            if not data or data[0] == 0x88:  # end of the stream, or a close frame
                return True

    def close(self) -> None:
        self._socket.close()

    def _received(self) -> bytes:
        data = self._socket.recv(65_536)
        assert data, "the server closed the connection without an answer"
        return data


def raw(port: int, path: str, method: str = "GET", **headers: str) -> Said:
    """Ask once; a header's name is written with _ for -."""
    connection = RawSocket(port)
    try:
        named = {"Host": f"127.0.0.1:{port}"} | {name.replace("_", "-"): value for name, value in headers.items()}
        return connection.ask(path, {name: value for name, value in named.items() if value})
    finally:
        connection.close()


def handshake(port: int, **headers: str) -> tuple[Said, RawSocket]:
    """Ask for the dashboard's WebSocket, and return the answer with the connection left open."""
    connection = RawSocket(port)
    key = base64.b64encode(os.urandom(16)).decode()
    upgrade = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Key": key, "Sec-WebSocket-Version": "13"}
    named = {"Host": f"127.0.0.1:{port}"} | {name.replace("_", "-"): value for name, value in headers.items()}
    return connection.ask("/_stcore/stream", upgrade | named), connection
