"""Tries and their moments."""

from datetime import timedelta

from engine.state.backoff import FILL_NAMED_WITHIN, MISSING_AFTER, ORDER_QUERY, RECONCILE_EVERY
from engine.state.retry_state import RetryState
from tests.services.building import NOW

SECOND = timedelta(seconds=1)


def test_an_order_is_queried_more_and_more_slowly() -> None:
    retries = RetryState()

    waits = [retries.next_query_after(1) for _ in range(10)]

    assert waits[:7] == list(ORDER_QUERY.delays)
    assert waits[7:] == [timedelta(seconds=4)] * 3
    assert retries.next_query_after(2) == ORDER_QUERY.after(0)


def test_a_trade_is_reconciled_at_once_and_then_after_a_while() -> None:
    retries = RetryState()

    first = retries.reconcile_due(1, NOW)
    retries.reconciled_at[1] = NOW

    assert first
    assert not retries.reconcile_due(1, NOW + RECONCILE_EVERY - SECOND)
    assert retries.reconcile_due(1, NOW + RECONCILE_EVERY)


def test_a_trade_is_missing_only_after_a_minute() -> None:
    retries = RetryState(missing_at_exchange_since={1: NOW})

    assert not retries.is_missing(1, NOW + MISSING_AFTER - SECOND)
    assert retries.is_missing(1, NOW + MISSING_AFTER)
    assert not retries.is_missing(2, NOW)


def test_the_wait_for_a_fills_order_begins_with_the_first_question() -> None:
    retries = RetryState()

    assert retries.may_be_named(5, NOW)
    assert not retries.may_be_named(5, NOW + FILL_NAMED_WITHIN)
