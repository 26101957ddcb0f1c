"""A client that is nothing but a TCP connection: it shows the bytes that arrive, when they do and how they end."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from tests.simulator.http.client import BareClient, sign
from tests.support.waiting import eventually

PATIENCE_SECONDS = 10.0


@dataclass(slots=True)
class Wire:
    """One connection to an exchange."""

    socket: socket.socket
    host: str
    pieces: list[bytes] = field(default_factory=list)  # as they arrived

    @property
    def received(self) -> bytes:
        """Everything that has arrived."""
        return b"".join(self.pieces)

    @property
    def body(self) -> bytes:
        """What has arrived after the headers."""
        return self.received.partition(b"\r\n\r\n")[2]

    @property
    def length(self) -> int:
        """The length that the headers promise."""
        head = self.received.partition(b"\r\n\r\n")[0].lower()
        return int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])

    def send(self, method: str, target: str, *headers: str, body: bytes = b"") -> None:
        """Send a request for target, a path with its query."""
        lines = [f"{method} {target} HTTP/1.1", f"Host: {self.host}", f"Content-Length: {len(body)}", *headers]
        self.socket.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    def ask(self, client: BareClient, method: str, path: str, **parameters: object) -> None:
        """Send a signed request without waiting for its answer."""
        query = "&".join(f"{name}={value}" for name, value in {**parameters, "timestamp": client.time()}.items())
        self.send(method, f"{path}?{query}&signature={sign(client.secret, query)}", f"X-MBX-APIKEY: {client.key}")

    def take(self, seconds: float = PATIENCE_SECONDS) -> bytes:
        """Return the next piece that arrives, nothing when the connection has ended.

        Raises:
            TimeoutError: neither happened within that time.
            ConnectionResetError: the connection was cut.
        """
        self.socket.settimeout(seconds)
        piece = self.socket.recv(1 << 20)
        self.pieces.append(piece)
        return piece

    def take_whole(self) -> bytes:
        """Return the body of an answer whose length the headers tell, once it has arrived."""
        while b"\r\n\r\n" not in self.received or len(self.body) < self.length:
            assert self.take(), f"ended after {self.received!r}"
        return self.body

    def silent(self, seconds: float) -> bool:
        """Return whether for that long nothing arrives, not even an end."""
        try:
            self.take(seconds)
        except TimeoutError:
            return True
        return False

    def cut(self) -> bool:
        """Return whether the connection ends by a reset."""
        try:
            while self.take():
                pass
        except ConnectionResetError:
            return True
        return False


@contextmanager
def wire_to(client: BareClient) -> Iterator[Wire]:
    """Open a connection to a client's exchange."""
    address = urlsplit(client.url)
    with socket.create_connection((address.hostname or "", address.port or 0)) as connection:
        yield Wire(connection, address.netloc)


def last_request(client: BareClient) -> tuple[bool, bool, str | None]:
    """Return executed, answered and fault of the latest request that was no look at the clock."""
    rows = client.control("GET", "/ledger?requests=50")["requests"]
    row = next(row for row in reversed(rows) if row["path"] != "/fapi/v1/time")
    return row["executed"], row["answered"], row["fault"]


def wait_until_over(client: BareClient) -> None:
    """Wait until no fault is in force or at work."""
    eventually(lambda: not client.control("GET", "/faults"), "the end of all faults", PATIENCE_SECONDS)
