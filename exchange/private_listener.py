"""A socket that listens for a moment, to see whether anything is heard at an address."""

import logging
import threading
from contextlib import suppress

from websockets.exceptions import WebSocketException
from websockets.sync.client import ClientConnection, connect

from domain.allowed_hosts import require_test_host
from exchange.streams import LARGEST_MESSAGE_BYTES, json_of
from exchange.wire import Json

# At debug level the library would log addresses, and with them the listen key.
socket_log = logging.getLogger(f"{__name__}.socket")
socket_log.setLevel(logging.INFO)

OPEN_SECONDS = 3.0
CLOSE_SECONDS = 0.5


class Listener:
    """Connects once, and remembers the kinds of what came."""

    def __init__(self, address: str) -> None:
        """Begin to connect, in the background.

        Raises:
            ForbiddenHost: the address is not one of a test exchange.
        """
        require_test_host(address)
        self._address = address
        self._socket: ClientConnection | None = None
        self._over = False
        self._tried = threading.Event()
        self._came = threading.Condition()
        self._kinds: set[str] = set()
        self._thread = threading.Thread(target=self._run, name="probe-listener", daemon=True)
        self._thread.start()

    def wait_connected(self, seconds: float) -> bool:
        """Wait until it is connected or has failed; return whether it is connected."""
        return self._tried.wait(seconds) and self._socket is not None

    def heard(self, kinds: frozenset[str], seconds: float) -> bool:
        """Wait until an event of one of the kinds has come, at most so long; return whether it has."""
        with self._came:
            return self._came.wait_for(lambda: bool(self._kinds & kinds), seconds)

    def close(self) -> None:
        """End the connection."""
        self._over = True
        socket = self._socket
        if socket is not None:
            with suppress(WebSocketException, OSError):
                socket.close()
        self._thread.join(OPEN_SECONDS + CLOSE_SECONDS)

    def _run(self) -> None:
        try:
            with connect(
                self._address,
                proxy=None,
                compression=None,
                open_timeout=OPEN_SECONDS,
                close_timeout=CLOSE_SECONDS,
                max_size=LARGEST_MESSAGE_BYTES,
                logger=socket_log,
            ) as socket:
                self._socket = socket
                self._tried.set()
                for frame in () if self._over else socket:
                    self._take(json_of(frame))
        except (WebSocketException, OSError):
            pass  # nothing is heard there: that is an answer
        finally:
            self._tried.set()

    def _take(self, message: Json) -> None:
        payload = message.get("data", message) if isinstance(message, dict) else message
        rows = payload if isinstance(payload, list) else [payload]
        with self._came:
            self._kinds |= {str(row["e"]) for row in rows if isinstance(row, dict) and "e" in row}
            self._came.notify_all()
