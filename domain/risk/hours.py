"""Trading hours: whether new trades may open now, and when they may again."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from domain.risk.limits import TradingHours
from domain.risk.periods import Calendar

_DAY = timedelta(days=1)
_LOOK_AHEAD = 9  # days: a week, and one more at either end for windows over midnight


def within_hours(hours: TradingHours, calendar: Calendar, moment: datetime) -> bool:
    """Return whether moment lies in the hours, by the zone that counts then; the end itself does not."""
    zone = calendar.zone_at(moment)
    today = moment.astimezone(zone).date()
    windows = (_window(hours, day, zone) for day in (today - _DAY, today) if day.weekday() in hours.days)
    return any(begins <= moment < ends for begins, ends in windows)


def next_opening(hours: TradingHours, calendar: Calendar, moment: datetime) -> datetime | None:
    """Return the next moment, UTC, at which the hours begin; None when no day is chosen."""
    candidates = sorted({*_openings(hours, calendar, moment), *calendar.starts()})
    return next((at for at in candidates if at > moment and within_hours(hours, calendar, at)), None)


def _openings(hours: TradingHours, calendar: Calendar, moment: datetime) -> Iterator[datetime]:
    """Return when windows begin from yesterday on, in every zone that counts now or will."""
    for start in (moment, *(change for change in calendar.starts() if change > moment)):
        zone = calendar.zone_at(start)
        first = start.astimezone(zone).date() - _DAY
        for offset in range(_LOOK_AHEAD + 1):
            day = first + offset * _DAY
            if day.weekday() in hours.days:
                yield _window(hours, day, zone)[0]


def _window(hours: TradingHours, day: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return begin and end, UTC, of the window that begins on a day."""
    last = day if hours.ends > hours.begins else day + _DAY
    return _at(day, hours.begins, zone), _at(last, hours.ends, zone)


def _at(day: date, clock: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, clock, tzinfo=zone).astimezone(UTC)
