"""What is written ahead for a protected trade: a stop of the kind that could take its stop's place, and two closes."""

from dataclasses import replace
from decimal import Decimal

import pytest

from decisions.actions import Action, Close, PlaceProtection, Stage, Withdraw
from decisions.view import TradeView
from domain.rejections import Rejection
from domain.terms import CloseReason, OrderState, Phase, Purpose
from strategy import Try1Strategy
from tests.decisions.building import NOW, OWN_STOP, OWN_TARGET, STOP, STOP_PRICE, TARGET, order, trade

D = Decimal
SPARE = order(Purpose.STOP, OrderState.STAGED, number=201)
OWN_SPARE = order(Purpose.INTERIM, OrderState.STAGED, number=202, quantity=D("0.010"))
CLOSES = tuple(order(Purpose.CLOSE, OrderState.STAGED, number=n, quantity=D("0.010")) for n in (204, 205))
FOR_ALL = Stage(1, Purpose.STOP, STOP_PRICE, None)
FOR_OURS = Stage(1, Purpose.INTERIM, STOP_PRICE, D("0.010"))
CLOSE = Stage(1, Purpose.CLOSE, None, D("0.010"))


def decide(view: TradeView) -> list[Action]:
    return Try1Strategy().decide([view], NOW)


def test_a_protected_trade_gets_one_spare_and_keeps_it() -> None:
    assert decide(trade(STOP, TARGET, *CLOSES)) == [FOR_ALL]
    assert decide(trade(STOP, TARGET, SPARE, *CLOSES)) == []
    assert decide(trade(STOP, TARGET, SPARE, replace(SPARE, id=203), *CLOSES)) == [Withdraw(203)]


def test_it_gets_two_closes_and_keeps_them() -> None:
    assert decide(trade(STOP, TARGET, SPARE)) == [CLOSE, CLOSE]
    assert decide(trade(STOP, TARGET, SPARE, CLOSES[0])) == [CLOSE]


def test_its_closes_follow_its_own_quantity() -> None:
    half = trade(STOP, TARGET, SPARE, *CLOSES, own_quantity=D("0.005"), exchange_quantity=D("0.005"))

    assert decide(half) == [Withdraw(204), Withdraw(205), *[replace(CLOSE, quantity=D("0.005"))] * 2]


def test_a_trade_being_closed_keeps_its_spare_and_gets_no_further_close() -> None:
    closing = order(Purpose.CLOSE, OrderState.UNKNOWN, number=9)

    assert decide(trade(STOP, closing, phase=Phase.CLOSING)) == [FOR_ALL]


def test_a_close_that_is_only_written_ahead_is_not_under_way() -> None:
    asked = trade(STOP, TARGET, SPARE, *CLOSES, close_asked=True)

    assert decide(asked) == [Close(1, D("0.010"), CloseReason.MANUAL)]


def test_the_target_does_not_wait_for_the_spare() -> None:
    assert [type(action) for action in decide(trade(STOP))] == [PlaceProtection, Stage, Stage, Stage]


@pytest.mark.parametrize("changes", [{"own_quantity": D(0)}, {"missing": True}, {"phase": Phase.CLOSED}])
def test_a_trade_that_holds_nothing_gets_none(changes: dict[str, object]) -> None:
    assert not any(isinstance(action, Stage) for action in decide(trade(STOP, TARGET, **changes)))


def test_the_spare_is_what_is_sent_when_the_stop_is_gone() -> None:
    gone = order(Purpose.STOP, OrderState.CANCELLED, number=101)

    assert decide(trade(gone, TARGET, SPARE)) == [PlaceProtection(1, Purpose.STOP, STOP_PRICE, None, staged_id=201)]


def test_a_spare_does_not_hide_what_became_of_the_stop_before_it() -> None:
    refused = order(Purpose.STOP, OrderState.REJECTED, number=101, rejection=Rejection.WOULD_TRIGGER_NOW)

    assert not any(isinstance(action, PlaceProtection) for action in decide(trade(refused, TARGET, SPARE)))


def test_where_others_are_left_alone_the_spare_has_our_own_quantity() -> None:
    shared = trade(OWN_STOP, OWN_TARGET, *CLOSES, own_part_only=True)

    assert decide(shared) == [FOR_OURS]
    assert decide(replace(shared, orders=(*shared.orders, OWN_SPARE))) == []
    assert decide(replace(shared, orders=(*shared.orders, SPARE))) == [Withdraw(201), FOR_OURS]


def test_it_follows_our_own_quantity() -> None:
    half = trade(replace(OWN_STOP, quantity=D("0.005")), OWN_SPARE, own_part_only=True, own_quantity=D("0.005"))

    assert Withdraw(202) in decide(half)
    assert replace(FOR_OURS, quantity=D("0.005")) in decide(half)


def test_beside_a_stop_of_others_it_has_our_own_quantity_too() -> None:
    refused = order(Purpose.STOP, OrderState.REJECTED, number=101, rejection=Rejection.ANOTHER_RESTS)

    assert FOR_OURS in decide(trade(refused, OWN_STOP, TARGET, resting_read_at=NOW))
