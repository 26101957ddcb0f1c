"""Cached answers: one maker per key at a time, nothing cached of a failure."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from services.cache import MAX_ENTRIES, ttl_cached
from tests.services.building import Clock

TTL = timedelta(seconds=3)


def test_a_value_is_made_again_once_it_is_old() -> None:
    clock, made = Clock(), iter(range(10))
    answer = ttl_cached(TTL, timer=clock.seconds)(lambda key: (key, next(made)))

    values = [answer("a")]
    for seconds in (2.9, 0.2):
        clock.pass_seconds(seconds)
        values.append(answer("a"))

    assert values == [("a", 0), ("a", 0), ("a", 1)]


def test_what_is_not_part_of_the_key_makes_no_second_value() -> None:
    made = iter(range(10))
    answer = ttl_cached(TTL, key=lambda client, symbol: symbol)(lambda client, symbol: next(made))

    assert [answer("one client", "BTCUSDT"), answer("another", "BTCUSDT"), answer("another", "ETHUSDT")] == [0, 0, 1]


def test_many_askers_cost_one_answer() -> None:
    all_here, calls = threading.Barrier(8), []

    @ttl_cached(TTL)
    def answer(key: str) -> int:
        calls.append(key)
        return 7

    def ask(_: int) -> int:
        all_here.wait()
        return answer("a")

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))

    assert answers == [7] * 8
    assert calls == ["a"]


def test_a_failure_is_not_cached() -> None:
    outcomes = iter([ValueError("no"), 1])

    @ttl_cached(TTL)
    def answer(key: str) -> object:
        outcome = next(outcomes)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    with pytest.raises(ValueError, match="no"):
        answer("a")

    assert answer("a") == 1


def test_it_does_not_grow_without_end() -> None:
    made: list[int] = []
    answer = ttl_cached(TTL)(made.append)
    for key in range(MAX_ENTRIES + 1):
        answer(key)

    answer(0)

    assert made.count(0) == 2
