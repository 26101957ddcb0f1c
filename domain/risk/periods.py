"""When a person's days and weeks begin and end, in the zone of their settings, whatever zones and clocks change."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_DAY = timedelta(days=1)
_MOMENT = timedelta(microseconds=1)


class UnknownZone(ValueError):
    """No time zone has this name: choose one from the list."""

    def __init__(self, name: str) -> None:
        super().__init__(f"there is no time zone named {name!r}")
        self.name = name


@dataclass(frozen=True, slots=True)
class ZoneChange:
    """Another zone, an IANA name, and when the person asked for it."""

    zone: str
    asked_at: datetime


@dataclass(frozen=True, slots=True)
class Period:
    """A day or a week: begins_at <= moment < ends_at, UTC; first_day is its (first) date on the person's calendar."""

    first_day: date
    begins_at: datetime
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A zone and the moments it counts for, begins <= moment < ends."""

    zone: ZoneInfo
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Calendar:
    """A person's zone through time: the first one, and what they changed it to, in the order they asked.

    A change counts from the next midnight of the new zone; asking again before that replaces it. Every date is one
    day at most: where the new zone's date has been a day already, that day goes on until its date has passed.

    Raises:
        UnknownZone: by every method, for a name that is no zone.
    """

    first_zone: str
    changes: tuple[ZoneChange, ...] = ()

    def zone_at(self, moment: datetime) -> ZoneInfo:
        """Return the zone that counts at moment."""
        return next(stretch.zone for stretch in self._stretches() if stretch.begins <= moment < stretch.ends)

    def day(self, moment: datetime) -> Period:
        """Return the day that moment lies in."""
        stretches = self._stretches()
        today = _date_of(moment, stretches)
        return Period(today, _reached(today, stretches), _reached(today + _DAY, stretches))

    def week(self, moment: datetime) -> Period:
        """Return the week that moment lies in, from Monday on."""
        stretches = self._stretches()
        today = _date_of(moment, stretches)
        monday = today - today.weekday() * _DAY
        return Period(monday, _reached(monday, stretches), _reached(monday + 7 * _DAY, stretches))

    def starts(self) -> tuple[datetime, ...]:
        """Return the moments from which a change of zone counts."""
        return tuple(stretch.begins for stretch in self._stretches()[1:])

    def _stretches(self) -> list[_Stretch]:
        counting: list[tuple[datetime, str]] = [(datetime.min.replace(tzinfo=UTC), self.first_zone)]
        for change in self.changes:
            while counting[-1][0] > change.asked_at:
                counting.pop()
            if counting[-1][1] != change.zone:
                counting.append((_next_midnight(change.zone, change.asked_at), change.zone))
        ends = [begins for begins, _ in counting[1:]] + [datetime.max.replace(tzinfo=UTC)]
        return [_Stretch(zone_named(zone), begins, end) for (begins, zone), end in zip(counting, ends, strict=True)]


def zone_named(name: str) -> ZoneInfo:
    """Return the zone with an IANA name.

    Raises:
        UnknownZone: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise UnknownZone(name) from error


def first_moment(day: date, zone: ZoneInfo) -> datetime:
    """Return when a date begins in a zone, UTC.

    Where clocks leap over midnight it begins at the leap; where they go through midnight twice, at the first time.
    """
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _next_midnight(zone: str, moment: datetime) -> datetime:
    place = zone_named(zone)
    return first_moment(moment.astimezone(place).date() + _DAY, place)


def _date_of(moment: datetime, stretches: Sequence[_Stretch]) -> date:
    """Return the date of the day that moment lies in: the latest that any zone so far has come to."""
    return max(
        min(moment, stretch.ends - _MOMENT).astimezone(stretch.zone).date()
        for stretch in stretches
        if stretch.begins <= moment
    )


def _reached(day: date, stretches: Sequence[_Stretch]) -> datetime:
    """Return the first moment whose day is this date or a later one."""
    starts = ((max(stretch.begins, first_moment(day, stretch.zone)), stretch.ends) for stretch in stretches)
    return min(start for start, ends in starts if start < ends)
