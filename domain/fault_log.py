"""Faults of our own in the log: the first of a kind in full, then only how often it came, and how long to wait."""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

PAUSES_SECONDS: Final = (0.05, 0.1, 0.2, 0.4, 0.8, 1.0)
FORGOTTEN_AFTER_SECONDS: Final = 60.0
MOST_KINDS: Final = 100


@dataclass(slots=True)
class _Kind:
    times: int = 0
    last_at: float = 0.0


class FaultLog:
    """Tells each kind of fault once, however often it comes; safe from every thread."""

    def __init__(self, log: logging.Logger, clock: Callable[[], float] = time.monotonic) -> None:
        """Build it.

        Args:
            log: where it tells.
            clock: monotonic seconds.
        """
        self._log = log
        self._clock = clock
        self._lock = threading.Lock()
        self._kinds: dict[tuple[str, str, int], _Kind] = {}
        self._in_a_row = 0
        self._last_at = -FORGOTTEN_AFTER_SECONDS

    def note(self, what: str, error: BaseException) -> float:
        """Log a fault and return how long the next try has to wait, seconds: at first little, in the end a second.

        The first of a kind comes with its traceback. Of those that follow the tenth, the hundredth and so on is a line
        with their number. One that has not come for a minute is new again.
        """
        with self._lock:
            now = self._clock()
            self._in_a_row = self._in_a_row + 1 if now - self._last_at < FORGOTTEN_AFTER_SECONDS else 1
            self._last_at = now
            times = self._count(_where(error), now)
            pause = PAUSES_SECONDS[min(self._in_a_row, len(PAUSES_SECONDS)) - 1]
        if times == 1:
            self._log.error("%s", what, exc_info=error)
        elif str(times).strip("0") == "1":
            self._log.error("%s times=%d error=%s", what, times, type(error).__name__)
        return pause

    def guarded(self, what: str, job: Callable[[], None]) -> Callable[[], None]:
        """Return a job that logs its faults in place of raising them; for whoever runs it again by the clock."""

        def run() -> None:
            try:
                job()
            except Exception as error:
                self.note(what, error)

        return run

    def _count(self, where: tuple[str, str, int], now: float) -> int:
        kind = self._kinds.pop(where, None)
        if kind is None or now - kind.last_at >= FORGOTTEN_AFTER_SECONDS:
            kind = _Kind()
        kind.times, kind.last_at = kind.times + 1, now
        self._kinds[where] = kind  # the newest last
        while len(self._kinds) > MOST_KINDS:
            del self._kinds[next(iter(self._kinds))]
        return kind.times


def _where(error: BaseException) -> tuple[str, str, int]:
    """Return what makes two faults one: their class, and the line that raised; its words may hold ids."""
    cause = error.__cause__ or error
    trace = cause.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return (type(cause).__name__, "", 0)
    return (type(cause).__name__, trace.tb_frame.f_code.co_filename, trace.tb_lineno)
