"""Opening a connection within a time that covers the name look-up, all addresses and the handshakes."""

import ipaddress
import socket
import threading
import time
from concurrent.futures import Future
from typing import Any

Address = tuple[Any, Any, int, str, Any]  # as socket.getaddrinfo gives it

DEAD_AFTER_MILLISECONDS = 1000  # sent bytes that nobody acknowledges for so long
PROBE_AFTER_SECONDS = 1
PROBES = 2


class _LookUps:
    """Looks names up in threads of their own, since the system's resolver cannot be told when to give up.

    The last addresses of a name are remembered: while its name server is away they are still the best guess.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[tuple[str, int], Future[list[Address]]] = {}
        self._known: dict[tuple[str, int], list[Address]] = {}

    def find(self, host: str, port: int, by: float) -> list[Address]:
        """Return the addresses of a host, those of the last time if the resolver fails or is too slow.

        Args:
            host: name or address.
            port: TCP port.
            by: monotonic seconds.

        Raises:
            TimeoutError: nothing is known by then.
            socket.gaierror: there is no such name.
        """
        if _is_address(host):
            return socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
        key = (host, port)
        with self._lock:
            running = self._running.get(key)
            if running is None:
                running = self._running[key] = Future()
                threading.Thread(target=self._look_up, args=(key, running), name="name-look-up", daemon=True).start()
        try:
            return running.result(max(by - time.monotonic(), 0))
        except (TimeoutError, socket.gaierror):
            if key not in self._known:
                raise
            return self._known[key]

    def _look_up(self, key: tuple[str, int], running: Future[list[Address]]) -> None:
        try:
            found = socket.getaddrinfo(*key, type=socket.SOCK_STREAM)
        except OSError as failure:
            running.set_exception(failure)
        else:
            self._known[key] = found
            running.set_result(found)
        finally:
            with self._lock:
                del self._running[key]


_look_ups = _LookUps()


def dial(host: str, port: int, by: float) -> socket.socket:
    """Return a connected socket that notices within a second or two when its other end is gone.

    Args:
        host: name or address; every address of a name gets an equal share of the time left.
        port: TCP port.
        by: monotonic seconds; what is left of it is the socket's time-out, for a handshake that follows.

    Raises:
        TimeoutError: no connection by then.
        socket.gaierror: there is no such name.
        OSError: the last address refused.
    """
    addresses = _look_ups.find(host, port, by)
    failure: OSError = TimeoutError(f"no time left to connect to {host}")
    for number, (family, kind, protocol, _, address) in enumerate(addresses):
        left = (by - time.monotonic()) / (len(addresses) - number)
        if left <= 0:
            break
        connecting = socket.socket(family, kind, protocol)
        try:
            connecting.settimeout(left)
            connecting.connect(address)
            _notice_death(connecting)
            connecting.settimeout(max(by - time.monotonic(), 0.001))
        except OSError as error:
            connecting.close()
            failure = error
        else:
            return connecting
    raise failure


def _notice_death(connected: socket.socket) -> None:
    """Let the system end a connection whose other end answers nothing any more: a router may have forgotten it."""
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for option, value in (
        ("TCP_USER_TIMEOUT", DEAD_AFTER_MILLISECONDS),
        ("TCP_KEEPIDLE", PROBE_AFTER_SECONDS),
        ("TCP_KEEPINTVL", PROBE_AFTER_SECONDS),
        ("TCP_KEEPCNT", PROBES),
    ):
        if hasattr(socket, option):  # not every system has all of them
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, option), value)


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host.strip("[]"))
    except ValueError:
        return False
    return True
