"""Waiting for a condition."""

import time
from collections.abc import Callable, Iterator
from typing import TypeVar

# A look costs as much as a cycle of the bot it looks at: soon after the deed it is worth it, later it is in the way.
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.1
WITHIN_SECONDS = 30.0

Found = TypeVar("Found")


def eventually(
    look: Callable[[], Found | None],
    what: str | Callable[[], str] = "it",
    within: float = WITHIN_SECONDS,
) -> Found:
    """Return what look finds as soon as it finds something.

    Args:
        look: something true once it holds.
        what: what is waited for, for the failure; a function where saying it costs something.
        within: seconds after which it has failed.

    Raises:
        AssertionError: nothing was found in time.
    """
    deadline = time.monotonic() + within
    for pause in _pauses():
        found = look()
        if found:
            return found
        if time.monotonic() > deadline:
            break
        time.sleep(pause)
    raise AssertionError(f"never seen: {what if isinstance(what, str) else what()}")


def _pauses() -> Iterator[float]:
    """Yield seconds to wait between looks, longer and longer up to a tenth, without end."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 1.4, LONGEST_PAUSE_SECONDS)
