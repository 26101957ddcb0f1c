"""Connections as faults need them: they can be cut, held back, and fall silent without anybody being told.

uvicorn's protocols write to what they believe to be their transport; here that is a Connection, which passes
everything on to the real one until a fault says otherwise.
"""

import asyncio
import socket
import struct
import time
from collections.abc import MutableMapping
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

Scope = MutableMapping[str, Any]

CONNECTIONS_PER_ADDRESS = 500  # connections of one address at once, far more than any client has


class Connection(asyncio.Transport):
    """A transport that a fault can take hold of."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self.opened_at = time.monotonic()
        self.silent = False
        self.lost = asyncio.Event()
        self._transport = transport
        self._held: list[bytes] | None = None
        self._close_held = False

    def fall_silent(self) -> None:
        """Send nothing and hear nothing from now on, as when a router on the way has forgotten the connection."""
        self.silent = True

    def hold(self) -> None:
        """Keep what is written, until take_held."""
        self._held = []

    def take_held(self) -> bytes:
        """Return what was written since hold; later writes go out again."""
        held, self._held = b"".join(self._held or ()), None
        return held

    def close_if_asked(self) -> None:
        """Close if that was asked for while writes were held."""
        if self._close_held:
            self._transport.close()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Send data, unless it is held or lost in silence."""
        if self._held is not None:
            self._held.append(bytes(data))
        elif not self.silent:
            self._transport.write(data)

    def get_write_buffer_size(self) -> int:
        """Return how many bytes wait for the client to take them."""
        return self._transport.get_write_buffer_size()

    def close(self) -> None:
        """End the connection after what was written."""
        if self._held is not None:
            self._close_held = True
        else:
            self._transport.close()

    def abort(self) -> None:
        """End the connection at once: what was not sent yet is lost."""
        self._transport.abort()

    def reset(self) -> None:
        """End the connection at once and tell the other side by a reset, as a router that has forgotten it does."""
        # With a linger of zero seconds the kernel sends a reset where it would otherwise say a polite end.
        raw = self._transport.get_extra_info("socket")
        if not self.is_closing():
            raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._transport.abort()

    def is_closing(self) -> bool:
        """Return whether the connection has ended or is about to."""
        return self._transport.is_closing()

    def pause_reading(self) -> None:
        """Hear nothing for a while."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Hear again."""
        self._transport.resume_reading()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Hand what arrives to another protocol."""
        self._transport.set_protocol(protocol)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Return who gets what arrives."""
        return self._transport.get_protocol()

    def get_extra_info(self, name: str, default: object = None) -> object:
        """Return what is known of the connection, such as its peername."""
        return self._transport.get_extra_info(name, default)


class HttpProtocol(H11Protocol):
    """HTTP over a Connection, which requests and sockets find in their scope's state."""

    transport: Connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wrap the transport, or end it when its address has too many."""
        connection = Connection(transport)
        self.app_state = {**self.app_state, "connection": connection}
        super().connection_made(connection)
        if sum(1 for other in self.connections if _host(other) == _host(self)) > CONNECTIONS_PER_ADDRESS:
            connection.abort()

    def data_received(self, data: bytes) -> None:
        """Read what arrived unless the connection is silent."""
        if not self.transport.silent:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell those who wait for it."""
        super().connection_lost(exc)
        self.transport.lost.set()


class SocketProtocol(WebSocketsSansIOProtocol):
    """WebSockets over a Connection."""

    transport: Connection

    def data_received(self, data: bytes) -> None:
        """Read what arrived unless the connection is silent."""
        if not self.transport.silent:
            super().data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell those who wait for it."""
        super().connection_lost(exc)
        self.transport.lost.set()


def _host(protocol: object) -> str | None:
    client = getattr(protocol, "client", None)
    return client[0] if client else None


def connection_of(scope: Scope) -> Connection:
    """Return the connection that a request or a socket came on."""
    connection: Connection = scope["state"]["connection"]
    return connection
