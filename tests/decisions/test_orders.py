"""What a trade's orders say: which is the newest, what may be tried again, and when time is up."""

from dataclasses import replace
from datetime import timedelta

from decisions.deadlines import RETRY_FAST, TRIGGERING_DEADLINE, TRY_EVERY, UNPROTECTED_DEADLINE
from decisions.orders import (
    first,
    is_pending,
    is_stale,
    may_retry,
    newest_of,
    out_of_time,
    place,
    read_since,
    reads_empty,
    tried_lately,
)
from domain.terms import OrderState, Purpose
from tests.decisions.building import NOW, STOP, STOP_PRICE, TARGET, D, order, trade

MOMENT = timedelta(milliseconds=1)
STAGED = order(Purpose.STOP, OrderState.STAGED, number=9)


def test_the_newest_of_a_purpose_is_the_last_that_was_sent() -> None:
    later = replace(STOP, id=5)

    assert newest_of([STOP, TARGET, later, STAGED], Purpose.STOP) == later
    assert first([STOP, TARGET, later], Purpose.STOP, OrderState.WORKING) == STOP
    assert newest_of([TARGET, STAGED], Purpose.STOP) is None


def test_only_an_unknown_outcome_is_pending() -> None:
    assert is_pending([order(Purpose.CLOSE, OrderState.UNKNOWN)], Purpose.CLOSE)
    assert not is_pending([order(Purpose.CLOSE, OrderState.UNKNOWN), STOP], Purpose.STOP)


def test_a_staged_stop_is_used_up_before_a_new_one_is_made() -> None:
    assert place(trade(STAGED), Purpose.STOP, None).staged_id == 9
    assert place(trade(STAGED), Purpose.STOP, D("0.005")).staged_id is None
    assert place(trade(), Purpose.STOP, None).trigger_price == STOP_PRICE


def test_another_try_waits_for_its_moment() -> None:
    ended = replace(STOP, state=OrderState.REJECTED, final_at=NOW)

    assert not may_retry(ended, NOW + RETRY_FAST - MOMENT)
    assert may_retry(ended, NOW + RETRY_FAST)
    named = replace(ended, retry_at=NOW + timedelta(seconds=9))
    assert not may_retry(named, NOW + timedelta(seconds=9) - MOMENT)
    assert may_retry(named, NOW + timedelta(seconds=9))


def test_what_was_sent_within_a_second_may_yet_be_learnt() -> None:
    sent = replace(STOP, sent_at=NOW, final_at=None)

    assert tried_lately(sent, sent.tried_at + TRY_EVERY - MOMENT)
    assert not tried_lately(sent, sent.tried_at + TRY_EVERY)


def test_what_ended_long_ago_is_not_decided_by() -> None:
    ended = replace(STOP, final_at=NOW)

    assert not is_stale(ended, NOW + TRIGGERING_DEADLINE)
    assert is_stale(ended, NOW + TRIGGERING_DEADLINE + MOMENT)


def test_time_is_up_only_while_the_exchange_could_be_reached() -> None:
    since = NOW - UNPROTECTED_DEADLINE
    bare = trade(unprotected_since=since, reachable_since=since)

    assert not out_of_time(bare, NOW)
    assert out_of_time(bare, NOW + MOMENT)
    assert not out_of_time(replace(bare, reachable_since=NOW), NOW + MOMENT)
    assert not out_of_time(replace(bare, reachable_since=None), NOW + MOMENT)


def test_a_read_counts_when_it_came_after_the_refusal() -> None:
    rejected = replace(STOP, state=OrderState.REJECTED, final_at=NOW)

    assert read_since(trade(resting_read_at=NOW + MOMENT), rejected)
    assert not read_since(trade(resting_read_at=NOW), rejected)
    assert not read_since(trade(resting_read_at=None), rejected)


def test_a_position_reads_empty_only_if_ours_should_be_there() -> None:
    assert reads_empty(trade(exchange_quantity=D(0)))
    assert not reads_empty(trade(exchange_quantity=D(0), own_quantity=D(0)))
