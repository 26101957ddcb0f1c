"""What is written ahead for a trade: two stops of the kind that could take its stop's place, and two closes."""

from dataclasses import replace
from decimal import Decimal

import pytest

from decisions.actions import Action, Close, PlaceProtection, ReadPosition, Stage, Withdraw
from decisions.view import TradeView
from domain.rejections import Rejection
from domain.terms import CloseReason, OrderState, Phase, Purpose
from strategy import Try1Strategy
from tests.decisions.building import NOW, OWN_STOP, OWN_TARGET, STOP, STOP_PRICE, TARGET, order, trade

D = Decimal
SPARE = order(Purpose.STOP, OrderState.STAGED, number=201)
SPARES = (SPARE, replace(SPARE, id=203))
OWN_SPARE = order(Purpose.INTERIM, OrderState.STAGED, number=202, quantity=D("0.010"))
OWN_SPARES = (OWN_SPARE, replace(OWN_SPARE, id=206))
CLOSES = tuple(order(Purpose.CLOSE, OrderState.STAGED, number=n, quantity=D("0.010")) for n in (204, 205))
FOR_ALL = Stage(1, Purpose.STOP, STOP_PRICE, None)
FOR_OURS = Stage(1, Purpose.INTERIM, STOP_PRICE, D("0.010"))
CLOSE = Stage(1, Purpose.CLOSE, None, D("0.010"))


def decide(view: TradeView) -> list[Action]:
    return Try1Strategy().decide([view], NOW)


def test_a_trade_gets_two_spares_and_keeps_them() -> None:
    assert decide(trade(STOP, TARGET, *CLOSES)) == [FOR_ALL, FOR_ALL]
    assert decide(trade(STOP, TARGET, SPARE, *CLOSES)) == [FOR_ALL]
    assert decide(trade(STOP, TARGET, *SPARES, *CLOSES)) == []
    assert decide(trade(STOP, TARGET, *SPARES, replace(SPARE, id=207), *CLOSES)) == [Withdraw(207)]


def test_it_gets_two_closes_and_keeps_them() -> None:
    assert decide(trade(STOP, TARGET, *SPARES)) == [CLOSE, CLOSE]
    assert decide(trade(STOP, TARGET, *SPARES, CLOSES[0])) == [CLOSE]


def test_its_closes_follow_its_own_quantity() -> None:
    half = trade(STOP, TARGET, *SPARES, *CLOSES, own_quantity=D("0.005"), exchange_quantity=D("0.005"))

    assert decide(half) == [Withdraw(204), Withdraw(205), *[replace(CLOSE, quantity=D("0.005"))] * 2]


def test_a_trade_being_closed_keeps_its_spares() -> None:
    closing = order(Purpose.CLOSE, OrderState.UNKNOWN, number=9)

    assert decide(trade(STOP, closing, *SPARES[:1], *CLOSES[:1], phase=Phase.CLOSING)) == [FOR_ALL, CLOSE]


def test_what_is_being_sent_is_no_spare_any_more() -> None:
    gone = order(Purpose.STOP, OrderState.CANCELLED, number=101)
    sent = PlaceProtection(1, Purpose.STOP, STOP_PRICE, None, staged_id=201)

    assert decide(trade(gone, TARGET, *SPARES, *CLOSES)) == [sent, FOR_ALL]


def test_a_trade_whose_stop_is_unknown_keeps_its_spares_too() -> None:
    unknown = replace(order(Purpose.STOP, OrderState.UNKNOWN, number=101), created_at=NOW)

    assert decide(trade(unknown, *CLOSES)) == [FOR_ALL, FOR_ALL]


def test_so_does_one_whose_stop_was_refused_while_it_is_being_closed() -> None:
    refused = order(Purpose.STOP, OrderState.REJECTED, number=101, rejection=Rejection.WOULD_TRIGGER_NOW)
    closing = order(Purpose.CLOSE, OrderState.UNKNOWN, number=102)
    view = trade(refused, closing, *CLOSES, phase=Phase.CLOSING)

    assert [a for a in decide(view) if not isinstance(a, PlaceProtection | ReadPosition)] == [FOR_ALL, FOR_ALL]


def test_one_that_is_entering_has_them_as_soon_as_it_holds_something() -> None:
    entry = order(Purpose.ENTRY, OrderState.WORKING, number=1)
    view = trade(entry, STOP, TARGET, phase=Phase.ENTERING, entry_final=False)

    assert [type(a) for a in decide(view)] == [Stage] * 4


def test_a_close_that_is_only_written_ahead_is_not_under_way() -> None:
    asked = trade(STOP, TARGET, *SPARES, *CLOSES, close_asked=True)

    assert decide(asked) == [Close(1, D("0.010"), CloseReason.MANUAL)]


def test_the_target_does_not_wait_for_the_spares() -> None:
    assert [type(action) for action in decide(trade(STOP))] == [PlaceProtection, Stage, Stage, Stage, Stage]


@pytest.mark.parametrize("changes", [{"own_quantity": D(0)}, {"missing": True}, {"phase": Phase.CLOSED}])
def test_a_trade_that_holds_nothing_gets_none(changes: dict[str, object]) -> None:
    assert not any(isinstance(action, Stage) for action in decide(trade(STOP, TARGET, **changes)))


def test_a_spare_does_not_hide_what_became_of_the_stop_before_it() -> None:
    refused = order(Purpose.STOP, OrderState.REJECTED, number=101, rejection=Rejection.WOULD_TRIGGER_NOW)

    assert not any(isinstance(action, PlaceProtection) for action in decide(trade(refused, TARGET, SPARE)))


def test_where_others_are_left_alone_the_spare_has_our_own_quantity() -> None:
    shared = trade(OWN_STOP, OWN_TARGET, *CLOSES, own_part_only=True)

    assert decide(shared) == [FOR_OURS, FOR_OURS]
    assert decide(replace(shared, orders=(*shared.orders, *OWN_SPARES))) == []
    assert decide(replace(shared, orders=(*shared.orders, SPARE))) == [Withdraw(201), FOR_OURS, FOR_OURS]


def test_it_follows_our_own_quantity() -> None:
    half = trade(replace(OWN_STOP, quantity=D("0.005")), OWN_SPARE, own_part_only=True, own_quantity=D("0.005"))

    assert Withdraw(202) in decide(half)
    assert replace(FOR_OURS, quantity=D("0.005")) in decide(half)


def test_beside_a_stop_of_others_it_has_our_own_quantity_too() -> None:
    refused = order(Purpose.STOP, OrderState.REJECTED, number=101, rejection=Rejection.ANOTHER_RESTS)

    assert FOR_OURS in decide(trade(refused, OWN_STOP, TARGET, resting_read_at=NOW))
