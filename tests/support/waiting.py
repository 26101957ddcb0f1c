"""Waiting for a condition."""

from collections.abc import Iterator
from itertools import chain, repeat

# A look costs as much as a cycle of the bot it looks at: soon after the deed it is worth it, later it is in the way.
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.1


def pauses() -> Iterator[float]:
    """Yield seconds to wait between looks, longer and longer up to a tenth, without end."""
    pause = FIRST_PAUSE_SECONDS
    growing = []
    while pause < LONGEST_PAUSE_SECONDS:
        growing.append(pause)
        pause *= 1.4
    return chain(growing, repeat(LONGEST_PAUSE_SECONDS))
