"""Whether requests may go out to an exchange: a ban, or a pause it asked for, holds those of every part of the bot."""

import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

# What an exchange may ask for at most, whatever it says or a damaged setting recalls: its longest ban, and a little
# more than the minute by which requests are counted.
LONGEST_BAN: Final = timedelta(days=3)
LONGEST_WAIT: Final = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class Pause:
    """How long the exchange wants no requests; banned: it ignores this address, and would for longer."""

    left: timedelta
    banned: bool

    def ends_at(self) -> datetime:
        """Return its end, by this machine's clock."""
        return datetime.now(UTC) + self.left


class RequestGate:
    """Shared by all clients of one exchange in this process: it counts by address, not by key. Safe from every thread.

    Counts on the monotonic clock, so that no step of a clock shortens or lengthens a pause.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._banned_until = 0.0
        self._reads_until = 0.0

    def close(self, left: timedelta, *, banned: bool, for_orders: bool = True) -> None:
        """Hold requests for so long; what holds for longer already stays.

        Args:
            left: how long; longer than any exchange asks for counts as that.
            banned: the exchange ignores this address.
            for_orders: hold orders too. Where the exchange did not say for how long, they are its own to decide about:
                a stop must not wait for a guess.
        """
        until = time.monotonic() + min(left, longest_pause(banned=banned)).total_seconds()
        with self._lock:
            self._reads_until = max(self._reads_until, until)
            if banned or for_orders:
                self._until = max(self._until, until)
            if banned:
                self._banned_until = max(self._banned_until, until)

    def pause(self, *, order: bool = False) -> Pause | None:
        """Return the pause that holds a request now, None when it may go."""
        now = time.monotonic()
        with self._lock:
            until = self._until if order else max(self._until, self._reads_until)
            if until <= now:
                return None
            return Pause(timedelta(seconds=until - now), self._banned_until > now)


def longest_pause(*, banned: bool) -> timedelta:
    """Return how long an exchange may want no requests at most."""
    return LONGEST_BAN if banned else LONGEST_WAIT


_gates: dict[str, RequestGate] = {}
_gates_lock = threading.Lock()


def gate_of(rest_url: str) -> RequestGate:
    """Return the one gate before the exchange at an address."""
    with _gates_lock:
        return _gates.setdefault(urlsplit(rest_url).netloc, RequestGate())
