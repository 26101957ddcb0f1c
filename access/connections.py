"""Connections to the server: how many there may be, how long one may keep silent, and how much a message may be.

The bot trades in the same process: what others hold open must leave it files and memory enough for its own work.
uvicorn has no setting for the first two, and Streamlit one only for messages in both directions together.
"""

import asyncio
import errno
import functools
import logging
import resource
import time
from typing import Any, Final
from weakref import WeakKeyDictionary

from uvicorn.protocols.http.auto import AutoHTTPProtocol

from domain.fault_log import FaultLog

log = logging.getLogger(__name__)

MOST: Final = 500
SILENT_FOR_SECONDS: Final = 15.0  # without a whole head of a request
LOOKED_AT_EVERY_SECONDS: Final = 5.0
# Of one message that a browser sends, unpacked; what all fields of a page hold is a few thousand.
LARGEST_MESSAGE_BYTES: Final = 256 * 1024
FILES: Final = 65_536  # a burst of connections is accepted before the first of them can be closed


class ConnectionBounds:
    """Bounds the connections of one kind of protocol of uvicorn's; used by the event loop only."""

    def __init__(self, most: int = MOST, silent_for_seconds: float = SILENT_FOR_SECONDS) -> None:
        """Build it.

        Args:
            most: connections at a time, those of WebSockets included.
            silent_for_seconds: how long one may take to say what it wants.
        """
        self._most = most
        self._silent_for = silent_for_seconds
        self._silent_since: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self._watch: asyncio.Task[None] | None = None

    def take(self, protocol: Any) -> None:  # noqa: ANN401  uvicorn's protocols share no class
        """Look at a connection that has just been made: for one too many, the one silent for longest is cut."""
        self._silent_since[protocol] = time.monotonic()
        if len(protocol.connections) > self._most:
            # In the order of their silence; the new one is the last of them.
            silent = (one for one in self._silent_since if one in protocol.connections and _says_nothing(one))
            self._cut(next(silent, protocol))
        if self._watch is None or self._watch.done():
            self._watch = asyncio.get_running_loop().create_task(self._look(protocol.connections), name="connections")

    async def _look(self, connections: set[Any]) -> None:
        while connections:
            await asyncio.sleep(min(LOOKED_AT_EVERY_SECONDS, self._silent_for))
            now = time.monotonic()
            for protocol in list(connections):
                if protocol.transport.is_closing() or not _says_nothing(protocol):
                    self._silent_since.pop(protocol, None)
                elif now - self._silent_since.setdefault(protocol, now) >= self._silent_for:
                    self._cut(protocol)

    def _cut(self, protocol: Any) -> None:  # noqa: ANN401  uvicorn's protocols share no class
        self._silent_since.pop(protocol, None)  # it stays among the connections until the loop comes round
        protocol.transport.abort()


def bound_connections() -> None:
    """Bound connections and messages of the server of this event loop from now on; a second call changes nothing."""
    logging.getLogger("uvicorn.error").addFilter(_is_worth_a_line)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(functools.partial(_tell_once, FaultLog(log)))
    files, most_files = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = FILES if most_files == resource.RLIM_INFINITY else min(FILES, most_files)
    if files != resource.RLIM_INFINITY and files < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most_files))
        files = wanted
    made = AutoHTTPProtocol.connection_made
    if hasattr(made, "__wrapped__"):
        return
    bounds = ConnectionBounds(MOST if files == resource.RLIM_INFINITY else min(MOST, files // 2))

    @functools.wraps(made)
    def bounded(self: Any, transport: Any) -> None:  # noqa: ANN401  as uvicorn's
        self.config.ws_max_size = LARGEST_MESSAGE_BYTES  # what becomes a WebSocket reads it then
        made(self, transport)
        bounds.take(self)

    AutoHTTPProtocol.connection_made = bounded  # type: ignore[method-assign]


def _tell_once(faults: FaultLog, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what went wrong in the event loop: without files left, it says so two thousand times at once."""
    error = context.get("exception")
    if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
        faults.note(str(context["message"]), error)
    else:
        loop.default_exception_handler(context)


def _is_worth_a_line(record: logging.LogRecord) -> bool:
    """Whether a record of uvicorn's is no line about a request from outside, of which anybody can send any number."""
    return not record.getMessage().startswith(("Invalid HTTP request", "Unsupported upgrade request"))


def _says_nothing(protocol: Any) -> bool:  # noqa: ANN401  uvicorn's protocols share no class
    """Whether a connection waits for a request; one that has become a WebSocket does not."""
    if not hasattr(protocol, "cycle"):
        return False
    return protocol.cycle is None or bool(protocol.cycle.response_complete)
