"""The strategy as a whole: what comes first, and what holds for every view."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given

from decisions.actions import (
    Cancel,
    Close,
    PlaceProtection,
    Query,
    Reconcile,
    Withdraw,
)
from decisions.view import TradeView
from domain.terms import CloseReason, OrderState, Phase, Purpose
from tests.decisions.building import (
    NOW,
    STOP,
    TARGET,
    D,
    decide,
    order,
    stop_order,
    trade,
    trades,
)


def test_a_protected_trade_with_its_target_needs_nothing() -> None:
    assert decide(trade(STOP, TARGET)) == []


def test_a_refused_entry_leaves_what_others_hold_there_alone() -> None:
    entering = trade(phase=Phase.ENTERING, own_quantity=D(0), entry_final=True, exchange_quantity=D("0.006"))

    assert decide(entering) == []


def test_an_unknown_entry_is_never_sent_again_but_protected_once_quantity_shows() -> None:
    unknown = order(Purpose.ENTRY, OrderState.UNKNOWN)
    entering = trade(phase=Phase.ENTERING, own_quantity=D(0), entry_final=False)

    assert decide(replace(entering, orders=(unknown,), exchange_quantity=D(0))) == []
    assert decide(replace(entering, orders=(unknown,))) == [stop_order()]


def test_what_others_put_beside_an_unknown_entry_is_looked_for_when_it_has_gone() -> None:
    unknown = trade(phase=Phase.ENTERING, own_quantity=D(0), entry_final=False, exchange_quantity=D(0))
    gone = replace(unknown, others_quantity=D("0.002"), reconciled=False, reconcile_due=True)

    # Without it the entry is never proved absent: the position shows less than others are said to hold.
    assert decide(gone) == [Reconcile(gone.position_id)]
    assert decide(replace(gone, reconciled=True)) == []
    assert decide(unknown) == []


def test_five_seconds_without_a_stop_end_in_a_close_but_not_while_the_exchange_is_silent() -> None:
    unknown = order(Purpose.STOP, OrderState.UNKNOWN, queried=True)
    unprotected = trade(unknown, unprotected_since=NOW - timedelta(seconds=6))

    assert decide(unprotected) == [Close(1, D("0.010"), CloseReason.UNPROTECTED)]
    assert decide(replace(unprotected, reachable_since=None)) == [stop_order()]
    assert decide(replace(unprotected, reachable_since=NOW - timedelta(seconds=1))) == [stop_order()]


def test_an_ended_trade_is_tidied_up() -> None:
    staged = order(Purpose.TARGET, OrderState.STAGED, number=8)
    ended = trade(STOP, staged, phase=Phase.CLOSED, own_quantity=D(0))

    assert decide(ended) == [Cancel(101), Withdraw(8)]


def test_questions_come_first() -> None:
    asking = replace(TARGET, query_due=True)

    assert decide(trade(asking)) == [Query(102), stop_order()]


@given(trades)
def test_never_more_than_one_writing_step_for_a_live_trade(view: TradeView) -> None:
    writing = [a for a in decide(view) if isinstance(a, PlaceProtection | Close | Cancel)]

    assert len(writing) <= 1 or view.phase in (Phase.CLOSED, Phase.FAILED)


@given(trades)
def test_nothing_opens_and_nothing_closes_more_than_is_ours(view: TradeView) -> None:
    for action in decide(view):
        assert not isinstance(action, PlaceProtection) or action.purpose is not Purpose.ENTRY
        assert not isinstance(action, Close) or action.quantity <= max(view.own_quantity, D("0.010"))


@given(trades)
def test_a_close_is_never_sent_while_another_may_be_under_way(view: TradeView) -> None:
    closes = [o for o in view.orders if o.purpose is Purpose.CLOSE and o.state is not OrderState.STAGED]
    pending = any(not o.final for o in closes)

    assert not (pending and any(isinstance(a, Close) for a in decide(view)))
