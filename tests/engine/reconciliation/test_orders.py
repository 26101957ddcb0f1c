"""Answers about orders: what the exchange said becomes a state, and the trade behind it moves on."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.exchange import ConditionalStatus
from domain.terms import CloseReason, OrderState, Phase, Purpose
from engine.reconciliation.orders import OrderReconciler
from engine.requests.reports import Cancelled, OrderAck, OrderNotFoundReport, OrderStatusReport, StagedSent
from engine.state.backoff import CLOSE_RETRY, FORGOTTEN_FOR, ORDER_QUERY, ORDER_RETRY, Backoff
from storage.bot_tables import JournalRow
from storage.tables import OrderRow
from tests.engine.building import ENTRY_QUANTITY, OpenTrade, add_order, fill_at
from tests.services.building import NOW


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def orders_of(trade: OpenTrade) -> OrderReconciler:
    return OrderReconciler(trade.lifecycle)


def test_an_order_without_an_answer_is_queried_soon_and_said(trade: OpenTrade) -> None:
    trade.stop.state = OrderState.UNKNOWN

    orders_of(trade).on_ack(OrderAck(trade.stop.id, text="timed out"))

    assert trade.stop.state is OrderState.UNKNOWN
    assert trade.stop.not_before == NOW + ORDER_QUERY.after(0)
    assert trade.session.scalars(select(JournalRow.event)).all()[-1] == "no_answer"


def test_an_id_that_exists_already_is_queried_at_once(trade: OpenTrade) -> None:
    trade.stop.state = OrderState.UNKNOWN

    orders_of(trade).on_ack(OrderAck(trade.stop.id, code=-4116, text="duplicate"))

    assert (trade.stop.state, trade.stop.not_before) == (OrderState.UNKNOWN, NOW)


@pytest.mark.parametrize(("code", "backoff"), [(-2022, CLOSE_RETRY), (-1008, ORDER_RETRY)])
def test_a_rejected_close_is_tried_again_after_its_backoff(trade: OpenTrade, code: int, backoff: Backoff) -> None:
    close = add_order(trade.session, trade.position, Purpose.CLOSE, OrderState.UNKNOWN, attempt=5)
    trade.begin_cycle()

    orders_of(trade).on_ack(OrderAck(close.id, code=code, text="no", executed_nothing=True))

    assert close.state is OrderState.REJECTED
    assert close.not_before == NOW + backoff.after(4)
    assert trade.position.id in trade.state.retries.needs_reconciliation


def test_a_rejection_that_tells_of_another_mode_puts_the_modes_in_doubt(trade: OpenTrade) -> None:
    trade.stop.state = OrderState.UNKNOWN

    orders_of(trade).on_ack(OrderAck(trade.stop.id, code=-4061, text="position side does not match"))

    assert trade.state.flags.modes_in_doubt


def test_a_stop_that_fired_and_filled_closes_the_trade(trade: OpenTrade) -> None:
    conditional, child, fill = trade.stop_filled()

    trade.state.exchange.take_in(trade.state.exchange.batch + 1)
    orders_of(trade).on_status(OrderStatusReport(trade.stop.id, child, conditional, (fill,), positions=()))

    assert trade.stop.state is OrderState.FILLED
    assert (trade.position.phase, trade.position.close_reason) == (Phase.CLOSED, CloseReason.SL)


def test_an_order_whose_trades_cannot_be_read_yet_is_not_final(trade: OpenTrade) -> None:
    conditional, child, _ = trade.stop_filled()

    orders_of(trade).on_status(OrderStatusReport(trade.stop.id, child, conditional, (), positions=()))

    assert trade.stop.state is OrderState.TRIGGERED
    assert trade.stop.not_before == NOW + ORDER_QUERY.after(0)
    assert trade.position.phase is Phase.OPEN


def test_a_stop_that_was_cancelled_elsewhere_leaves_the_trade_unprotected(trade: OpenTrade) -> None:
    conditional, _, _ = trade.stop_filled()
    cancelled = replace(conditional, status=ConditionalStatus.CANCELED, child_order_id=None)

    orders_of(trade).on_status(OrderStatusReport(trade.stop.id, None, cancelled, (), None))

    assert trade.stop.state is OrderState.CANCELLED
    assert (trade.position.protected_at, trade.position.unprotected_since) == (None, NOW)


def test_a_cancel_of_ours_makes_the_order_final(trade: OpenTrade) -> None:
    orders_of(trade).on_cancelled(Cancelled(trade.stop.id))

    assert (trade.stop.state, trade.stop.final_at) == (OrderState.CANCELLED, NOW)


def test_no_such_order_is_no_proof_and_asks_more_and_more_slowly(trade: OpenTrade) -> None:
    close = add_order(trade.session, trade.position, Purpose.CLOSE, OrderState.UNKNOWN)
    trade.begin_cycle()

    orders_of(trade).on_not_found(OrderNotFoundReport(close.id, proof_read=False))
    first = close.not_before
    orders_of(trade).on_not_found(OrderNotFoundReport(close.id, proof_read=False))

    assert close.state is OrderState.UNKNOWN
    assert (first, close.not_before) == (NOW + ORDER_QUERY.after(1), NOW + ORDER_QUERY.after(2))


def test_a_proof_that_the_position_contradicts_is_none(trade: OpenTrade) -> None:
    close = add_order(trade.session, trade.position, Purpose.CLOSE, OrderState.UNKNOWN)
    trade.begin_cycle()
    trade.state.exchange.take_in(trade.state.exchange.batch + 1)

    orders_of(trade).on_not_found(OrderNotFoundReport(close.id, proof_read=True, positions=()))

    assert close.state is OrderState.UNKNOWN  # the exchange shows nothing where 0.03 ought to be


@pytest.mark.parametrize("known", [True, False])
def test_a_triggered_order_of_a_trade_that_was_written_off_is_let_go(trade: OpenTrade, known: bool) -> None:
    conditional, _, _ = trade.stop_filled()
    trade.stop.state = OrderState.TRIGGERED
    trade.position.phase, trade.position.close_reason = Phase.CLOSED, CloseReason.LOST

    if known:  # its child is not
        orders_of(trade).on_status(OrderStatusReport(trade.stop.id, None, conditional, (), None))
    else:
        orders_of(trade).on_not_found(OrderNotFoundReport(trade.stop.id, proof_read=False))

    assert trade.stop.state is OrderState.ABSENT


def test_a_triggered_order_that_is_gone_for_long_is_let_go_once_its_trade_has_ended(trade: OpenTrade) -> None:
    trade.stop.state = OrderState.TRIGGERED
    trade.state.retries.not_found_since[trade.stop.id] = NOW - FORGOTTEN_FOR
    report = OrderNotFoundReport(trade.stop.id, proof_read=False)

    orders_of(trade).on_not_found(report)
    while_it_lives = trade.stop.state
    trade.position.phase, trade.position.close_reason = Phase.CLOSED, CloseReason.MANUAL
    orders_of(trade).on_not_found(report)

    assert (while_it_lives, trade.stop.state) == (OrderState.TRIGGERED, OrderState.ABSENT)


def test_an_entry_of_a_trade_that_was_written_off_is_absent_and_moves_nothing(trade: OpenTrade) -> None:
    entry = trade.entry
    entry.state = OrderState.WORKING
    trade.position.phase, trade.position.close_reason = Phase.CLOSED, CloseReason.LOST
    trade.state.exchange.take_in(trade.state.exchange.batch + 1)

    orders_of(trade).on_not_found(OrderNotFoundReport(entry.id, proof_read=True, positions=()))

    assert (entry.state, trade.position.phase) == (OrderState.ABSENT, Phase.CLOSED)


def test_a_fill_found_before_its_order_is_recorded_and_the_order_queried(trade: OpenTrade) -> None:
    fill = fill_at(2, "99700", "0.03", opening=False, exchange_order_id=9)

    orders_of(trade).on_unseen_fill(trade.stop, fill)

    assert (trade.stop.state, trade.stop.not_before) == (OrderState.TRIGGERED, NOW)
    assert trade.position.exit_quantity == ENTRY_QUANTITY


def test_what_rests_is_never_queried_without_a_reason(trade: OpenTrade) -> None:
    conditional, _, _ = trade.stop_filled()
    resting = replace(
        conditional,
        status=ConditionalStatus.NEW,
        child_order_id=None,
        created_at=trade.stop.sent_at + timedelta(seconds=1),
    )
    trade.stop.state, trade.stop.not_before = OrderState.UNKNOWN, NOW

    orders_of(trade).on_resting(trade.stop, resting)

    assert trade.session.scalars(select(OrderRow).where(OrderRow.not_before.is_not(None))).all() == []
    assert trade.stop.state.value == "WORKING"


def test_a_close_sent_without_the_database_is_known_to_be_under_way_and_said(trade: OpenTrade) -> None:
    trade.position.phase = Phase.OPEN
    close = add_order(trade.session, trade.position, Purpose.CLOSE, OrderState.STAGED, quantity=ENTRY_QUANTITY * 2)
    trade.begin_cycle()

    orders_of(trade).on_staged_sent(StagedSent(close.id, None, ENTRY_QUANTITY, NOW))

    assert (close.state, close.quantity, close.request_timestamp) == (OrderState.UNKNOWN, ENTRY_QUANTITY, NOW)
    assert trade.position.phase is Phase.CLOSING
    assert trade.session.scalars(select(JournalRow.event)).all()[-1] == "closing"


def test_a_stop_refused_and_sent_again_without_the_database_is_said_once_and_unknown_again(trade: OpenTrade) -> None:
    again = StagedSent(trade.stop.id, trade.stop.trigger_price, None, NOW)
    refused = OrderAck(trade.stop.id, code=-2021, text="would trigger")
    trade.stop.state = OrderState.STAGED

    for _ in range(2):
        orders_of(trade).on_report(again)
        orders_of(trade).on_report(refused)
    orders_of(trade).on_report(again)

    assert trade.stop.state is OrderState.UNKNOWN
    assert trade.session.scalars(select(JournalRow.event)).all().count("order_rejected") == 1


def test_a_fill_of_an_order_that_nobody_recorded_as_sent_makes_it_be_asked_about(trade: OpenTrade) -> None:
    close = add_order(trade.session, trade.position, Purpose.CLOSE, OrderState.WITHDRAWN, final_at=NOW)
    trade.begin_cycle()

    orders_of(trade).on_unseen_fill(close, fill_at(2, "99600", "0.03", opening=False, exchange_order_id=9))

    assert (close.state, close.not_before, trade.position.exit_quantity) == (OrderState.UNKNOWN, NOW, ENTRY_QUANTITY)
