"""A trade without a stop: something is tried every second, whatever is unknown of the last try, never for too much."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from decisions.actions import Action, Cancel, Close, PlaceProtection, ReadPosition
from decisions.stops import is_secured
from decisions.view import BlockingStop, OrderView, TradeView
from domain.rejections import Rejection
from domain.terms import CloseReason, OrderState, Phase, Purpose
from tests.decisions.building import NOW, STOP, STOP_PRICE, decide, interim, order, orders, stop_order, trade

D = Decimal
PAST_STOP = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW)
LOST_CLOSE = order(Purpose.CLOSE, OrderState.UNKNOWN, number=9, quantity=D("0.010"))
CLOSE = Close(1, D("0.010"), CloseReason.UNPROTECTED)


def sent(view: OrderView, seconds_ago: float) -> OrderView:
    """Return an order as if it had been sent so long ago; a final one became so at once."""
    at = NOW - timedelta(seconds=seconds_ago)
    return replace(view, sent_at=at, final_at=at if view.final_at else None)


def closing(*orders: OrderView, **changes: object) -> TradeView:
    """Return a trade whose close has no answer yet; its stop was refused."""
    return trade(*orders, phase=Phase.CLOSING, **changes)


def test_a_close_without_an_answer_is_given_a_second() -> None:
    assert decide(closing(sent(PAST_STOP, 0.6), sent(LOST_CLOSE, 0.5))) == []


def test_a_close_that_was_asked_for_and_not_found_is_followed_by_another_at_once() -> None:
    lost = replace(LOST_CLOSE, queried=True)
    tried = (sent(PAST_STOP, 0.3), sent(lost, 0.25))

    assert decide(closing(sent(PAST_STOP, 0.2), sent(lost, 0.1))) == [ReadPosition(1)]
    assert decide(closing(sent(PAST_STOP, 0.2), sent(lost, 0.1), read_since_close=True)) == []
    assert decide(closing(*tried)) == [ReadPosition(1)]
    assert decide(closing(*tried, read_since_close=True)) == [CLOSE]


def test_the_more_closes_were_lost_the_longer_the_next_one_waits() -> None:
    lost = replace(LOST_CLOSE, queried=True)
    tried = (sent(PAST_STOP, 0.8), sent(lost, 0.7), sent(replace(lost, id=10), 0.3))

    assert decide(closing(*tried, read_since_close=True)) == []
    assert decide(closing(*tried[:2], sent(replace(lost, id=10), 0.45), read_since_close=True)) == [CLOSE]


@pytest.mark.parametrize("changes", [{"others_quantity": D("0.005")}, {"close_part": D("0.004")}])
def test_a_lost_close_that_others_or_a_part_would_pay_for_waits_its_second(changes: dict[str, Decimal]) -> None:
    lost = replace(LOST_CLOSE, queried=True)
    shared = closing(sent(PAST_STOP, 0.3), sent(lost, 0.25), exchange_quantity=D("0.015"), **changes)

    assert decide(shared) == []


def test_then_the_stop_is_tried_again_and_the_position_read() -> None:
    assert decide(closing(sent(PAST_STOP, 1.2), sent(LOST_CLOSE, 1.1))) == [stop_order(), ReadPosition(1)]


def test_then_a_close_of_what_was_read_since() -> None:
    tried = (sent(PAST_STOP, 2.2), sent(LOST_CLOSE, 1.1), sent(replace(PAST_STOP, id=2), 0.1))

    assert decide(closing(*tried)) == []
    assert decide(closing(*tried, read_since_close=True)) == [CLOSE]
    assert decide(closing(*tried, read_since_close=True, exchange_quantity=D("0.004"))) == [
        replace(CLOSE, quantity=D("0.004"))
    ]


def test_then_the_stop_again() -> None:
    again = sent(replace(LOST_CLOSE, id=10), 0.9)
    tried = (sent(LOST_CLOSE, 2.1), sent(PAST_STOP, 1.1), again)

    assert decide(closing(*tried, read_since_close=True)) == [stop_order()]


def test_a_position_that_was_read_as_empty_since_is_left_alone() -> None:
    empty = closing(PAST_STOP, LOST_CLOSE, read_since_close=True, exchange_quantity=D(0))

    assert decide(empty) == []


def test_where_somebody_else_holds_a_part_only_our_own_quantity_stop_is_repeated_as_long_as_the_close_may_arrive() -> (
    None
):
    shared = closing(PAST_STOP, LOST_CLOSE, others_quantity=D("0.005"), exchange_quantity=D("0.015"))

    assert decide(shared) == [interim(), ReadPosition(1)]


@pytest.mark.parametrize(
    ("held", "queried", "closed"),
    [("0.015", True, "0.010"), ("0.009", True, "0.004"), ("0.005", True, None), ("0.015", False, None)],
)
def test_then_a_close_of_what_is_still_ours_follows_once_it_was_asked_for_and_not_found(
    held: str, queried: bool, closed: str | None
) -> None:
    tried = (sent(replace(LOST_CLOSE, queried=queried), 6), sent(replace(PAST_STOP, id=2), 0.1))
    shared = closing(*tried, read_since_close=True, others_quantity=D("0.005"), exchange_quantity=D(held))

    assert decide(shared) == ([] if closed is None else [replace(CLOSE, quantity=D(closed))])


def test_a_close_of_a_part_is_not_repeated_before_the_deadline_for_all_of_it() -> None:
    half = closing(PAST_STOP, LOST_CLOSE, read_since_close=True, close_part=D("0.005"))
    late = NOW - timedelta(seconds=6)

    assert decide(half) == [stop_order()]
    assert decide(replace(half, orders=(*half.orders[:-1], sent(LOST_CLOSE, 5)), unprotected_since=late)) == [
        stop_order()
    ]


def test_a_stop_that_rests_needs_no_insisting() -> None:
    assert decide(closing(STOP, LOST_CLOSE, read_since_close=True)) == []


def test_a_stop_that_the_exchange_wants_later_waits_so_long() -> None:
    later = replace(PAST_STOP, retry_at=NOW + timedelta(seconds=3))

    assert decide(closing(later, LOST_CLOSE, read_since_close=True)) == [CLOSE]


def test_a_question_that_hangs_does_not_keep_the_stop_waiting() -> None:
    lost = order(Purpose.STOP, OrderState.UNKNOWN)

    assert decide(trade(sent(lost, 0.9))) == []
    assert decide(trade(sent(lost, 1.0))) == [stop_order()]


def test_a_quantity_stop_that_does_not_fit_is_replaced_by_one_that_does_and_then_cancelled() -> None:
    read = {"resting_read_at": NOW, "blocking": BlockingStop(None, STOP_PRICE)}
    refused = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.ANOTHER_RESTS)
    old = order(Purpose.INTERIM, number=5, quantity=D("0.020"))
    fitting = order(Purpose.INTERIM, number=6, quantity=D("0.010"))

    assert decide(trade(refused, old, **read)) == [interim()]
    assert decide(trade(refused, old, fitting, **read)) == [Cancel(5)]


unprotected = st.builds(
    lambda rest, phase, asked, seen, since_close, others, old: trade(
        *rest,
        phase=phase,
        close_asked=asked,
        exchange_quantity=seen,
        read_since_close=since_close,
        others_quantity=others,
        unprotected_since=NOW - timedelta(seconds=old),
    ),
    st.lists(orders, max_size=6),
    st.sampled_from([Phase.OPEN, Phase.CLOSING]),
    st.booleans(),
    st.sampled_from([None, D("0.004"), D("0.010"), D("0.020")]),
    st.booleans(),
    st.sampled_from([D(0), D("0.005")]),
    st.sampled_from([1, 6]),
)


def _sends(actions: list[Action]) -> list[Action]:
    return [action for action in actions if isinstance(action, PlaceProtection | Close)]


@given(unprotected)
def test_something_is_tried_whenever_the_last_try_is_a_second_old(view: TradeView) -> None:
    assume(not is_secured(view))

    assert _sends(decide(view))


@given(unprotected)
def test_a_second_close_needs_a_read_since_the_first_and_leaves_what_others_hold(view: TradeView) -> None:
    again = any(o.purpose is Purpose.CLOSE and o.state is OrderState.UNKNOWN for o in view.orders)
    closes = [action for action in decide(view) if isinstance(action, Close)]

    for close in closes if again else []:
        assert view.read_since_close
        assert view.exchange_quantity is not None
        assert close.quantity <= min(view.own_quantity, view.exchange_quantity - view.others_quantity)
