"""What the strategy decides, from values alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from decisions.actions import (
    AbandonTarget,
    Action,
    Cancel,
    Close,
    PlaceProtection,
    Query,
    ReadPosition,
    ReadResting,
    Reconcile,
    RejectMove,
    Stage,
    Withdraw,
)
from decisions.view import BlockingStop, OrderView, TradeView
from domain.rejections import Rejection
from domain.terms import FINAL_STATES, CloseReason, OrderState, Phase, Purpose, Side
from strategy import Try1Strategy

D = Decimal
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
STOP_PRICE, TARGET_PRICE = D("83500.0"), D("85000.0")


def order(
    purpose: Purpose,
    state: OrderState = OrderState.WORKING,
    number: int = 1,
    price: Decimal | None = None,
    quantity: Decimal | None = None,
    rejection: Rejection | None = None,
    fired: bool = False,
    queried: bool = False,
) -> OrderView:
    """Return an order of ten seconds ago."""
    at = NOW - timedelta(seconds=10)
    natural = {Purpose.STOP: STOP_PRICE, Purpose.INTERIM: STOP_PRICE, Purpose.TARGET: TARGET_PRICE}
    return OrderView(
        id=number,
        purpose=purpose,
        state=state,
        quantity=quantity,
        trigger_price=price or natural.get(purpose),
        rejection=rejection,
        created_at=at,
        final_at=at if state in FINAL_STATES else None,
        triggered_at=at if fired else None,
        queried=queried,
    )


ENTRY = order(Purpose.ENTRY, OrderState.FILLED, number=100)
STOP = order(Purpose.STOP, number=101)
TARGET = order(Purpose.TARGET, number=102)


def trade(*orders: OrderView, **changes: object) -> TradeView:
    """Return an open, fully entered LONG of 0.01 BTC with the given orders beside its entry."""
    view = TradeView(
        position_id=1,
        symbol="BTCUSDT",
        side=Side.LONG,
        phase=Phase.OPEN,
        own_quantity=D("0.010"),
        entry_final=True,
        stop_price=STOP_PRICE,
        target_price=TARGET_PRICE,
        tick_size=D("0.1"),
        orders=(ENTRY, *orders),
        reachable_since=NOW - timedelta(hours=1),
        exchange_quantity=D("0.010"),
    )
    return replace(view, **changes)  # type: ignore[arg-type]  # the fields of a TradeView


def decide(view: TradeView) -> list[Action]:
    """Return what is decided but for the spare stop, which test_spares.py is about."""
    return [action for action in Try1Strategy().decide([view], NOW) if not isinstance(action, Stage)]


def stop_order(price: Decimal = STOP_PRICE) -> PlaceProtection:
    return PlaceProtection(1, Purpose.STOP, price, None)


def interim(price: Decimal = STOP_PRICE) -> PlaceProtection:
    return PlaceProtection(1, Purpose.INTERIM, price, D("0.010"))


def test_a_protected_run_with_its_target_needs_nothing() -> None:
    assert decide(trade(STOP, TARGET)) == []


def test_the_stop_comes_before_the_target() -> None:
    assert decide(trade()) == [stop_order()]
    assert decide(trade(STOP)) == [PlaceProtection(1, Purpose.TARGET, TARGET_PRICE, None)]


def test_a_refused_entry_leaves_what_others_hold_there_alone() -> None:
    entering = trade(phase=Phase.ENTERING, own_quantity=D(0), entry_final=True, exchange_quantity=D("0.006"))

    assert decide(entering) == []


def test_an_entry_under_way_is_protected_by_what_its_place_shows() -> None:
    entering = trade(phase=Phase.ENTERING, own_quantity=D(0), entry_final=False, exchange_quantity=D("0.010"))

    assert decide(entering) == [stop_order()]


def test_a_reserved_stop_is_sent_under_its_own_id() -> None:
    staged = order(Purpose.STOP, OrderState.STAGED, number=7)

    assert decide(trade(staged)) == [PlaceProtection(1, Purpose.STOP, STOP_PRICE, None, staged_id=7)]


def test_an_unknown_entry_is_never_sent_again_but_protected_once_quantity_shows() -> None:
    unknown = order(Purpose.ENTRY, OrderState.UNKNOWN)
    entering = trade(phase=Phase.ENTERING, own_quantity=D(0), entry_final=False)

    assert decide(replace(entering, orders=(unknown,), exchange_quantity=D(0))) == []
    assert decide(replace(entering, orders=(unknown,))) == [stop_order()]


def test_a_stop_without_an_answer_is_tried_again_once_it_was_not_found() -> None:
    just_sent = replace(order(Purpose.STOP, OrderState.UNKNOWN), sent_at=NOW - timedelta(seconds=0.5))

    assert decide(trade(just_sent)) == []
    assert decide(trade(replace(just_sent, queried=True))) == [stop_order()]
    assert decide(trade(order(Purpose.STOP, OrderState.UNKNOWN, queried=True))) == [stop_order()]


def test_a_stop_that_would_trigger_at_once_closes_the_trade() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW)

    assert decide(trade(rejected)) == [Close(1, D("0.010"), CloseReason.UNPROTECTED)]


def test_any_other_clear_refusal_of_the_stop_closes_the_run() -> None:
    assert decide(trade(order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.OTHER))) == [
        Close(1, D("0.010"), CloseReason.UNPROTECTED)
    ]


def test_an_overloaded_exchange_is_tried_again() -> None:
    assert decide(trade(order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.NOT_EXECUTED))) == [stop_order()]


def test_while_the_fill_is_not_visible_a_quantity_stop_rests() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.NO_POSITION_YET)
    resting_bridge = order(Purpose.INTERIM, number=5, quantity=D("0.010"))

    assert decide(trade(rejected)) == [interim()]
    assert decide(trade(rejected, resting_bridge)) == [stop_order()]


def test_when_something_rests_already_it_is_read_first() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.ANOTHER_RESTS)

    assert decide(trade(replace(rejected, sent_at=NOW - timedelta(seconds=0.5)))) == [ReadResting(1)]
    assert decide(trade(rejected)) == [interim()]  # that read takes too long


def test_an_external_stop_is_left_alone_beside_our_own_quantity_stop() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.ANOTHER_RESTS)
    read = {"resting_read_at": NOW, "blocking": BlockingStop(None, STOP_PRICE)}
    resting_bridge = order(Purpose.INTERIM, number=5, quantity=D("0.010"))

    assert decide(trade(rejected, **read)) == [interim()]
    assert decide(trade(rejected, resting_bridge, TARGET, **read)) == []


def test_the_own_stop_comes_back_once_a_list_that_can_be_believed_shows_nothing_in_the_way() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.ANOTHER_RESTS)
    resting_bridge = order(Purpose.INTERIM, number=5, quantity=D("0.010"))

    assert decide(trade(rejected, resting_bridge, resting_read_at=NOW, interim_listed=True)) == [stop_order()]
    assert decide(trade(rejected, resting_bridge, TARGET, resting_read_at=NOW, interim_listed=False)) == []


def test_nothing_is_sent_for_a_trade_the_exchange_no_longer_shows() -> None:
    assert decide(trade(missing=True, exchange_quantity=D(0))) == []
    assert decide(trade(missing=True, exchange_quantity=D(0), close_asked=True)) == []


def test_a_late_fill_whose_place_is_taken_is_closed_and_closed_once() -> None:
    given_up = trade(phase=Phase.FAILED, exchange_quantity=None, stop_price=None, target_price=None)
    closing = order(Purpose.CLOSE, OrderState.UNKNOWN, number=5)

    assert decide(given_up) == [Close(1, D("0.010"), CloseReason.UNPROTECTED)]
    assert decide(replace(given_up, orders=(ENTRY, closing))) == []


def test_an_older_runs_stop_goes_only_after_our_bridge_rests() -> None:
    rejected = order(Purpose.STOP, OrderState.REJECTED, rejection=Rejection.ANOTHER_RESTS)
    read = {"resting_read_at": NOW, "blocking": BlockingStop(77, STOP_PRICE)}
    resting_bridge = order(Purpose.INTERIM, number=5, quantity=D("0.010"))

    assert decide(trade(rejected, **read)) == [interim()]
    assert decide(trade(rejected, resting_bridge, **read)) == [Cancel(77)]


def test_a_stop_moves_by_bridge_cancel_stop_and_cancel() -> None:
    wanted = STOP_PRICE + 100
    new_bridge = order(Purpose.INTERIM, number=5, price=wanted, quantity=D("0.010"))
    new_stop = order(Purpose.STOP, number=6, price=wanted)
    gone = order(Purpose.STOP, OrderState.CANCELLED, number=101)

    assert decide(trade(STOP, TARGET, stop_price=wanted)) == [interim(wanted)]
    assert decide(trade(STOP, TARGET, new_bridge, stop_price=wanted)) == [Cancel(101)]
    assert decide(trade(gone, TARGET, new_bridge, stop_price=wanted)) == [stop_order(wanted)]
    assert decide(trade(gone, TARGET, new_bridge, new_stop, stop_price=wanted)) == [Cancel(5)]


OWN_STOP = order(Purpose.INTERIM, number=5, quantity=D("0.010"))
OWN_TARGET = order(Purpose.TARGET, number=6, quantity=D("0.010"))
CANCELLED_TARGET = order(Purpose.TARGET, OrderState.CANCELLED, number=102)


def own_target() -> PlaceProtection:
    return PlaceProtection(1, Purpose.TARGET, TARGET_PRICE, D("0.010"))


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


def test_a_target_with_our_quantity_stays_where_stop_and_target_cannot_both_close_all() -> None:
    rejected = order(Purpose.TARGET, OrderState.REJECTED, number=102, rejection=Rejection.ANOTHER_RESTS)
    half = order(Purpose.TARGET, number=6, quantity=D("0.005"))

    assert decide(trade(STOP, rejected, OWN_TARGET)) == []
    assert decide(trade(STOP, rejected, half)) == [own_target()]
    assert decide(trade(STOP, rejected, half, replace(OWN_TARGET, id=7))) == [Cancel(6)]


def test_a_close_of_the_external_part_holds_up_nothing_of_ours() -> None:
    closing = replace(order(Purpose.CLOSE, OrderState.UNKNOWN, number=9, quantity=D("0.010")), for_external_part=True)

    assert decide(trade(closing, TARGET)) == [stop_order()]
    assert decide(trade(closing, STOP, TARGET, close_asked=True)) == [Close(1, D("0.010"), CloseReason.MANUAL)]


def test_a_refused_move_keeps_the_old_stop() -> None:
    wanted = TARGET_PRICE + 100
    fresh = replace(
        order(Purpose.INTERIM, OrderState.REJECTED, number=5, price=wanted, rejection=Rejection.WOULD_TRIGGER_NOW),
        final_at=NOW,
    )

    assert decide(trade(STOP, TARGET, fresh, stop_price=wanted)) == [RejectMove(1, STOP_PRICE)]


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


def test_a_stop_that_was_cancelled_is_placed_again() -> None:
    assert decide(trade(order(Purpose.STOP, OrderState.CANCELLED), TARGET)) == [stop_order()]


def test_five_seconds_without_a_stop_end_in_a_close_but_not_while_the_exchange_is_silent() -> None:
    unknown = order(Purpose.STOP, OrderState.UNKNOWN, queried=True)
    unprotected = trade(unknown, unprotected_since=NOW - timedelta(seconds=6))

    assert decide(unprotected) == [Close(1, D("0.010"), CloseReason.UNPROTECTED)]
    assert decide(replace(unprotected, reachable_since=None)) == [stop_order()]
    assert decide(replace(unprotected, reachable_since=NOW - timedelta(seconds=1))) == [stop_order()]


def test_a_place_that_reads_empty_is_explained_before_anything_is_closed_there() -> None:
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


def test_a_close_is_never_bigger_than_what_the_place_holds() -> None:
    assert decide(trade(STOP, TARGET, close_asked=True, exchange_quantity=D("0.004"))) == [
        Close(1, D("0.004"), CloseReason.MANUAL)
    ]


def test_a_target_whose_price_is_already_there_is_taken_at_market() -> None:
    rejected = order(Purpose.TARGET, OrderState.REJECTED, rejection=Rejection.WOULD_TRIGGER_NOW)

    assert decide(trade(STOP, rejected)) == [Close(1, D("0.010"), CloseReason.TP)]


def test_a_target_the_exchange_does_not_take_is_given_up() -> None:
    assert decide(trade(STOP, order(Purpose.TARGET, OrderState.REJECTED, rejection=Rejection.OTHER))) == [
        AbandonTarget(1, 1)
    ]


def test_a_trade_without_quantity_is_believed_closed_only_after_a_position_read() -> None:
    assert decide(trade(STOP, TARGET, own_quantity=D(0), exchange_quantity=None)) == [ReadPosition(1)]


def test_quantity_that_no_order_explains_is_looked_into() -> None:
    assert decide(trade(STOP, TARGET, reconciled=False, reconcile_due=True)) == [Reconcile(1)]


def test_an_ended_run_is_tidied_up() -> None:
    staged = order(Purpose.TARGET, OrderState.STAGED, number=8)
    ended = trade(STOP, staged, phase=Phase.CLOSED, own_quantity=D(0))

    assert decide(ended) == [Cancel(101), Withdraw(8)]


def test_questions_come_first() -> None:
    asking = replace(TARGET, query_due=True)

    assert decide(trade(asking)) == [Query(102), stop_order()]


states = st.sampled_from(list(OrderState))
purposes = st.sampled_from([Purpose.STOP, Purpose.TARGET, Purpose.CLOSE, Purpose.INTERIM])
rejections = st.sampled_from([None, *Rejection])
orders = st.builds(
    order,
    purposes,
    states,
    number=st.integers(1, 99),
    price=st.sampled_from([STOP_PRICE, STOP_PRICE + 100, TARGET_PRICE]),
    quantity=st.sampled_from([None, D("0.010")]),
    rejection=rejections,
    fired=st.booleans(),
    queried=st.booleans(),
)
trades = st.builds(
    lambda rest, phase, quantity, asked, seen, own_part_only: trade(
        *rest,
        phase=phase,
        own_quantity=quantity,
        close_asked=asked,
        exchange_quantity=seen,
        own_part_only=own_part_only,
    ),
    st.lists(orders, max_size=6),
    st.sampled_from(list(Phase)),
    st.sampled_from([D(0), D("0.010")]),
    st.booleans(),
    st.sampled_from([None, D(0), D("0.010"), D("0.020")]),
    st.booleans(),
)


@given(trades)
def test_never_more_than_one_writing_step_for_a_live_run(view: TradeView) -> None:
    writing = [a for a in decide(view) if isinstance(a, PlaceProtection | Close | Cancel)]

    assert len(writing) <= 1 or view.phase in (Phase.CLOSED, Phase.FAILED)


@given(trades)
def test_a_live_runs_last_stop_is_never_cancelled(view: TradeView) -> None:
    resting = {
        o.id for o in view.orders if o.state is OrderState.WORKING and o.purpose in (Purpose.STOP, Purpose.INTERIM)
    }
    cancelled = {a.order_id for a in decide(view) if isinstance(a, Cancel)}

    assert view.phase in (Phase.CLOSED, Phase.FAILED) or not resting or resting - cancelled


@given(trades)
def test_nothing_opens_and_nothing_closes_more_than_is_ours(view: TradeView) -> None:
    for action in decide(view):
        assert not isinstance(action, PlaceProtection) or action.purpose is not Purpose.ENTRY
        assert not isinstance(action, Close) or action.quantity <= max(view.own_quantity, D("0.010"))


@given(trades)
def test_a_close_is_never_sent_while_another_may_be_under_way(view: TradeView) -> None:
    pending = any(o.purpose is Purpose.CLOSE and not o.final for o in view.orders)

    assert not (pending and any(isinstance(a, Close) for a in decide(view)))


WANTED_TARGET = TARGET_PRICE + 50
MOVED_TARGET = order(Purpose.TARGET, number=7, price=WANTED_TARGET, quantity=D("0.010"))


def refused_target(rejection: Rejection) -> OrderView:
    return replace(MOVED_TARGET, state=OrderState.REJECTED, rejection=rejection, final_at=NOW - timedelta(seconds=1))


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
    beside_not_taken = refused_target(Rejection.ANOTHER_RESTS)

    assert decide(trade(STOP, TARGET, refused, target_price=WANTED_TARGET)) == [
        RejectMove(1, TARGET_PRICE, Purpose.TARGET)
    ]
    assert decide(trade(STOP, TARGET, beside_not_taken, target_price=WANTED_TARGET)) == [Cancel(102)]


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


def test_a_close_that_does_not_fit_the_pair_s_steps_closes_what_does() -> None:
    misfit = replace(
        order(Purpose.CLOSE, OrderState.REJECTED, number=9, quantity=D("0.015"), rejection=Rejection.PRECISION),
        final_at=NOW - timedelta(seconds=2),
    )
    held = {"own_quantity": D("0.015"), "exchange_quantity": D("0.015"), "close_asked": True}

    assert decide(trade(STOP, TARGET, misfit, step_size=D("0.01"), **held)) == [
        Close(1, D("0.010"), CloseReason.MANUAL)
    ]
