"""Questions under way: one that hangs is asked again after two seconds, three times at once at most."""

from concurrent.futures import Future

import pytest

from domain.terms import OrderIntent, Purpose, Side
from engine.dispatch.stragglers import Stragglers, as_late
from engine.requests.account import ReadAccount, ReadSymbol
from engine.requests.catalogue import Task
from engine.requests.orders import CancelOrder, SendOrder
from engine.requests.reports import (
    Cancelled,
    Observation,
    OrderAck,
    OrderNotFoundReport,
    OrderStatusReport,
    SymbolRead,
    TaskFailed,
)
from tests.engine.building import held
from tests.services.building import NOW

BTC, ETH = ReadSymbol("BTCUSDT", with_resting=True), ReadSymbol("ETHUSDT", with_resting=True)
ANSWER = SymbolRead("BTCUSDT", (), ())
STOP = OrderIntent("t1-abcdef-1-s-1", Purpose.STOP, "BTCUSDT", Side.LONG, None, None, close_position=True)


def ask(stragglers: Stragglers, task: Task, now: float) -> "Future[Observation]":
    future: Future[Observation] = Future()
    stragglers.follow(task, future, now)
    return future


def test_a_question_under_way_is_asked_again_after_two_seconds() -> None:
    stragglers = Stragglers()
    fresh = stragglers.may_run(BTC, 100.0)
    ask(stragglers, BTC, 100.0)

    assert (fresh, stragglers.may_run(BTC, 101.9), stragglers.may_run(BTC, 102.0)) == (True, False, True)
    assert stragglers.may_run(ETH, 100.0)


def test_one_that_a_position_without_a_stop_may_hang_on_is_asked_again_after_one() -> None:
    stragglers = Stragglers()
    urgent = ReadSymbol("BTCUSDT", with_resting=True, urgent=True)
    ask(stragglers, urgent, 100.0)

    assert (stragglers.may_run(urgent, 100.9), stragglers.may_run(urgent, 101.0)) == (False, True)


def test_three_at_once_are_enough() -> None:
    stragglers = Stragglers()
    first = ask(stragglers, BTC, 100.0)
    ask(stragglers, BTC, 102.0)
    ask(stragglers, BTC, 104.0)
    full = stragglers.may_run(BTC, 1000.0)

    first.set_result(ANSWER)

    assert (full, stragglers.may_run(BTC, 1000.0)) == (False, True)


def test_orders_and_cancels_never_wait_for_each_other() -> None:
    stragglers = Stragglers()
    for task in (SendOrder(1, STOP, NOW, 0.0), CancelOrder(1, "t1-abcdef-1-s-1", 0.0)):
        ask(stragglers, task, 100.0)

        assert stragglers.may_run(task, 100.0)


def test_nothing_answers_once_a_question_is_two_seconds_old() -> None:
    stragglers = Stragglers()
    at_rest = stragglers.nothing_answers(99.0)
    ask(stragglers, BTC, 100.0)

    assert (at_rest, stragglers.nothing_answers(101.9), stragglers.nothing_answers(102.0)) == (False, False, True)


@pytest.mark.parametrize(("answer", "silent"), [(ANSWER, False), (TaskFailed(ETH, "no answer"), True)])
def test_one_that_was_begun_later_and_answered_speaks_for_the_exchange(answer: Observation, silent: bool) -> None:
    stragglers = Stragglers()
    ask(stragglers, BTC, 100.0)
    later = ask(stragglers, ETH, 100.5)

    later.set_result(answer)

    assert stragglers.nothing_answers(103.0) is silent


def test_an_older_answer_says_nothing_of_what_hangs_now() -> None:
    stragglers = Stragglers()
    ask(stragglers, ReadAccount(), 99.0).set_result(ANSWER)
    ask(stragglers, BTC, 100.0)

    assert stragglers.nothing_answers(102.0)


def test_a_late_answer_says_what_an_order_did_but_nothing_of_a_position() -> None:
    positions = (held("0.03"),)

    assert as_late(OrderNotFoundReport(1, proof_read=True, positions=positions)) == OrderNotFoundReport(
        1, proof_read=False, positions=None
    )
    assert as_late(OrderAck(1, code=-2022, positions=positions)) == OrderAck(1, code=-2022)
    assert as_late(OrderStatusReport(1, None, None, (), positions)) == OrderStatusReport(1, None, None, (), None)
    assert as_late(Cancelled(1)) == Cancelled(1)
