"""Reading time windows and limits of history requests."""

from dataclasses import dataclass

from simulator.errors import ApiError
from simulator.params import Params

DAY_MS = 24 * 3600 * 1000
KEPT_MS = 90 * DAY_MS  # orders for 90 days; trades and income for "3 months", which is answered with the same number
_BAD_COMBINATION = "Combination of optional parameters invalid."


@dataclass(frozen=True, slots=True)
class Window:
    """Both ends included, in ms; given tells whether the client named at least one of them."""

    start_ms: int
    end_ms: int
    given: bool


def read_window(params: Params, now_ms: int, *, longest_ms: int | None, default_ms: int = 7 * DAY_MS) -> Window:
    """Return the window that startTime and endTime span, the last seven days by default.

    With one end given, the other lies default_ms away, but not after now when longest_ms is None.

    Raises:
        ApiError: -1128 startTime after endTime, -4165 further apart than longest_ms, -4166 beginning earlier than
            what is still kept.
    """
    start_ms, end_ms = params.optional_integer("startTime"), params.optional_integer("endTime")
    if start_ms is None and end_ms is None:
        return Window(now_ms - default_ms, now_ms, given=False)
    if end_ms is None:
        start_ms = start_ms or 0
        end_ms = now_ms if longest_ms is None else min(max(now_ms, start_ms), start_ms + longest_ms)
    elif start_ms is None:
        start_ms = end_ms - default_ms
    if start_ms > end_ms:
        raise ApiError(-1128, _BAD_COMBINATION)
    if longest_ms is not None and end_ms - start_ms > longest_ms:
        raise ApiError(-4165, f"Maximum time interval is {longest_ms // DAY_MS} days")
    if start_ms < now_ms - KEPT_MS:
        raise ApiError(-4166, f"Search window is restricted to recent {KEPT_MS // DAY_MS} days only.")
    return Window(start_ms, end_ms, given=True)


def forbid_with_times(params: Params, name: str) -> None:
    """Refuse a parameter that cannot be combined with startTime or endTime."""
    if params.has(name) and (params.has("startTime") or params.has("endTime")):
        raise ApiError(-1128, _BAD_COMBINATION)


def read_limit(params: Params, *, default: int, largest: int) -> int:
    """Return how many rows to answer; more than the largest is cut to it."""
    limit = params.optional_integer("limit")
    if limit is None:
        return default
    if limit <= 0:
        raise ApiError(-1130, "Data sent for parameter 'limit' is not valid.")
    return min(limit, largest)
