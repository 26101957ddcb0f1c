"""Fills at a key that somebody else shares: each part in a row of whoever it belongs to."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import OrderState, Phase, Purpose
from engine.reconciliation.attribution import (
    attribute_all,
    attribute_surplus,
    external_closed_quantity,
    recorded_trades,
)
from engine.state.row_mapping import fill_row
from tests.engine.building import D, OpenTrade, add_order, fill_at
from tests.services.building import add_position


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def add_external(trade: OpenTrade, trade_id: int, quantity: str, *, opening: bool = True) -> None:
    """Record a fill of somebody else at the trade's key, of nobody yet."""
    row = fill_row(
        trade.rows.account_id, fill_at(trade_id, "100000", quantity, opening=opening, exchange_order_id=trade_id)
    )
    row.found_at_position_id, row.client_order_id = trade.position.id, "web_1"
    trade.session.add(row)
    trade.rows.external_fills_of[trade.position.id].append(row)
    trade.lifecycle.accounting.recorded(trade.position)


def test_a_stop_that_closes_more_than_was_ours_is_cut_into_both_parts(trade: OpenTrade) -> None:
    add_external(trade, 5, "0.01")

    fill = fill_at(6, "99700", "0.04", opening=False, exchange_order_id=9)
    trade.lifecycle.accounting.record_fills(trade.position, trade.stop, [fill])

    assert trade.position.exit_quantity == D("0.03")
    assert external_closed_quantity(trade.rows, trade.position) == D("0.01")
    assert recorded_trades(trade.rows, trade.position)[6].quantity == D("0.04")


def test_what_is_taken_over_becomes_ours_as_a_whole(trade: OpenTrade) -> None:
    add_external(trade, 5, "0.01")

    attribute_all(trade.rows, trade.position)
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

    attribute_surplus(trade.rows, trade.position, late, D("0.01"))
    trade.lifecycle.accounting.recalculate(trade.position)

    assert trade.position.exit_quantity == D("0.03")
    assert sum(row.quantity for row in trade.rows.fills_of[late.id]) == D("0.01")
    assert trade.lifecycle.accounting.recorded_quantity(close) == D("0.04")
