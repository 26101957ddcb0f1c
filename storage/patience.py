"""How long a database may take to answer, measured here: a server that is frozen breaks no promise and says nothing.

The server's own limits end statements that take too long; a server that hangs ends nothing. So every wait of the
driver, for a connection, a statement, a COMMIT or a ROLLBACK, has a deadline on this side too. A cancel request would
not do: it needs a new connection to the same server.
"""

import math
import select
import threading
import time
from typing import Any, Final

import psycopg2
from psycopg2 import extensions

SUSPECTED_FOR_SECONDS: Final = 1.5
SUSPECTED_ANSWER_SECONDS: Final = 0.25


class Silent(psycopg2.OperationalError):
    """The database did not answer in time; its connection was closed, and what it was asked may have happened."""


class Patience:
    """How long the connections of one engine wait for an answer; shared by their threads.

    After a miss the next few waits are short: a transaction that could not be ended tries several things in a row, and
    a hung server must not cost each of them the full time.
    """

    def __init__(self, connect_seconds: float, answer_seconds: float | None) -> None:
        """Limit each step of connecting, and each answer; None = an answer may take as long as it takes."""
        self._connect_seconds = connect_seconds
        self._answer_seconds = answer_seconds
        self._suspected_until = 0.0
        self._lock = threading.Lock()

    def allowed_seconds(self, *, connecting: bool) -> float | None:
        """Return how long the wait that begins now may take."""
        seconds = self._connect_seconds if connecting else self._answer_seconds
        if seconds is not None and time.monotonic() < self._suspected_until:
            return min(SUSPECTED_ANSWER_SECONDS, seconds)
        return seconds

    def note_answer(self) -> None:
        """Take an answer as the proof that the database is well."""
        self._suspected_until = 0.0

    def note_miss(self) -> None:
        """Suspect the database for a while; a miss meanwhile does not make it longer: it may be slow, not silent."""
        with self._lock:
            now = time.monotonic()
            if now >= self._suspected_until:
                self._suspected_until = now + SUSPECTED_FOR_SECONDS


def connection_class(patience: Patience) -> type[extensions.connection]:
    """Return the driver's connection class for connections that wait no longer than this."""
    return type("PatientConnection", (extensions.connection,), {"patience": patience})


def limit_waits() -> None:
    """Let the driver wait through this module, in the whole process; connections of other classes wait as ever."""
    extensions.set_wait_callback(_wait)


def _wait(connection: Any) -> None:  # noqa: ANN401  (the driver's C class, before it is connected)
    """Wait until a connection has its answer; the driver closes it when this raises.

    Raises:
        Silent: the time is over.
    """
    patience: Patience | None = getattr(connection, "patience", None)
    connecting = connection.status == extensions.STATUS_SETUP
    seconds = patience.allowed_seconds(connecting=connecting) if patience else None
    by = None if seconds is None else time.monotonic() + seconds
    while (state := connection.poll()) != extensions.POLL_OK:
        waiting = select.poll()  # anew each time: while connecting the socket may change
        waiting.register(connection.fileno(), select.POLLIN if state == extensions.POLL_READ else select.POLLOUT)
        left = None if by is None else math.ceil(max(by - time.monotonic(), 0) * 1000)
        if not waiting.poll(left) and patience:
            patience.note_miss()
            raise Silent("the database does not answer")
    if patience:
        patience.note_answer()
