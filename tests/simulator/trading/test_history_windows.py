import pytest

from simulator.errors import ApiError
from simulator.params import Params
from simulator.trading.history_windows import DAY_MS, read_limit, read_window

_NOW = 100 * DAY_MS
_WEEK = 7 * DAY_MS


def _window(longest_ms: int | None = _WEEK, **params: int) -> tuple[int, int]:
    window = read_window(Params({name: str(value) for name, value in params.items()}), _NOW, longest_ms=longest_ms)
    return window.start_ms // DAY_MS, window.end_ms // DAY_MS


def test_a_missing_end_lies_a_week_away() -> None:
    assert _window() == (93, 100)
    assert _window(startTime=50 * DAY_MS) == (50, 57)
    assert _window(startTime=98 * DAY_MS) == (98, 100)
    assert _window(endTime=50 * DAY_MS) == (43, 50)
    assert _window(startTime=50 * DAY_MS, longest_ms=None) == (50, 100)


def test_a_window_may_be_exactly_a_week() -> None:
    assert _window(startTime=50 * DAY_MS, endTime=57 * DAY_MS) == (50, 57)
    with pytest.raises(ApiError) as refusal:
        _window(startTime=50 * DAY_MS, endTime=57 * DAY_MS + 1)
    assert refusal.value.code == -4165


def test_limits_are_cut_to_the_largest() -> None:
    assert read_limit(Params({}), default=500, largest=1000) == 500
    assert read_limit(Params({"limit": "5000"}), default=500, largest=1000) == 1000
