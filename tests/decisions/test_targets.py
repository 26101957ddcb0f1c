"""Targets: placed once, moved by a replacement, taken at market when their price is there."""

from dataclasses import replace
from datetime import timedelta

from decisions.actions import (
    AbandonTarget,
    Cancel,
    Close,
    PlaceProtection,
    RejectMove,
)
from domain.rejections import Rejection
from domain.terms import CloseReason, OrderState, Purpose
from tests.decisions.building import (
    CANCELLED_TARGET,
    MOVED_TARGET,
    NOW,
    OWN_STOP,
    OWN_TARGET,
    STOP,
    STOP_PRICE,
    TARGET,
    TARGET_PRICE,
    WANTED_TARGET,
    D,
    decide,
    interim,
    order,
    own_target,
    refused_target,
    stop_order,
    trade,
)


def test_the_stop_comes_before_the_target() -> None:
    assert decide(trade()) == [stop_order()]
    assert decide(trade(STOP)) == [PlaceProtection(1, Purpose.TARGET, TARGET_PRICE, None)]


def test_stop_and_target_shrink_to_our_own_part_over_a_stop_that_rests_first() -> None:
    assert decide(trade(STOP, TARGET, own_part_only=True)) == [interim()]
    assert decide(trade(STOP, TARGET, OWN_STOP, own_part_only=True)) == [Cancel(101)]
    assert decide(trade(TARGET, OWN_STOP, own_part_only=True)) == [own_target()]
    assert decide(trade(TARGET, OWN_STOP, OWN_TARGET, own_part_only=True)) == [Cancel(102)]
    assert decide(trade(CANCELLED_TARGET, OWN_STOP, own_part_only=True)) == [own_target()]
    assert decide(trade(OWN_STOP, OWN_TARGET, own_part_only=True)) == []


def test_stop_and_target_take_all_again_once_nothing_external_is_there() -> None:
    assert decide(trade(OWN_STOP, OWN_TARGET)) == [stop_order()]
    assert decide(trade(STOP, OWN_STOP, OWN_TARGET)) == [Cancel(5)]
    assert decide(trade(STOP, OWN_TARGET)) == [PlaceProtection(1, Purpose.TARGET, TARGET_PRICE, None)]
    assert decide(trade(STOP, OWN_TARGET, replace(TARGET, id=8))) == [Cancel(6)]


def test_a_target_with_our_quantity_stays_where_stop_and_target_cannot_both_close_all() -> None:
    rejected = order(Purpose.TARGET, OrderState.REJECTED, number=102, rejection=Rejection.ANOTHER_RESTS)
    half = order(Purpose.TARGET, number=6, quantity=D("0.005"))

    assert decide(trade(STOP, rejected, OWN_TARGET)) == []
    assert decide(trade(STOP, rejected, half)) == [own_target()]
    assert decide(trade(STOP, rejected, half, replace(OWN_TARGET, id=7))) == [Cancel(6)]


def test_a_target_whose_price_is_already_there_is_taken_at_market() -> None:
    rejected = order(Purpose.TARGET, OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW)

    assert decide(trade(STOP, rejected)) == [Close(1, D("0.010"), CloseReason.TP)]


def test_a_target_the_exchange_does_not_take_is_given_up() -> None:
    assert decide(trade(STOP, order(Purpose.TARGET, OrderState.REJECTED, rejection=Rejection.OTHER))) == [
        AbandonTarget(1, 1)
    ]


def test_a_target_goes_only_once_its_replacement_rests() -> None:
    beside = PlaceProtection(1, Purpose.TARGET, WANTED_TARGET, D("0.010"))

    assert decide(trade(STOP, TARGET, target_price=WANTED_TARGET)) == [beside]
    assert (
        decide(trade(STOP, TARGET, replace(MOVED_TARGET, state=OrderState.UNKNOWN), target_price=WANTED_TARGET)) == []
    )
    assert decide(trade(STOP, TARGET, MOVED_TARGET, target_price=WANTED_TARGET)) == [Cancel(102)]
    for_all = PlaceProtection(1, Purpose.TARGET, WANTED_TARGET, None)
    assert decide(trade(STOP, MOVED_TARGET, target_price=WANTED_TARGET)) == [for_all]
    rests = replace(MOVED_TARGET, id=8, quantity=None)
    assert decide(trade(STOP, MOVED_TARGET, rests, target_price=WANTED_TARGET)) == [Cancel(7)]
    assert decide(trade(STOP, rests, target_price=WANTED_TARGET)) == []
    refused = replace(refused_target(Rejection.TERMS_REFUSED), id=8, quantity=None)
    assert decide(trade(STOP, MOVED_TARGET, refused, target_price=WANTED_TARGET)) == []


def test_a_replacement_that_is_refused_leaves_the_target_where_it_is() -> None:
    refused = refused_target(Rejection.TERMS_REFUSED)
    replacement_not_taken = refused_target(Rejection.ANOTHER_RESTS)

    assert decide(trade(STOP, TARGET, refused, target_price=WANTED_TARGET)) == [
        RejectMove(1, TARGET_PRICE, Purpose.TARGET)
    ]
    assert decide(trade(STOP, TARGET, replacement_not_taken, target_price=WANTED_TARGET)) == [Cancel(102)]


def test_what_does_not_fit_the_pair_s_steps_is_tried_again_while_the_rules_are_read() -> None:
    fresh = replace(STOP, state=OrderState.REJECTED, rejection=Rejection.PRECISION, final_at=NOW)
    older = replace(fresh, final_at=NOW - timedelta(seconds=1))

    assert decide(trade(fresh, unprotected_since=NOW)) == []
    assert decide(trade(older, unprotected_since=NOW)) == [stop_order()]
    again = refused_target(Rejection.PRECISION)
    assert decide(trade(STOP, TARGET, again, target_price=WANTED_TARGET)) == [
        PlaceProtection(1, Purpose.TARGET, WANTED_TARGET, D("0.010"))
    ]
    often = [replace(again, id=number) for number in range(10, 18)]
    assert decide(trade(STOP, TARGET, *often, target_price=WANTED_TARGET)) == [
        RejectMove(1, TARGET_PRICE, Purpose.TARGET)
    ]


def test_nothing_is_moved_while_the_pair_s_tick_is_unknown() -> None:
    moved = {"stop_price": STOP_PRICE + 50, "target_price": WANTED_TARGET}

    assert decide(trade(STOP, TARGET, tick_size=D(0))) == []
    assert decide(trade(STOP, TARGET, tick_size=D(0), **moved)) == []
