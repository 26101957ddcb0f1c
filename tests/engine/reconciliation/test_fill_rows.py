"""Fills at a key that somebody else shares: each part in a row of whoever it belongs to."""

from dataclasses import replace

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from decisions.reconciliation.effects import (
    Attribute,
    AttributeAnew,
    GivePart,
    Recalculate,
    RecordExternalFill,
)
from decisions.reconciliation.fills import taken_over
from domain.terms import OrderSide, OrderState, Phase, Purpose
from engine.reconciliation.fill_rows import external_closed_quantity, key_facts, recorded_trades
from engine.reconciliation.orders import OrderReconciler
from engine.requests.reports import OrderAck
from storage.tables import FillRow
from tests.engine.building import D, OpenTrade, add_order, fill_at
from tests.services.building import add_position


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def add_external(trade: OpenTrade, trade_id: int, quantity: str, *, opening: bool = True) -> None:
    """Record a fill of somebody else at the trade's key, of nobody yet."""
    fill = fill_at(trade_id, "100000", quantity, opening=opening, exchange_order_id=trade_id)
    record = RecordExternalFill(trade.position.id, fill, "web_1")
    trade.lifecycle.apply((record, AttributeAnew(trade.position.id)))


def test_a_stop_that_closes_more_than_was_ours_is_cut_into_both_parts(trade: OpenTrade) -> None:
    add_external(trade, 5, "0.01")

    fill = fill_at(6, "99700", "0.04", opening=False, exchange_order_id=9)
    trade.lifecycle.accounting.record_fills(trade.position, trade.stop, [fill])

    assert trade.position.exit_quantity == D("0.03")
    assert external_closed_quantity(trade.rows, trade.position) == D("0.01")
    assert recorded_trades(trade.rows, trade.position)[6].quantity == D("0.04")


def attribute(trade: OpenTrade, own: str) -> None:
    """Say that so much of fill 6 is the trade's own."""
    parts = ((1, D("0.03")), (6, D(own)))
    trade.lifecycle.apply((Attribute(trade.position.id, parts, D("0.04") - D(own)),))
    trade.session.flush()


@pytest.mark.parametrize("before", ["0", "0.03", "0.04"])
@pytest.mark.parametrize("after", ["0", "0.01", "0.04"])
def test_the_parts_of_a_trade_can_change_hands_in_every_way(trade: OpenTrade, before: str, after: str) -> None:
    fill = fill_at(6, "99700", "0.04", opening=False, exchange_order_id=9)
    trade.lifecycle.accounting.record_fills(trade.position, trade.stop, [fill])
    attribute(trade, before)

    attribute(trade, after)

    stored = trade.session.scalars(select(FillRow).where(FillRow.trade_id == 6)).all()
    ours = sum((row.quantity for row in stored if row.position_id == trade.position.id), D(0))
    theirs = sum((row.quantity for row in stored if row.position_id is None), D(0))
    assert (ours, ours + theirs) == (D(after), D("0.04"))
    assert sum((row.commission for row in stored), D(0)) == fill.commission
    assert all(row.quantity for row in stored)
    listed = (*trade.rows.fills_of[trade.position.id], *trade.rows.external_fills_of[trade.position.id])
    assert {row.id for row in listed if row.trade_id == 6} == {row.id for row in stored}
    assert trade.position.external_quantity == D("0.04") - D(after)


def test_what_is_taken_over_becomes_ours_as_a_whole(trade: OpenTrade) -> None:
    add_external(trade, 5, "0.01")

    trade.lifecycle.apply(taken_over(key_facts(trade.rows, trade.position)))
    trade.lifecycle.accounting.recalculate(trade.position)

    assert (trade.position.entry_quantity, trade.position.external_quantity) == (D("0.04"), D(0))
    assert trade.rows.external_fills_of[trade.position.id] == []


def test_what_a_close_took_beyond_its_own_goes_to_the_abandoned_trade_whose_it_was(trade: OpenTrade) -> None:
    late = add_position(
        trade.session, trade.rows.plan_of(trade.position), sequence=2, phase=Phase.FAILED, entry_quantity=D("0.01")
    )
    close = add_order(trade.session, trade.position, Purpose.CLOSE, OrderState.FILLED, quantity=D("0.04"))
    trade.begin_cycle()
    trade.lifecycle.accounting.record_fills(
        trade.position, close, [fill_at(6, "99700", "0.04", opening=False, exchange_order_id=9)]
    )

    given = GivePart(trade.position.id, 6, D("0.01"), late.id)
    trade.lifecycle.apply((given, Recalculate(trade.position.id)))

    assert trade.position.exit_quantity == D("0.03")
    assert sum(row.quantity for row in trade.rows.fills_of[late.id]) == D("0.01")
    assert trade.lifecycle.accounting.recorded_quantity(close) == D("0.04")


def never_entered(trade: OpenTrade) -> None:
    """Leave the trade with an entry of which nothing is known and no fill."""
    trade.session.delete(trade.rows.fills_of[trade.position.id][0])
    trade.entry.state, trade.entry.executed_quantity = OrderState.UNKNOWN, D(0)
    trade.position.phase = Phase.ENTERING
    trade.begin_cycle()


def closed_by_its_stop(trade: OpenTrade) -> None:
    fill = fill_at(6, "99700", "0.03", opening=False, exchange_order_id=9)
    trade.lifecycle.accounting.record_fills(trade.position, trade.stop, [fill])


def test_a_trade_without_an_entry_carries_no_trades_while_it_lives_either(trade: OpenTrade) -> None:
    never_entered(trade)

    closed_by_its_stop(trade)

    assert trade.position.exit_quantity == 0
    assert trade.position.net_usdt == 0
    assert trade.lifecycle.accounting.recorded_quantity(trade.stop) == D("0.03")


def test_an_entry_that_turns_out_executed_gets_back_what_its_orders_closed(trade: OpenTrade) -> None:
    never_entered(trade)
    closed_by_its_stop(trade)
    entry = replace(trade.stop_filled()[1], exchange_order_id=1, order_side=OrderSide.BUY)

    OrderReconciler(trade.lifecycle).on_ack(OrderAck(trade.entry.id, order=entry))

    assert trade.position.exit_quantity == D("0.03")
    assert trade.rows.own_quantity(trade.position) == 0
