"""The exchange's income history in our rows: each once, attributed, and final in the end."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from decisions.reconciliation.fills import LedgerConflict
from domain.exchange import IncomeEntry, UnreadRow
from domain.terms import Phase
from engine.reconciliation.income import IncomeLedger
from engine.requests.reports import IncomeRead
from engine.state.backoff import INCOME_FINAL_AFTER, INCOME_OVERLAP
from storage.income_tables import IncomeRow
from tests.engine.building import D, OpenTrade
from tests.services.building import NOW

FUNDING = IncomeEntry(
    symbol="BTCUSDT",
    income_type="FUNDING_FEE",
    amount=D("-0.30"),
    asset="USDT",
    tran_id=1,
    trade_id=None,
    occurred_at=NOW + timedelta(minutes=1),
)
LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def read(trade: OpenTrade, *entries: IncomeEntry, until: datetime = LATER) -> None:
    ledger = IncomeLedger(trade.context, trade.lifecycle.accounting)
    ledger.on_income(IncomeRead(NOW - timedelta(minutes=5), until, entries))


def test_funding_is_the_trades_that_held_something_then(trade: OpenTrade) -> None:
    read(trade, FUNDING)

    assert trade.position.funding_usdt == D("-0.30")
    assert trade.position.net_usdt == D("-1.80")  # with the 1.50 that the entry cost


def test_a_row_that_is_read_again_counts_once(trade: OpenTrade) -> None:
    read(trade, FUNDING)
    read(trade, FUNDING)

    assert trade.session.scalar(select(func.count(IncomeRow.id))) == 1
    assert trade.position.funding_usdt == D("-0.30")


def test_a_row_whose_figures_changed_is_told_and_never_recorded_over(trade: OpenTrade) -> None:
    read(trade, FUNDING)

    with pytest.raises(LedgerConflict, match="income FUNDING_FEE 1"):
        read(trade, replace(FUNDING, amount=D("-0.40")))

    assert trade.session.scalars(select(IncomeRow.amount)).all() == [D("-0.30")]


def test_what_belongs_to_fills_is_not_attributed_twice(trade: OpenTrade) -> None:
    read(trade, replace(FUNDING, income_type="COMMISSION", trade_id=1, amount=D("-1.50")))

    assert trade.position.funding_usdt == 0


def test_a_result_is_final_once_the_history_was_read_late_enough(trade: OpenTrade) -> None:
    trade.position.phase, trade.position.closed_at = Phase.CLOSED, NOW

    read(trade, until=NOW + INCOME_FINAL_AFTER - timedelta(seconds=1))
    trade.session.refresh(trade.position)
    early = trade.position.result_final
    read(trade, until=NOW + INCOME_FINAL_AFTER)
    trade.session.refresh(trade.position)

    assert not early
    assert trade.position.result_final


@pytest.mark.parametrize(("symbol", "final"), [("BTCUSDT", False), (None, False), ("ETHUSDT", True)])
def test_a_row_that_cannot_be_read_keeps_what_it_may_change_from_being_final(
    trade: OpenTrade, symbol: str | None, final: bool
) -> None:
    trade.position.phase, trade.position.closed_at = Phase.CLOSED, NOW
    trade.session.flush()
    unread = UnreadRow("income", 1, "odd", symbol, at=NOW)
    until = NOW + INCOME_FINAL_AFTER

    IncomeLedger(trade.context, trade.lifecycle.accounting).on_income(
        IncomeRead(NOW - timedelta(minutes=5), until, (FUNDING,), unread=(unread,))
    )
    trade.session.refresh(trade.position)

    assert trade.position.result_final is final
    assert trade.session.scalar(select(func.count(IncomeRow.id))) == 1
    ledger = IncomeLedger(trade.context, trade.lifecycle.accounting)
    assert ledger.next_read().since == NOW - INCOME_OVERLAP


def test_the_next_read_begins_a_little_before_the_last_one_ended(trade: OpenTrade) -> None:
    read(trade)

    task = IncomeLedger(trade.context, trade.lifecycle.accounting).next_read()

    assert (task.since, task.until) == (LATER - INCOME_OVERLAP, NOW)


@pytest.mark.parametrize("income_type", ["SPECIAL_FUNDING_FEE", "SOMETHING_NEW"])
def test_income_of_a_kind_nobody_here_knows_is_recorded_on_whose_it_is(trade: OpenTrade, income_type: str) -> None:
    read(trade, replace(FUNDING, income_type=income_type))

    assert trade.session.scalar(select(IncomeRow.income_type)) == income_type
    assert trade.position.net_usdt == D("-1.80")
