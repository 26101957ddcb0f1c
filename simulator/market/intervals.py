"""Candle intervals and where their bars begin."""

from datetime import UTC, datetime

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
_WEEK_MS = 7 * DAY_MS
_FIRST_MONDAY_MS = 4 * DAY_MS  # 1970-01-05

FIXED_MS = {
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
    "6h": 6 * HOUR_MS,
    "8h": 8 * HOUR_MS,
    "12h": 12 * HOUR_MS,
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": _WEEK_MS,
}
INTERVALS = (*FIXED_MS, "1M")


def _month(time_ms: int) -> int:
    moment = datetime.fromtimestamp(time_ms // 1000, tz=UTC)
    return moment.year * 12 + moment.month - 1


def _month_ms(month: int) -> int:
    return int(datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC).timestamp()) * 1000


def bar_open(interval: str, time_ms: int) -> int:
    """Return the open time of the bar that holds time_ms; weeks begin on Monday, months on the first, all UTC."""
    if interval == "1M":
        return _month_ms(_month(time_ms))
    length = FIXED_MS[interval]
    origin = _FIRST_MONDAY_MS if interval == "1w" else 0
    return (time_ms - origin) // length * length + origin


def shifted(interval: str, open_ms: int, bars: int) -> int:
    """Return the open time so many bars later (earlier when negative)."""
    if interval == "1M":
        return _month_ms(_month(open_ms) + bars)
    return open_ms + bars * FIXED_MS[interval]


def bar_opens(interval: str, first_open: int, end_ms: int) -> list[int]:
    """Return the open times from first_open on that lie before end_ms."""
    if interval != "1M":
        return list(range(first_open, end_ms, FIXED_MS[interval]))
    opens = []
    while first_open < end_ms:
        opens.append(first_open)
        first_open = shifted(interval, first_open, 1)
    return opens
