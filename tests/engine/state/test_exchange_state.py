"""Reads of the exchange: which are young enough to be believed."""

from datetime import timedelta

import pytest

from domain.exchange import RequestUsage, UnreadRow
from domain.position_key import PositionKey
from domain.terms import Side
from engine.requests.account import ReadAccount, ReadBalance
from engine.requests.reports import AccountRead, OrderAck, Received, TaskFailed
from engine.state.exchange_state import ExchangeState
from tests.engine.building import D, held
from tests.services.building import NOW

LONG = PositionKey("BTCUSDT", Side.LONG)
FREE = RequestUsage(
    weight_1m=0,
    weight_limit_1m=2400,
    orders_10s=0,
    orders_limit_10s=300,
    orders_1m=0,
    orders_limit_1m=1200,
    blocked_until=None,
)
PAUSED = RequestUsage(
    weight_1m=0,
    weight_limit_1m=2400,
    orders_10s=0,
    orders_limit_10s=300,
    orders_1m=0,
    orders_limit_1m=1200,
    blocked_until=NOW + timedelta(seconds=5),
)


def test_nothing_is_known_before_the_first_read() -> None:
    assert ExchangeState().quantity_at(LONG) is None


def test_what_a_full_check_does_not_list_is_empty() -> None:
    exchange = ExchangeState()
    exchange.take_in(1)
    exchange.read_positions([held("0.03")], None)
    exchange.take_in(2)
    exchange.read_positions([], None)

    assert exchange.quantity_at(LONG) == 0
    assert exchange.fresh_reading(LONG) is None


@pytest.mark.parametrize("symbol", ["BTCUSDT", None])
def test_what_an_unread_row_may_be_about_is_not_empty_but_unknown(symbol: str | None) -> None:
    exchange = ExchangeState()
    exchange.take_in(1)
    exchange.read_positions([held("0.03")], None)
    exchange.take_in(2)
    exchange.read_positions([], None, (UnreadRow("positions", 1, "odd", symbol),))

    assert exchange.quantity_at(LONG) is None
    assert exchange.quantity_at(PositionKey("ETHUSDT", Side.SHORT)) == (0 if symbol else None)
    exchange.take_in(3)
    exchange.read_positions([], None)
    assert exchange.quantity_at(LONG) == 0


def test_a_read_of_one_symbol_says_nothing_about_the_others() -> None:
    exchange = ExchangeState()
    exchange.take_in(1)
    exchange.read_positions([], "ETHUSDT")

    assert exchange.quantity_at(LONG) is None
    assert exchange.quantity_at(PositionKey("ETHUSDT", Side.SHORT)) == 0


def test_a_read_from_before_our_own_record_is_not_believed() -> None:
    exchange = ExchangeState()
    exchange.take_in(3)
    exchange.read_positions([held("0.03")], None)
    exchange.begin_batch()
    exchange.forget_quantity_at(LONG)

    assert exchange.quantity_at(LONG) is None


def test_an_answer_that_comes_late_does_not_replace_a_younger_one() -> None:
    exchange = ExchangeState()
    exchange.take_in(5)
    exchange.read_positions([held("0.02")], "BTCUSDT")
    exchange.take_in(4)
    exchange.read_positions([held("0.03")], "BTCUSDT")

    assert exchange.quantity_at(LONG) == D("0.02")


def test_the_exchange_counts_as_reachable_since_the_first_question_it_answered() -> None:
    exchange = ExchangeState()
    answered = [Received(AccountRead((), ()), 1)]

    exchange.note_reachable(answered, FREE, NOW)
    exchange.note_reachable(answered, FREE, NOW + timedelta(seconds=5))

    assert exchange.reachable_since == NOW


def test_only_a_full_check_without_an_answer_makes_it_unreachable() -> None:
    exchange = ExchangeState(reachable_since=NOW)

    exchange.note_reachable([Received(TaskFailed(ReadBalance(), "no answer"), 1)], FREE, NOW)
    after_another = exchange.reachable_since
    exchange.note_reachable([Received(OrderAck(1), 1)], FREE, NOW)
    after_an_order = exchange.reachable_since
    exchange.note_reachable([Received(TaskFailed(ReadAccount(), "no answer"), 1)], FREE, NOW)

    assert (after_another, after_an_order) == (NOW, NOW)
    assert exchange.reachable_since is None


def test_no_deadline_runs_while_the_exchange_wants_a_pause() -> None:
    exchange = ExchangeState(reachable_since=NOW)

    exchange.note_reachable([Received(AccountRead((), ()), 1)], PAUSED, NOW)

    assert exchange.reachable_since is None


def test_a_clock_that_is_found_ahead_leaves_the_last_check_as_old_as_it_is() -> None:
    exchange = ExchangeState()
    exchange.follow_clock(NOW, 100.0)
    exchange.last_full_check_at = NOW

    exchange.follow_clock(NOW + timedelta(seconds=2), 102.0)
    unmoved = exchange.last_full_check_at
    exchange.follow_clock(NOW + timedelta(minutes=5, seconds=3), 103.0)

    assert unmoved == NOW
    assert exchange.last_full_check_at == NOW + timedelta(minutes=5)
