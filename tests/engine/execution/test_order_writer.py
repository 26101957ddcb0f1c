"""Decisions into rows: every order is a row with its id before it is a request."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from decisions.actions import AbandonTarget, Cancel, Close, PlaceProtection, Query, Reconcile, RejectMove, Withdraw
from domain.terms import CloseReason, OrderState, Phase, Purpose
from engine.execution.order_writer import OrderWriter
from engine.requests.account import ReconcilePosition
from engine.requests.orders import ABSENT_AFTER, CancelOrder, QueryOrder, SendOrder
from engine.state.backoff import LOOKED_BEFORE, ORDER_QUERY, UNANSWERED_QUERY
from storage.bot_tables import JournalRow
from tests.engine.building import STOP_PRICE, D, OpenTrade, add_order
from tests.services.building import NOW


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def writer(trade: OpenTrade) -> OrderWriter:
    return OrderWriter(trade.lifecycle, "abcdef")


def events(trade: OpenTrade) -> list[str]:
    return list(trade.session.scalars(select(JournalRow.event).order_by(JournalRow.id)))


def test_an_order_is_a_row_with_its_id_and_timestamp_before_it_is_a_request(trade: OpenTrade) -> None:
    (task,) = writer(trade).write([PlaceProtection(trade.position.id, Purpose.INTERIM, D(99_800), D("0.03"))])

    assert isinstance(task, SendOrder)
    row = trade.rows.orders[task.order_id]
    assert (row.state, row.request_timestamp) == (OrderState.UNKNOWN, NOW)
    assert row.client_order_id == f"t1-abcdef-{trade.position.id}-b-1"
    assert row.not_before == NOW + ORDER_QUERY.after(0)
    assert (task.intent.client_order_id, task.request_timestamp) == (row.client_order_id, NOW)


def test_a_staged_stop_is_sent_under_the_id_that_it_was_committed_with(trade: OpenTrade) -> None:
    staged = add_order(
        trade.session, trade.position, Purpose.TARGET, OrderState.STAGED, quantity=None, request_timestamp=None
    )
    trade.begin_cycle()

    (task,) = writer(trade).write(
        [PlaceProtection(trade.position.id, Purpose.TARGET, D(100_600), None, staged_id=staged.id)]
    )

    assert isinstance(task, SendOrder)
    assert task.order_id == staged.id
    assert (staged.state, staged.trigger_price) == (OrderState.UNKNOWN, D(100_600))


def test_a_close_that_was_written_ahead_is_used_and_keeps_its_id(trade: OpenTrade) -> None:
    staged = [
        add_order(trade.session, trade.position, Purpose.CLOSE, OrderState.STAGED, attempt=n, request_timestamp=None)
        for n in (1, 2)
    ]
    trade.begin_cycle()

    (task,) = writer(trade).write([Close(trade.position.id, D("0.03"), CloseReason.MANUAL)])

    assert isinstance(task, SendOrder)
    assert task.order_id == staged[0].id
    assert (staged[0].state, staged[0].close_reason) == (OrderState.UNKNOWN, CloseReason.MANUAL)
    assert staged[1].state is OrderState.STAGED


def test_a_close_of_another_quantity_leaves_none_that_was_written_ahead(trade: OpenTrade) -> None:
    staged = add_order(trade.session, trade.position, Purpose.CLOSE, OrderState.STAGED, request_timestamp=None)
    trade.begin_cycle()

    (task,) = writer(trade).write([Close(trade.position.id, D("0.01"), CloseReason.MANUAL)])

    assert isinstance(task, SendOrder)
    assert (staged.state, trade.rows.orders[task.order_id].attempt) == (OrderState.WITHDRAWN, 2)


def test_a_close_moves_the_trade_and_is_said_once(trade: OpenTrade) -> None:
    action = Close(trade.position.id, D("0.03"), CloseReason.MANUAL)
    (first,) = writer(trade).write([action])
    assert isinstance(first, SendOrder)
    trade.rows.orders[first.order_id].state = OrderState.REJECTED

    writer(trade).write([action])

    assert trade.position.phase is Phase.CLOSING
    assert events(trade).count("closing") == 1


def test_absence_is_proven_only_of_what_may_never_have_arrived(trade: OpenTrade) -> None:
    unknown = add_order(trade.session, trade.position, Purpose.CLOSE, OrderState.UNKNOWN)
    trade.begin_cycle()

    resting, lost = writer(trade).write([Query(trade.stop.id), Query(unknown.id)])

    assert isinstance(resting, QueryOrder)
    assert resting.may_be_absent_after is None
    assert isinstance(lost, QueryOrder)
    assert lost.may_be_absent_after == unknown.sent_at + ABSENT_AFTER
    assert unknown.not_before == NOW + UNANSWERED_QUERY


def test_a_cancel_names_the_order_that_rests(trade: OpenTrade) -> None:
    (task,) = writer(trade).write([Cancel(trade.stop.id)])

    assert isinstance(task, CancelOrder)
    assert task.client_order_id == trade.stop.client_order_id


def test_a_trade_is_reconciled_from_a_little_before_its_entry(trade: OpenTrade) -> None:
    (task,) = writer(trade).write([Reconcile(trade.position.id)])

    assert isinstance(task, ReconcilePosition)
    assert task.since == trade.position.created_at - LOOKED_BEFORE
    assert task.known_trade_ids == {1}
    assert trade.state.retries.reconciled_at == {trade.position.id: NOW}


def test_what_needs_no_request_is_written_at_once(trade: OpenTrade) -> None:
    staged = add_order(trade.session, trade.position, Purpose.TARGET, OrderState.STAGED, quantity=None)
    trade.begin_cycle()

    assert writer(trade).write([Withdraw(staged.id)]) == []

    assert (staged.state, staged.final_at) == (OrderState.WITHDRAWN, NOW)


def test_a_target_that_is_not_taken_is_given_up_and_said(trade: OpenTrade) -> None:
    target = add_order(
        trade.session, trade.position, Purpose.TARGET, OrderState.REJECTED, quantity=None, answer_code=-4014
    )
    trade.position.target_price = D(100_600)
    trade.begin_cycle()

    writer(trade).write([AbandonTarget(trade.position.id, target.id)])

    line = trade.session.scalars(select(JournalRow)).all()[-1]
    assert trade.session.get_one(type(trade.position), trade.position.id).target_price is None
    assert (line.event, line.details["code"]) == ("target_rejected", -4014)


def test_after_a_rejected_move_the_old_stop_is_the_wanted_one(trade: OpenTrade) -> None:
    trade.position.stop_price = STOP_PRICE + 50
    trade.position.own_part_only = True

    writer(trade).write([RejectMove(trade.position.id, STOP_PRICE)])

    assert (trade.position.stop_price, trade.position.own_part_only) == (STOP_PRICE, False)
    assert events(trade)[-1] == "move_rejected"


def test_attempts_of_one_purpose_are_numbered(trade: OpenTrade) -> None:
    trade.stop.state, trade.stop.final_at = OrderState.CANCELLED, NOW - timedelta(seconds=5)

    (task,) = writer(trade).write([PlaceProtection(trade.position.id, Purpose.STOP, STOP_PRICE, None)])

    assert isinstance(task, SendOrder)
    assert task.intent.client_order_id.endswith("-s-2")
    assert task.intent.close_position
