"""Trading hours on the clock of the person's zone."""

from datetime import UTC, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.risk.hours import next_opening, within_hours
from domain.risk.limits import TradingHours
from domain.risk.periods import Calendar, ZoneChange
from tests.domain.test_risk_periods import BERLIN, TOKYO, changes, moments, utc, zones

WEEKDAYS = frozenset(range(5))
OFFICE = TradingHours(WEEKDAYS, time(8), time(17))
NIGHT = TradingHours(frozenset({4}), time(22), time(6))  # Friday night into Saturday


@pytest.mark.parametrize(
    ("hours", "moment", "inside", "opens"),
    [
        (OFFICE, "2026-11-20T06:59:59", False, "2026-11-20T07:00"),  # Friday, Berlin is an hour ahead
        (OFFICE, "2026-11-20T07:00", True, "2026-11-23T07:00"),
        (OFFICE, "2026-11-20T15:59:59", True, "2026-11-23T07:00"),
        (OFFICE, "2026-11-20T16:00", False, "2026-11-23T07:00"),
        (OFFICE, "2026-11-21T10:00", False, "2026-11-23T07:00"),
        (OFFICE, "2026-03-27T17:00", False, "2026-03-30T06:00"),  # the clocks go forward in between
        (NIGHT, "2026-11-20T21:00", True, "2026-11-27T21:00"),
        (NIGHT, "2026-11-21T04:59", True, "2026-11-27T21:00"),
        (NIGHT, "2026-11-21T05:00", False, "2026-11-27T21:00"),
        (NIGHT, "2026-11-20T04:00", False, "2026-11-20T21:00"),  # Thursday's night is not chosen
        (TradingHours(frozenset({6})), "2026-10-25T22:59", True, "2026-10-31T23:00"),  # Sunday of 25 hours
    ],
)
def test_hours_end_at_their_end(hours: TradingHours, moment: str, inside: bool, opens: str) -> None:
    calendar = Calendar(BERLIN)

    assert within_hours(hours, calendar, utc(moment)) is inside
    assert next_opening(hours, calendar, utc(moment)) == utc(opens)


def test_no_day_never_opens() -> None:
    assert next_opening(TradingHours(frozenset()), Calendar(BERLIN), utc("2026-11-20T12:00")) is None


def test_hours_follow_a_change_of_zone() -> None:
    calendar = Calendar(BERLIN, (ZoneChange(TOKYO, utc("2026-11-20T17:00")),))

    # Saturday and Sunday pass; on Monday it is 08:00 in Tokyo long before it is in Berlin.
    assert next_opening(OFFICE, calendar, utc("2026-11-20T17:00")) == utc("2026-11-22T23:00")


hours_of_any_kind = st.builds(
    TradingHours,
    st.frozensets(st.integers(0, 6), min_size=1),
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
    st.times().map(lambda clock: clock.replace(second=0, microsecond=0)),
)


@given(hours_of_any_kind, zones, changes, moments)
def test_the_next_opening_is_the_first_one(
    hours: TradingHours, zone: str, asked: tuple[ZoneChange, ...], moment: datetime
) -> None:
    calendar = Calendar(zone, asked)
    opens = next_opening(hours, calendar, moment)
    assert opens is not None
    assert within_hours(hours, calendar, opens)

    if not within_hours(hours, calendar, moment):
        step = timedelta(minutes=30)
        looked = moment + step
        while looked < opens:
            assert not within_hours(hours, calendar, looked)
            looked += step


def test_every_day_from_midnight_to_midnight_is_always() -> None:
    always = TradingHours(frozenset(range(7)))
    moment = datetime(2026, 3, 28, tzinfo=UTC)

    for _ in range(500):
        assert within_hours(always, Calendar(BERLIN), moment)
        moment += timedelta(minutes=17)
