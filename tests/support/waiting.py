"""Waiting for a condition."""

from collections.abc import Iterator

# A look costs as much as a cycle of the bot it looks at: soon after the deed it is worth it, later it is in the way.
FIRST_PAUSE_SECONDS = 0.01
LONGEST_PAUSE_SECONDS = 0.1


def pauses() -> Iterator[float]:
    """Yield seconds to wait between looks, longer and longer up to a tenth, without end."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        yield pause
        pause = min(pause * 1.4, LONGEST_PAUSE_SECONDS)
