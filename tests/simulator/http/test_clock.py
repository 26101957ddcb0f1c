"""The exchange's clock never goes back, whatever the wall clock does between two runs."""

import time

import pytest

from simulator.clock import ExchangeClock
from simulator.store import LogStore
from simulator.ticker import load_clock


def wall_ms() -> int:
    return time.time_ns() // 1_000_000


def test_starts_with_the_wall_clock_and_runs_forward() -> None:
    before = wall_ms()
    clock = ExchangeClock()

    first, second = clock.now_ms(), clock.now_ms()

    assert before <= first <= second <= wall_ms()


def test_advancing_moves_it_and_is_remembered() -> None:
    clock = ExchangeClock()
    before = clock.now_ms()

    clock.advance(28_800_000)

    assert clock.now_ms() >= before + 28_800_000
    assert clock.ahead_ms == 28_800_000
    with pytest.raises(ValueError, match="forwards"):
        clock.advance(-1)


def test_a_former_run_ahead_of_the_wall_clock_is_not_undercut() -> None:
    tomorrow = wall_ms() + 86_400_000
    store = LogStore()
    store.put("exchange", "clock", {"shown_ms": tomorrow, "ahead_ms": 0})

    assert load_clock(store).now_ms() >= tomorrow + 1000  # up to a second may have been shown unsaved


def test_what_former_runs_were_moved_ahead_is_kept() -> None:
    store = LogStore()
    store.put("exchange", "clock", {"shown_ms": 0, "ahead_ms": 3_600_000})

    clock = load_clock(store)

    assert 0 <= clock.now_ms() - (wall_ms() + 3_600_000) + 1000 < 2000
    assert clock.ahead_ms == 3_600_000
