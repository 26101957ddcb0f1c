"""Days and weeks of a person: every zone, every clock change, every change of zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.periods import Calendar, UnknownZone, ZoneChange, first_moment

BERLIN, TOKYO, NEW_YORK = "Europe/Berlin", "Asia/Tokyo", "America/New_York"
ZONES = (
    "UTC",
    BERLIN,
    TOKYO,
    NEW_YORK,
    "Pacific/Apia",
    "Pacific/Pago_Pago",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Asia/Beirut",  # its clocks leap over midnight
    "America/Santiago",  # and these too
    "America/Havana",  # its clocks go through midnight twice
    "Africa/Casablanca",
)
TWO_YEARS = 2 * 365 * 24 * 3600
moments = st.integers(0, TWO_YEARS).map(lambda seconds: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
zones = st.sampled_from(ZONES)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "day", "begins", "hours"),
    [
        ("UTC", "2026-11-20", "2026-11-20T00:00", 24),
        (BERLIN, "2026-03-29", "2026-03-28T23:00", 23),  # clocks forward at 02:00
        (BERLIN, "2026-10-25", "2026-10-24T22:00", 25),
        (NEW_YORK, "2026-03-08", "2026-03-08T05:00", 23),
        (NEW_YORK, "2026-11-01", "2026-11-01T04:00", 25),
        ("Asia/Beirut", "2026-03-29", "2026-03-28T22:00", 23),  # from 00:00 to 01:00: the day begins at 01:00
        ("America/Havana", "2026-11-01", "2026-11-01T04:00", 25),  # from 01:00 to 00:00: the first midnight
        ("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00", 24.5),
    ],
)
def test_a_day_is_as_long_as_its_clocks_say(zone: str, day: str, begins: str, hours: float) -> None:
    period = Calendar(zone).day(utc(begins) + timedelta(hours=12))

    assert period.first_day == date.fromisoformat(day)
    assert period.begins_at == utc(begins)
    assert period.ends_at - period.begins_at == timedelta(hours=hours)


def test_a_date_begins_at_its_first_moment_in_every_zone() -> None:
    for name in sorted(available_timezones()):
        zone = ZoneInfo(name)
        for offset in range(0, 800):
            day = date(2026, 1, 1) + timedelta(days=offset)
            begins = first_moment(day, zone)
            assert begins.astimezone(zone).date() >= day, (name, day)
            assert (begins - timedelta(microseconds=1)).astimezone(zone).date() < day, (name, day)


def test_a_week_begins_on_monday() -> None:
    week = Calendar(BERLIN).week(utc("2026-10-25T12:00"))  # a Sunday, the one of 25 hours

    assert week.first_day == date(2026, 10, 19)
    assert week.begins_at == utc("2026-10-18T22:00")
    assert week.ends_at == utc("2026-10-25T23:00")


def test_the_last_moment_of_a_day_is_its_own() -> None:
    midnight = utc("2026-11-19T23:00")
    calendar = Calendar(BERLIN)

    assert calendar.day(midnight - timedelta(microseconds=1)).ends_at == midnight
    assert calendar.day(midnight).begins_at == midnight


def test_a_change_of_zone_counts_from_the_next_midnight_there() -> None:
    calendar = Calendar("UTC", (ZoneChange(TOKYO, utc("2026-11-20T20:00")),))

    assert calendar.zone_at(utc("2026-11-21T14:59")).key == "UTC"
    assert calendar.zone_at(utc("2026-11-21T15:00")).key == TOKYO
    # The old zone's midnight still counts before that: each date is one day.
    assert calendar.day(utc("2026-11-20T21:00")).ends_at == utc("2026-11-21T00:00")
    assert calendar.day(utc("2026-11-21T01:00")).ends_at == utc("2026-11-21T15:00")
    assert calendar.day(utc("2026-11-21T15:00")).first_day == date(2026, 11, 22)


def test_a_change_westwards_gives_no_date_twice() -> None:
    calendar = Calendar(TOKYO, (ZoneChange("UTC", utc("2026-11-20T01:00")),))

    # 21 November began at 15:00 UTC in Tokyo; UTC comes to it nine hours later, and it goes on.
    day = calendar.day(utc("2026-11-21T03:00"))

    assert day.first_day == date(2026, 11, 21)
    assert day.begins_at == utc("2026-11-20T15:00")
    assert day.ends_at == utc("2026-11-22T00:00")


def test_changing_to_and_fro_gives_no_more_days() -> None:
    to_and_fro = (
        ZoneChange(TOKYO, utc("2026-11-20T00:01")),  # counts from 15:00, where 21 November begins
        ZoneChange("UTC", utc("2026-11-20T15:01")),  # counts from midnight, which is 21 November too
        ZoneChange(TOKYO, utc("2026-11-21T00:01")),
    )
    calendar = Calendar("UTC", to_and_fro)

    assert calendar.day(utc("2026-11-20T16:00")) == calendar.day(utc("2026-11-21T14:59"))


def test_a_change_asked_again_before_it_counts_is_replaced() -> None:
    asked = (ZoneChange(TOKYO, utc("2026-11-20T10:00")), ZoneChange("UTC", utc("2026-11-20T11:00")))

    calendar = Calendar("UTC", asked)

    assert calendar.starts() == ()
    assert calendar.day(utc("2026-11-20T12:00")).ends_at == utc("2026-11-21T00:00")


def test_an_unknown_zone_is_named() -> None:
    with pytest.raises(UnknownZone, match="Mars/Olympus"):
        Calendar("Mars/Olympus").day(utc("2026-11-20T12:00"))


changes = st.lists(st.builds(ZoneChange, zones, moments), max_size=6).map(
    lambda found: tuple(sorted(found, key=lambda change: change.asked_at))
)


@given(zones, changes, st.lists(moments, min_size=2, max_size=12))
def test_days_and_weeks_follow_each_other_without_gap_or_return(
    zone: str, asked: tuple[ZoneChange, ...], looked: list[datetime]
) -> None:
    calendar = Calendar(zone, asked)

    for moment in looked:
        for period_of in (calendar.day, calendar.week):
            period = period_of(moment)
            assert period.begins_at <= moment < period.ends_at
            assert period_of(period.begins_at) == period == period_of(period.ends_at - timedelta(microseconds=1))
            after = period_of(period.ends_at)
            assert after.begins_at == period.ends_at
            assert after.first_day > period.first_day
        week = calendar.week(moment)
        assert week.first_day.weekday() == 0
        assert week.begins_at <= calendar.day(moment).begins_at
        assert calendar.day(moment).ends_at <= week.ends_at


@given(zones, changes, moments)
def test_a_change_asked_later_does_not_rewrite_the_past(
    zone: str, asked: tuple[ZoneChange, ...], looked: datetime
) -> None:
    before = tuple(change for change in asked if change.asked_at <= looked)

    assert Calendar(zone, asked).day(looked).begins_at == Calendar(zone, before).day(looked).begins_at
    assert Calendar(zone, asked).zone_at(looked) == Calendar(zone, before).zone_at(looked)
