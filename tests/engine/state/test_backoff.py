"""Waits between tries."""

from datetime import timedelta

from engine.state import backoff
from engine.state.backoff import Backoff


def test_the_last_wait_holds_for_all_that_follow() -> None:
    waits = Backoff((timedelta(seconds=1), timedelta(seconds=2)))

    assert [waits.after(tries).seconds for tries in range(4)] == [1, 2, 2, 2]


def test_no_wait_is_shorter_than_the_one_before() -> None:
    for table in (backoff.ORDER_QUERY, backoff.ORDER_RETRY, backoff.CLOSE_RETRY):
        assert list(table.delays) == sorted(table.delays)


def test_what_comes_late_is_still_read_before_a_result_is_final() -> None:
    assert backoff.INCOME_OVERLAP > backoff.INCOME_FINAL_AFTER


def test_an_entry_never_relies_on_a_check_older_than_its_net() -> None:
    assert backoff.FULL_CHECK_AT_LATEST < backoff.FULL_CHECK_FRESH_FOR
