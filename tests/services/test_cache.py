"""Kept answers: one maker per key at a time, nothing kept of a failure."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from services.cache import MOST_KEPT, Kept
from tests.services.building import Clock


def test_a_value_is_made_again_once_it_is_old() -> None:
    clock, made = Clock(), iter(range(10))
    kept: Kept[str, int] = Kept(timedelta(seconds=3), clock)

    values = [kept.get("a", lambda: next(made))]
    for seconds in (2.9, 0.2, -60):
        clock.pass_seconds(seconds)
        values.append(kept.get("a", lambda: next(made)))

    assert values == [0, 0, 1, 2]


def test_many_askers_cost_one_answer() -> None:
    kept: Kept[str, int] = Kept(timedelta(seconds=3), Clock())
    all_here, calls = threading.Barrier(8), []

    def ask(_: int) -> int:
        all_here.wait()
        return kept.get("a", lambda: calls.append(1) or 7)  # type: ignore[func-returns-value]

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))

    assert answers == [7] * 8
    assert len(calls) == 1


def test_a_failure_is_not_kept() -> None:
    kept: Kept[str, int] = Kept(timedelta(seconds=3), Clock())

    def fail() -> int:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        kept.get("a", fail)

    assert kept.get("a", lambda: 1) == 1


def test_it_does_not_grow_without_end() -> None:
    kept: Kept[int, int] = Kept(timedelta(seconds=3), Clock())

    for key in range(3 * MOST_KEPT):
        kept.get(key, lambda: 1)

    assert len(kept._values) <= MOST_KEPT
