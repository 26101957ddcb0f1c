"""What the exchange's answers to a probe mean."""

import pytest

from domain.venue_probe.answers import booleans, duplicate_id, income_page, stop_band, trigger_tick
from domain.venue_probe.questions import NOT_MEASURED


@pytest.mark.parametrize(
    ("code", "meaning"), [(None, "free"), (-4014, "enforced"), (-1111, "enforced"), (-2019, NOT_MEASURED)]
)
def test_a_stop_between_ticks(code: int | None, meaning: str) -> None:
    assert trigger_tick(code is None, code) == meaning


@pytest.mark.parametrize(("code", "meaning"), [(None, "free"), (-4211, "bounded"), (-1003, NOT_MEASURED)])
def test_a_stop_outside_the_band(code: int | None, meaning: str) -> None:
    assert stop_band(code is None, code) == meaning


def test_capitals() -> None:
    assert booleans(True, None) == "accepted"
    assert booleans(False, -1130) == "refused"
    assert booleans(False, -1007) == NOT_MEASURED


def test_a_number_in_use() -> None:
    assert duplicate_id(False, -4116) == "-4116"
    assert duplicate_id(True, None) == "accepted"
    assert duplicate_id(False, None) == NOT_MEASURED


@pytest.mark.parametrize(
    ("first", "second", "code", "meaning"),
    [
        ([1], [2], None, "honoured"),
        ([1], [1], None, "ignored"),
        (None, None, -1104, "refused"),
        ([1], [], None, "honoured"),
        ([], [], None, NOT_MEASURED),
        (None, None, -1003, NOT_MEASURED),
    ],
)
def test_pages_of_income(first: list[int] | None, second: list[int] | None, code: int | None, meaning: str) -> None:
    assert income_page(first, second, code) == meaning
