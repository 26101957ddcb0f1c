import pytest

from simulator.market.intervals import INTERVALS, bar_open, bar_opens, shifted

SUNDAY_NOON = 1_795_305_600_000 + 43_200_000  # 2026-11-22
DAY = 86_400_000


def test_a_week_begins_on_monday() -> None:
    assert bar_open("1w", SUNDAY_NOON) == 1_795_305_600_000 - 6 * DAY


def test_a_month_begins_on_the_first() -> None:
    assert bar_open("1M", SUNDAY_NOON) == 1_795_305_600_000 - 21 * DAY
    assert shifted("1M", bar_open("1M", SUNDAY_NOON), 2) == 1_798_761_600_000  # 2027-01-01


@pytest.mark.parametrize("interval", INTERVALS)
def test_bars_follow_one_another(interval: str) -> None:
    first = bar_open(interval, SUNDAY_NOON)

    opens = bar_opens(interval, first, shifted(interval, first, 3))

    assert opens == [first, shifted(interval, first, 1), shifted(interval, first, 2)]
    assert all(bar_open(interval, each) == each for each in opens)
    assert bar_open(interval, opens[1] - 1) == first
