"""An account has begun anew when what was booked is missing, and stays missing."""

from datetime import timedelta

from domain.epochs import has_begun_anew
from tests.services.building import NOW


def test_one_answer_is_not_enough() -> None:
    assert not has_begun_anew(None, NOW)


def test_a_minute_of_missing_is() -> None:
    assert not has_begun_anew(NOW - timedelta(seconds=59), NOW)
    assert has_begun_anew(NOW - timedelta(seconds=60), NOW)
