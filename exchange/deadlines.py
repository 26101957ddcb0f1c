"""HTTP connections for requests: an answer has a deadline as a whole and a size, whatever drips, stalls or swells.

The time-outs of requests are per receive: an answer at a byte a second would never reach them.
"""

import functools
import http.client
import io
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from exchange.dialling import dial

PROVEN_SECONDS = 1.0  # a pooled connection that answered within the last second is taken to be alive
FIRST_BYTE_SECONDS = 1.0  # how long a read waits for one that is not proven, before it takes a fresh one


class AnswerTooLarge(Exception):
    """The answer is larger than any that the exchange has reason to send."""


@dataclass(slots=True)
class Allowance:
    """What one try of a request may take; moments are monotonic seconds.

    A pooled connection that has been idle for longer than reuse_idle_seconds is not used again. first_byte_seconds
    limits the wait for the first byte on one that is not proven alive; None = only answer_by limits it.
    """

    connect_by: float
    answer_by: float
    bytes_left: int
    reuse_idle_seconds: float
    first_byte_seconds: float | None
    first_byte_by: float | None = None  # found out once the connection is chosen


_allowance: ContextVar[Allowance] = ContextVar("allowance")


@contextmanager
def allowing(allowance: Allowance) -> Iterator[None]:
    """Let the requests that this thread sends meanwhile take so much."""
    token = _allowance.set(allowance)
    try:
        yield
    finally:
        _allowance.reset(token)


class _Reader(io.RawIOBase):
    """Reads a socket until the allowance is used up."""

    def __init__(self, connected: socket.socket, allowance: Allowance) -> None:
        self._socket = connected
        self._file = connected.makefile("rb", buffering=0)  # counts as a user of the socket, which closes with the last
        self._allowance = allowance

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:  # noqa: ANN401  (any writable buffer)
        """Receive once.

        Raises:
            TimeoutError: the time is over.
            AnswerTooLarge: the bytes are.
        """
        allowance = self._allowance
        left = (allowance.first_byte_by or allowance.answer_by) - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer took too long")
        self._socket.settimeout(left)
        received = self._file.readinto(buffer)
        allowance.first_byte_by = None
        allowance.bytes_left -= received or 0
        if allowance.bytes_left < 0:
            raise AnswerTooLarge
        return received

    def close(self) -> None:
        self._file.close()
        super().close()


class _Response(http.client.HTTPResponse):
    """An answer read through a _Reader."""

    def __init__(self, connected: socket.socket, *args: Any, allowance: Allowance, **options: Any) -> None:  # noqa: ANN401
        super().__init__(connected, *args, **options)
        reader = io.BufferedReader(_Reader(connected, allowance))
        self.fp.close()
        self.fp = reader  # type: ignore[assignment]  # typeshed asks for the raw stream's whole interface


if TYPE_CHECKING:
    _Connection = HTTPConnection
    _Pool = HTTPConnectionPool
else:
    _Connection = _Pool = object


class _WithDeadline(_Connection):
    """What HTTP and HTTPS connections have in common here."""

    idle_since: float = 0.0

    def _new_conn(self) -> socket.socket:
        try:
            return dial(self._dns_host, self.port, _allowance.get().connect_by)
        except socket.gaierror as failure:
            raise NameResolutionError(self.host, self, failure) from failure
        except TimeoutError as failure:
            raise ConnectTimeoutError(self, f"no connection to {self.host} in time") from failure
        except OSError as failure:
            raise NewConnectionError(self, f"no connection to {self.host}: {failure}") from failure

    def send(self, data: Any) -> None:  # noqa: ANN401  (as in http.client)
        if self.sock is not None:
            self.sock.settimeout(max(_allowance.get().answer_by - time.monotonic(), 0.001))
        super().send(data)

    def getresponse(self) -> Any:  # noqa: ANN401  (urllib3's own response)
        self.response_class = functools.partial(_Response, allowance=_allowance.get())  # type: ignore[assignment]
        return super().getresponse()


class _HttpConnection(_WithDeadline, HTTPConnection):
    pass


class _HttpsConnection(_WithDeadline, HTTPSConnection):
    pass


class _ChoosingPool(_Pool):
    """Gives out connections by how long they were idle: nobody says when one of them has silently died."""

    def _get_conn(self, timeout: float | None = None) -> Any:  # noqa: ANN401
        connection = cast("_WithDeadline", super()._get_conn(timeout))
        if not connection.is_closed:
            allowance, now = _allowance.get(), time.monotonic()
            idle = now - connection.idle_since
            if idle > allowance.reuse_idle_seconds:
                connection.close()  # it connects anew
            elif idle > PROVEN_SECONDS and allowance.first_byte_seconds is not None:
                allowance.first_byte_by = min(now + allowance.first_byte_seconds, allowance.answer_by)
        return connection

    def _put_conn(self, conn: Any) -> None:  # noqa: ANN401
        if conn is not None:
            conn.idle_since = time.monotonic()
        super()._put_conn(conn)


class HttpPool(_ChoosingPool, HTTPConnectionPool):
    """A pool of plain connections."""

    ConnectionCls = _HttpConnection


class HttpsPool(_ChoosingPool, HTTPSConnectionPool):
    """A pool of encrypted connections."""

    ConnectionCls = _HttpsConnection
