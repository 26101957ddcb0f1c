"""How much of the exchange's request allowances is used, from the headers of its answers."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.exchange import RequestUsage

LONGEST_COUNT = 9  # digits


@dataclass(slots=True)
class _Counter:
    """One allowance: the exchange counts by fixed windows of its clock, not by sliding ones."""

    header: str
    window: timedelta
    limit: int
    used: int | None = None
    window_ends_at: datetime | None = None

    def note(self, used: int, now: datetime) -> None:
        """Take a count from an answer; within a window the highest is the latest, in whatever order answers come."""
        current = self.read(now) or 0
        self.used = max(current, used)
        self.window_ends_at = _window_end(now, self.window)

    def read(self, now: datetime) -> int | None:
        """Return the count, 0 once its window is over, None before the first."""
        if self.window_ends_at is None:
            return None
        return self.used if now < self.window_ends_at else 0


class UsageMeter:
    """Collects counts from every thread's answers.

    The limits are production's, lower than the test venues', until set_limits has seen the venue's own.
    """

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._lock = threading.Lock()
        self._weight = _Counter("X-MBX-USED-WEIGHT-1M", timedelta(minutes=1), 2400)
        self._orders_10s = _Counter("X-MBX-ORDER-COUNT-10S", timedelta(seconds=10), 300)
        self._orders_1m = _Counter("X-MBX-ORDER-COUNT-1M", timedelta(minutes=1), 1200)

    def note_headers(self, headers: Mapping[str, str]) -> None:
        """Take the counts of one answer; absent or unreadable headers change nothing."""
        now = self._now()
        with self._lock:
            for counter in (self._weight, self._orders_10s, self._orders_1m):
                value = headers.get(counter.header, "")
                if value.isdecimal() and len(value) <= LONGEST_COUNT:
                    counter.note(int(value), now)

    def set_limits(self, weight_1m: int | None, orders_10s: int | None, orders_1m: int | None) -> None:
        """Take the venue's own limits; None keeps the present one."""
        with self._lock:
            self._weight.limit = weight_1m or self._weight.limit
            self._orders_10s.limit = orders_10s or self._orders_10s.limit
            self._orders_1m.limit = orders_1m or self._orders_1m.limit

    def read(self) -> RequestUsage:
        """Return the present state."""
        now = self._now()
        with self._lock:
            return RequestUsage(
                weight_1m=self._weight.read(now),
                weight_limit_1m=self._weight.limit,
                orders_10s=self._orders_10s.read(now),
                orders_limit_10s=self._orders_10s.limit,
                orders_1m=self._orders_1m.read(now),
                orders_limit_1m=self._orders_1m.limit,
                blocked_until=None,
            )


def _window_end(now: datetime, window: timedelta) -> datetime:
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + ((now - midnight) // window + 1) * window
