"""What filled after it was abandoned, where it cannot live on: closed, and never without anything being tried."""

from dataclasses import replace
from decimal import Decimal

from decisions.actions import Close, ReadPosition
from decisions.view import OrderView, TradeView
from domain.terms import CloseReason, OrderState, Phase, Purpose
from tests.decisions.building import OWN_STOP, STOP, decide, interim, order, stop_order, trade
from tests.decisions.test_insisting import LOST_CLOSE, PAST_STOP, sent

D = Decimal
CLOSE = Close(1, D("0.010"), CloseReason.UNPROTECTED)
LOST = sent(LOST_CLOSE, 1.1)


def late(*orders: OrderView, **changes: object) -> TradeView:
    return trade(*orders, phase=Phase.FAILED, **changes)


def test_it_is_closed_and_a_close_is_given_a_second() -> None:
    assert decide(late()) == [CLOSE]
    assert decide(late(sent(PAST_STOP, 0.9), sent(LOST_CLOSE, 0.5))) == []


def test_where_it_is_alone_stop_and_close_are_tried_in_turn() -> None:
    assert decide(late(LOST)) == [stop_order(), ReadPosition(1)]
    assert decide(late(LOST, sent(PAST_STOP, 0.1), read_since_close=True)) == [CLOSE]


def test_beside_others_only_the_stop_with_its_own_quantity_is_repeated() -> None:
    shared = late(LOST, others_quantity=D("0.020"), exchange_quantity=D("0.030"), read_since_close=True)

    assert decide(shared) == [interim()]
    tried = sent(replace(OWN_STOP, state=OrderState.UNKNOWN), 0.1)
    assert decide(replace(shared, orders=(*shared.orders, tried))) == []


def test_what_a_stop_covers_is_left_to_it() -> None:
    assert decide(late(LOST, covered_by_another=True)) == []
    assert decide(late(LOST, OWN_STOP)) == []
    assert decide(late(LOST, STOP)) == []


def test_its_stop_is_cleared_away_once_it_holds_nothing() -> None:
    closed = order(Purpose.CLOSE, OrderState.FILLED, number=9)

    assert [type(action).__name__ for action in decide(late(closed, STOP, own_quantity=D(0)))] == ["Cancel"]
