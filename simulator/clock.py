"""The exchange's own clock: runs 1:1 with real time, can be moved forward, never goes back."""

import time

# Counts through a laptop's sleep where the system has such a clock, so that serverTime keeps up with the wall.
_STEADY_CLOCK = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class ExchangeClock:
    """Server time in milliseconds since the epoch; survives restarts and never goes back."""

    def __init__(self, not_before_ms: int = 0, ahead_ms: int = 0) -> None:
        """Start at the wall clock plus ahead_ms, or at not_before_ms when that is later.

        Args:
            not_before_ms: the last time a former run showed, 0 on the first run.
            ahead_ms: by how much former runs were moved ahead of the wall clock.
        """
        self._ahead_ms = ahead_ms
        self._start_ms = max(time.time_ns() // 1_000_000 + ahead_ms, not_before_ms)
        self._started_at_ns = time.clock_gettime_ns(_STEADY_CLOCK)

    @property
    def ahead_ms(self) -> int:
        """By how much the clock has been moved ahead of the wall clock, in milliseconds."""
        return self._ahead_ms

    def now_ms(self) -> int:
        """Return serverTime: milliseconds since the epoch, never decreasing."""
        return self._start_ms + (time.clock_gettime_ns(_STEADY_CLOCK) - self._started_at_ns) // 1_000_000

    def advance(self, milliseconds: int) -> None:
        """Move the clock forward at once.

        Raises:
            ValueError: milliseconds is negative.
        """
        if milliseconds < 0:
            raise ValueError("the clock only moves forwards")
        self._start_ms += milliseconds
        self._ahead_ms += milliseconds
