"""What slippage cost, from rows."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import Basis, CloseReason, Purpose
from services.history.slippage import load_slippage
from services.history.views import HistoryFilter, SlippageReport, StopCost
from storage.tables import AccountRow, PositionRow
from tests.services.building import NOW, D, add_account, add_closed, add_fill, add_order, add_plan

ALL = HistoryFilter()


@pytest.fixture
def account(session_factory: sessionmaker[Session]) -> AccountRow:
    with session_factory.begin() as session:
        return add_account(session)


def add_triggered(session: Session, trade: PositionRow, purpose: Purpose, trigger: str, price: str) -> None:
    """Insert an order of 0.03 that triggered and filled."""
    order = add_order(session, trade, purpose, trigger_price=D(trigger))
    add_fill(session, trade, trade.id * 10, order_id=order.id, opening=False, price=D(price), traded_at=NOW)


def report(session_factory: sessionmaker[Session], account: AccountRow, newest: int = 100) -> SlippageReport:
    with session_factory() as session:
        return load_slippage(session, account.id, ALL, "Asia/Kolkata", newest)


def test_a_stop_that_filled_lower_cost_the_difference(
    session_factory: sessionmaker[Session], account: AccountRow
) -> None:
    with session_factory.begin() as session:
        trade = add_closed(session, add_plan(session, account), "-10.6", NOW, 1)
        add_triggered(session, trade, Purpose.STOP, "100000", "99980")

    found = report(session_factory, account)

    (pair,) = found.pairs
    assert (pair.name, pair.orders, pair.total_usdt, pair.worst_usdt) == ("BTCUSDT", 1, D("-0.60"), D("-0.60"))
    assert pair.average_percent == D("-0.02")
    assert [hour.name for hour in found.hours] == ["17"]  # 12:00 UTC in India
    assert found.stops == StopCost(1, D("10"), D("10.6"), 1, D("0.6"))


def test_a_target_that_filled_higher_brought_something(
    session_factory: sessionmaker[Session], account: AccountRow
) -> None:
    with session_factory.begin() as session:
        trade = add_closed(session, add_plan(session, account), "15", NOW, 1)
        add_triggered(session, trade, Purpose.TARGET, "100500", "100510")

    (pair,) = report(session_factory, account).pairs

    assert (pair.total_usdt, pair.worst_usdt) == (D("0.30"), D(0))


def test_terms_before_fees_are_compared_before_fees(
    session_factory: sessionmaker[Session], account: AccountRow
) -> None:
    with session_factory.begin() as session:
        add_closed(session, add_plan(session, account), "-11", NOW, 1, basis=Basis.GROSS)

    assert report(session_factory, account).stops == StopCost(1, D("10"), D("10"), 0, D(0))


def test_only_the_newest_trades_count_and_only_stops_as_stops(
    session_factory: sessionmaker[Session], account: AccountRow
) -> None:
    with session_factory.begin() as session:
        plan = add_plan(session, account)
        old = add_closed(session, plan, "-50", NOW - timedelta(days=2), 1)
        add_triggered(session, old, Purpose.STOP, "100000", "90000")
        add_closed(session, plan, "-9", NOW - timedelta(hours=1), 2, close_reason=CloseReason.MANUAL)
        add_closed(session, plan, None, NOW, 3)

    found = report(session_factory, account, newest=1)

    assert (found.trades, found.pairs, found.stops.stops) == (1, (), 0)
