"""Closing: what is ours, once at a time, and never more than the exchange shows."""

from dataclasses import replace
from datetime import timedelta

from decisions.actions import (
    Close,
    ReadPosition,
    Reconcile,
)
from domain.rejections import Rejection
from domain.terms import CloseReason, OrderState, Phase, Purpose
from tests.decisions.building import (
    ENTRY,
    NOW,
    STOP,
    TARGET,
    D,
    decide,
    order,
    stop_order,
    trade,
)


def test_nothing_is_sent_for_a_trade_the_exchange_no_longer_shows() -> None:
    assert decide(trade(missing=True, exchange_quantity=D(0))) == []
    assert decide(trade(missing=True, exchange_quantity=D(0), close_asked=True)) == []


def test_a_late_fill_whose_key_is_taken_is_closed_and_closed_once() -> None:
    given_up = trade(phase=Phase.FAILED, exchange_quantity=None, stop_price=None, target_price=None)
    closing = order(Purpose.CLOSE, OrderState.UNKNOWN, number=5)

    assert decide(given_up) == [Close(1, D("0.010"), CloseReason.UNPROTECTED)]
    assert decide(replace(given_up, orders=(ENTRY, closing))) == []


def test_a_close_of_the_external_part_holds_up_nothing_of_ours() -> None:
    closing = replace(order(Purpose.CLOSE, OrderState.UNKNOWN, number=9, quantity=D("0.010")), for_external_part=True)

    assert decide(trade(closing, TARGET)) == [stop_order()]
    assert decide(trade(closing, STOP, TARGET, close_asked=True)) == [Close(1, D("0.010"), CloseReason.MANUAL)]


def test_a_fired_stop_gets_three_seconds_then_the_rest_is_closed() -> None:
    fired = replace(STOP, state=OrderState.TRIGGERED, triggered_at=NOW - timedelta(seconds=1))

    assert decide(trade(fired)) == []
    assert decide(trade(replace(fired, triggered_at=NOW - timedelta(seconds=4)))) == [
        Close(1, D("0.010"), CloseReason.UNPROTECTED)
    ]


def test_a_stop_refused_when_it_fired_closes_at_once() -> None:
    assert decide(trade(order(Purpose.STOP, OrderState.REJECTED, fired=True))) == [
        Close(1, D("0.010"), CloseReason.UNPROTECTED)
    ]


def test_a_position_that_reads_empty_is_reconciled_before_anything_is_closed_there() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW)
    unprotected = trade(
        rejected, unprotected_since=NOW - timedelta(seconds=1), reconciled=False, exchange_quantity=D(0)
    )

    assert decide(replace(unprotected, reconcile_due=True)) == [Reconcile(1)]
    assert decide(unprotected) == []


def test_a_read_that_nothing_explains_within_five_seconds_is_not_believed() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW)
    unprotected = trade(
        rejected, unprotected_since=NOW - timedelta(seconds=6), reconciled=False, exchange_quantity=D(0)
    )

    assert decide(unprotected) == [Close(1, D("0.010"), CloseReason.UNPROTECTED)]


def test_close_first_and_never_twice_at_once() -> None:
    asked = trade(STOP, TARGET, close_asked=True)
    closing = order(Purpose.CLOSE, OrderState.UNKNOWN, number=9)

    assert decide(asked) == [Close(1, D("0.010"), CloseReason.MANUAL)]
    assert decide(replace(asked, phase=Phase.CLOSING, orders=(*asked.orders, closing))) == []


def test_a_close_is_never_bigger_than_what_the_position_holds() -> None:
    assert decide(trade(STOP, TARGET, close_asked=True, exchange_quantity=D("0.004"))) == [
        Close(1, D("0.004"), CloseReason.MANUAL)
    ]


def test_a_trade_without_quantity_is_believed_closed_only_after_a_position_read() -> None:
    assert decide(trade(STOP, TARGET, own_quantity=D(0), exchange_quantity=None)) == [ReadPosition(1)]


def test_quantity_that_no_order_explains_is_looked_into() -> None:
    assert decide(trade(STOP, TARGET, reconciled=False, reconcile_due=True)) == [Reconcile(1)]


def test_a_close_that_does_not_fit_the_pair_s_steps_closes_what_does() -> None:
    misfit = replace(
        order(Purpose.CLOSE, OrderState.REJECTED, number=9, quantity=D("0.015"), rejection=Rejection.PRECISION),
        final_at=NOW - timedelta(seconds=2),
    )
    held = {"own_quantity": D("0.015"), "exchange_quantity": D("0.015"), "close_asked": True}

    assert decide(trade(STOP, TARGET, misfit, step_size=D("0.01"), **held)) == [
        Close(1, D("0.010"), CloseReason.MANUAL)
    ]
