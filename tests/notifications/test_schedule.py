"""Pauses, quiet hours and the hour of a summary."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from notifications.schedule import QuietHours, pause_after, summary_due

BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_pauses_grow_to_an_hour() -> None:
    pauses = [pause_after(attempts) for attempts in (1, 2, 3, 9, 100)]

    assert pauses == [timedelta(seconds=15), timedelta(seconds=30), timedelta(minutes=1), *[timedelta(hours=1)] * 2]


@pytest.mark.parametrize(
    ("now", "until"),
    [
        ("2026-11-30T20:59", None),
        ("2026-11-30T21:00", "2026-12-01T06:00"),  # 22:00 in Berlin
        ("2026-12-01T05:59", "2026-12-01T06:00"),
        ("2026-12-01T06:00", None),
        ("2026-10-24T21:30", "2026-10-25T06:00"),  # the clocks go back in between: 07:00 is an hour later
        ("2026-03-28T21:30", "2026-03-29T05:00"),
    ],
)
def test_quiet_hours_across_midnight_end_in_the_morning(now: str, until: str | None) -> None:
    quiet = QuietHours(time(22), time(7))

    assert quiet.until(at(now), BERLIN) == (None if until is None else at(until))


def test_quiet_hours_within_a_day() -> None:
    quiet = QuietHours(time(12), time(13, 30))

    assert quiet.until(at("2026-06-01T10:30"), BERLIN) == at("2026-06-01T11:30")
    assert quiet.until(at("2026-06-01T11:30"), BERLIN) is None


def test_equal_ends_are_never_quiet() -> None:
    assert QuietHours(time(8), time(8)).until(at("2026-06-01T06:00"), BERLIN) is None


def test_a_summary_is_due_once_a_day_from_its_hour_on() -> None:
    assert summary_due(at("2026-06-01T05:59"), BERLIN, 8, None) is None
    assert summary_due(at("2026-06-01T06:00"), BERLIN, 8, None) == "2026-06-01"
    assert summary_due(at("2026-06-01T21:00"), BERLIN, 8, "2026-06-01") is None
    assert summary_due(at("2026-06-01T22:30"), BERLIN, 8, "2026-06-01") is None  # past midnight, before the hour
    assert summary_due(at("2026-06-02T06:00"), BERLIN, 8, "2026-06-01") == "2026-06-02"
