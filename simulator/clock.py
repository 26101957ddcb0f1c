"""The exchange's own clock: runs 1:1 with real time, can be moved forward, never goes back."""

import time


class ExchangeClock:
    """Server time in milliseconds since the epoch; survives restarts and never goes back."""

    def __init__(self, not_before_ms: int = 0) -> None:
        """Start at the later of the machine's wall clock and not_before_ms (the last time a former run showed)."""
        self._start_ms = max(time.time_ns() // 1_000_000, not_before_ms)
        self._start_monotonic_ns = time.monotonic_ns()

    def now_ms(self) -> int:
        """Return serverTime: milliseconds since the epoch, never decreasing."""
        return self._start_ms + (time.monotonic_ns() - self._start_monotonic_ns) // 1_000_000

    def advance(self, milliseconds: int) -> None:
        """Move the clock forward at once.

        Raises:
            ValueError: milliseconds is negative.
        """
        if milliseconds < 0:
            raise ValueError("the clock only moves forwards")
        self._start_ms += milliseconds
