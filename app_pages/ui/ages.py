"""Ages of live figures in few characters."""

from __future__ import annotations

from domain.wording import NARROW_SPACE

STALE_PRICE_SECONDS = 5.0
STALE_CHECK_SECONDS = 15.0


def format_age(seconds: float | None) -> str:
    """Return an age as people say it: "0.2 s" under ten seconds, then "42 s", "3 min", "2 h"; "–" when unknown."""
    if seconds is None:
        return "–"
    seconds = max(seconds, 0.0)
    if seconds < 9.95:
        return f"{seconds:.1f}{NARROW_SPACE}s"
    if seconds < 120:
        return f"{seconds:.0f}{NARROW_SPACE}s"
    if seconds < 7200:
        return f"{seconds // 60:.0f}{NARROW_SPACE}min"
    return f"{seconds // 3600:.0f}{NARROW_SPACE}h"


def is_stale(seconds: float | None, limit_seconds: float = STALE_PRICE_SECONDS) -> bool:
    """Return whether a figure of this age must be shown greyed; an unknown age is stale."""
    return seconds is None or seconds > limit_seconds
