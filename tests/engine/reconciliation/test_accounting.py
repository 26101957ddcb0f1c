"""Fills into figures: each once, whatever order they come in."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from decisions.reconciliation.fills import LedgerConflict
from engine.state.row_mapping import key_of
from tests.engine.building import D, OpenTrade, fill_at, held


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def test_figures_follow_from_the_fills(trade: OpenTrade) -> None:
    fill = fill_at(2, "99700", "0.03", opening=False)

    trade.lifecycle.accounting.record_fills(trade.position, trade.stop, [fill])

    position = trade.position
    assert (position.entry_quantity, position.exit_quantity) == (D("0.03"), D("0.03"))
    assert position.gross_usdt == D("-9.00")
    assert position.fees_usdt == D("2.99550")  # 0.05 % of 3000 and of 2991
    assert position.net_usdt == D("-11.99550")


def test_a_fill_that_is_recorded_already_changes_nothing(trade: OpenTrade) -> None:
    again = trade.lifecycle.accounting.record_fills(trade.position, trade.entry, [fill_at(1, "100000", "0.03")])

    assert not again
    assert trade.position.entry_quantity == D("0.03")


def test_a_fill_with_other_content_is_never_recorded_over(trade: OpenTrade) -> None:
    with pytest.raises(LedgerConflict, match="trade 1 of BTCUSDT"):
        trade.lifecycle.accounting.record_fills(trade.position, trade.entry, [fill_at(1, "100001", "0.03")])


def test_after_a_record_no_older_read_of_the_position_is_believed(trade: OpenTrade) -> None:
    exchange = trade.state.exchange
    exchange.take_in(exchange.batch + 1)
    exchange.read_positions([held("0.03")], None)
    before = exchange.quantity_at(key_of(trade.position))
    exchange.begin_batch()

    trade.lifecycle.accounting.record_fills(trade.position, trade.stop, [fill_at(2, "99700", "0.03", opening=False)])

    assert before == D("0.03")
    assert exchange.quantity_at(key_of(trade.position)) is None
    assert trade.context.money_moved


def test_what_is_recorded_of_an_order_counts_whoever_it_belongs_to(trade: OpenTrade) -> None:
    accounting = trade.lifecycle.accounting

    assert accounting.recorded_quantity(trade.entry) == D("0.03")
    assert accounting.recorded_quantity(trade.stop) == 0
