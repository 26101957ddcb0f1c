"""Stops: one that fits always rests, and moves over another that rests first."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given

from decisions.actions import (
    Cancel,
    Close,
    PlaceProtection,
    ReadResting,
    RejectMove,
)
from decisions.view import BlockingStop, TradeView
from domain.rejections import Rejection
from domain.terms import CloseReason, OrderState, Phase, Purpose
from tests.decisions.building import (
    NOW,
    OWN_STOP,
    OWN_TARGET,
    STOP,
    STOP_PRICE,
    TARGET,
    TARGET_PRICE,
    D,
    decide,
    interim,
    order,
    stop_order,
    trade,
    trades,
)


def test_an_entry_under_way_is_protected_by_what_its_key_shows() -> None:
    entering = trade(phase=Phase.ENTERING, own_quantity=D(0), entry_final=False, exchange_quantity=D("0.010"))

    assert decide(entering) == [stop_order()]


def test_a_staged_stop_is_sent_under_its_own_id() -> None:
    staged = order(Purpose.STOP, OrderState.STAGED, number=7)

    assert decide(trade(staged)) == [PlaceProtection(1, Purpose.STOP, STOP_PRICE, None, staged_id=7)]


def test_a_stop_without_an_answer_is_tried_again_once_it_was_not_found() -> None:
    just_sent = replace(order(Purpose.STOP, OrderState.UNKNOWN), sent_at=NOW - timedelta(seconds=0.5))

    assert decide(trade(just_sent)) == []
    assert decide(trade(replace(just_sent, queried=True))) == [stop_order()]
    assert decide(trade(order(Purpose.STOP, OrderState.UNKNOWN, queried=True))) == [stop_order()]


def test_a_stop_that_would_trigger_at_once_closes_the_trade() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW)

    assert decide(trade(rejected)) == [Close(1, D("0.010"), CloseReason.UNPROTECTED)]


def test_any_other_clear_refusal_of_the_stop_closes_the_trade() -> None:
    assert decide(trade(order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.OTHER))) == [
        Close(1, D("0.010"), CloseReason.UNPROTECTED)
    ]


def test_an_overloaded_exchange_is_tried_again() -> None:
    assert decide(trade(order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.NOT_EXECUTED))) == [stop_order()]


def test_while_the_fill_is_not_visible_a_quantity_stop_rests() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.NO_POSITION_YET)
    resting_interim = order(Purpose.INTERIM, number=5, quantity=D("0.010"))

    assert decide(trade(rejected)) == [interim()]
    assert decide(trade(rejected, resting_interim)) == [stop_order()]


def test_when_something_rests_already_it_is_read_first() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.ANOTHER_RESTS)

    assert decide(trade(replace(rejected, sent_at=NOW - timedelta(seconds=0.5)))) == [ReadResting(1)]
    assert decide(trade(rejected)) == [interim()]  # that read takes too long


def test_an_external_stop_is_left_alone_beside_our_own_quantity_stop() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.ANOTHER_RESTS)
    read = {"resting_read_at": NOW, "blocking": BlockingStop(None, STOP_PRICE)}
    resting_interim = order(Purpose.INTERIM, number=5, quantity=D("0.010"))

    assert decide(trade(rejected, **read)) == [interim()]
    assert decide(trade(rejected, resting_interim, TARGET, **read)) == []


def test_the_own_stop_comes_back_once_a_list_that_can_be_believed_shows_nothing_in_the_way() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.ANOTHER_RESTS)
    resting_interim = order(Purpose.INTERIM, number=5, quantity=D("0.010"))

    assert decide(trade(rejected, resting_interim, resting_read_at=NOW, interim_listed=True)) == [stop_order()]
    assert decide(trade(rejected, resting_interim, TARGET, resting_read_at=NOW, interim_listed=False)) == []


def test_an_older_trades_stop_goes_only_after_our_interim_stop_rests() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.ANOTHER_RESTS)
    read = {"resting_read_at": NOW, "blocking": BlockingStop(77, STOP_PRICE)}
    resting_interim = order(Purpose.INTERIM, number=5, quantity=D("0.010"))

    assert decide(trade(rejected, **read)) == [interim()]
    assert decide(trade(rejected, resting_interim, **read)) == [Cancel(77)]


def test_a_stop_moves_by_interim_stop_cancel_stop_and_cancel() -> None:
    wanted = STOP_PRICE + 100
    new_interim = order(Purpose.INTERIM, number=5, price=wanted, quantity=D("0.010"))
    new_stop = order(Purpose.STOP, number=6, price=wanted)
    gone = order(Purpose.STOP, OrderState.CANCELLED, number=101)

    assert decide(trade(STOP, TARGET, stop_price=wanted)) == [interim(wanted)]
    assert decide(trade(STOP, TARGET, new_interim, stop_price=wanted)) == [Cancel(101)]
    assert decide(trade(gone, TARGET, new_interim, stop_price=wanted)) == [stop_order(wanted)]
    assert decide(trade(gone, TARGET, new_interim, new_stop, stop_price=wanted)) == [Cancel(5)]


def test_a_stop_for_our_own_part_follows_its_size_and_price_over_another() -> None:
    wanted = STOP_PRICE + 50
    moved = order(Purpose.INTERIM, number=7, price=wanted, quantity=D("0.010"))
    big = order(Purpose.INTERIM, number=7, quantity=D("0.020"))

    assert decide(trade(OWN_STOP, OWN_TARGET, own_part_only=True, stop_price=wanted)) == [interim(wanted)]
    assert decide(trade(OWN_STOP, moved, OWN_TARGET, own_part_only=True, stop_price=wanted)) == [Cancel(5)]
    assert decide(trade(big, OWN_TARGET, own_part_only=True)) == [interim()]


def test_without_any_stop_the_one_that_can_rest_only_once_comes_first() -> None:
    lost = order(Purpose.INTERIM, OrderState.UNKNOWN, number=5, quantity=D("0.010"), queried=True)

    assert decide(trade(lost, OWN_TARGET, own_part_only=True)) == [stop_order()]
    assert decide(trade(lost, STOP, OWN_TARGET, own_part_only=True)) == []


def test_a_refused_stop_for_our_own_part_keeps_the_one_for_all() -> None:
    rejected = order(
        Purpose.INTERIM, OrderState.REJECTED, number=5, quantity=D("0.010"), rejection=Rejection.TERMS_REFUSED
    )
    just_now = replace(rejected, final_at=NOW - timedelta(seconds=1))

    assert decide(trade(STOP, TARGET, just_now, own_part_only=True)) == [RejectMove(1, STOP_PRICE)]


def test_a_refused_move_keeps_the_old_stop() -> None:
    wanted = TARGET_PRICE + 100
    fresh = replace(
        order(Purpose.INTERIM, OrderState.REJECTED, number=5, price=wanted, rejection=Rejection.WOULD_TRIGGER_NOW),
        final_at=NOW,
    )

    assert decide(trade(STOP, TARGET, fresh, stop_price=wanted)) == [RejectMove(1, STOP_PRICE)]


def test_a_stop_that_was_cancelled_is_placed_again() -> None:
    assert decide(trade(order(Purpose.STOP, OrderState.CANCELLED), TARGET)) == [stop_order()]


@given(trades)
def test_a_live_trades_last_stop_is_never_cancelled(view: TradeView) -> None:
    resting = {
        o.id for o in view.orders if o.state is OrderState.WORKING and o.purpose in (Purpose.STOP, Purpose.INTERIM)
    }
    cancelled = {a.order_id for a in decide(view) if isinstance(a, Cancel)}

    assert view.phase in (Phase.CLOSED, Phase.FAILED) or not resting or resting - cancelled
