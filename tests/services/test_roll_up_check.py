"""The nightly check finds what the roll-ups have wrong, mends it and says so."""

from datetime import timedelta

from sqlalchemy import select, text
from sqlalchemy.orm import Session, sessionmaker

from services.history.roll_up_check import RollUpCheck
from services.history.statistics import load_totals
from services.history.views import HistoryFilter
from storage.bot_tables import JournalRow
from storage.tables import AccountRow
from tests.services.building import NOW, D, add_account, add_closed, add_plan


def fill(session_factory: sessionmaker[Session]) -> AccountRow:
    with session_factory.begin() as session:
        account = add_account(session)
        plan = add_plan(session, account)
        for number, net in enumerate(("3", "-1", "4"), start=1):
            add_closed(session, plan, net, NOW - number * timedelta(days=10), number)
        return account


def check(session_factory: sessionmaker[Session], account: AccountRow, active: bool = True) -> list[str]:
    """Run the check and return what stands in the journal."""
    RollUpCheck(session_factory, active=lambda: active, account_id=lambda: account.id, now=lambda: NOW).run()
    with session_factory() as session:
        return list(session.scalars(select(JournalRow.text).order_by(JournalRow.id)))


def spoil(session_factory: sessionmaker[Session], statement: str) -> None:
    with session_factory.begin() as session:
        session.execute(text(statement))


def test_what_matches_is_not_mentioned(session_factory: sessionmaker[Session]) -> None:
    assert check(session_factory, fill(session_factory)) == []


def test_wrong_and_missing_sums_are_counted_again(session_factory: sessionmaker[Session]) -> None:
    account = fill(session_factory)
    spoil(session_factory, "UPDATE result_spans SET net = net + 1 WHERE starts_at = '2026-11-12Z' AND minutes = 1440")
    spoil(session_factory, "DELETE FROM result_shares WHERE starts_at < '2026-10-24Z'")

    lines = check(session_factory, account)

    assert len(lines) == 2
    assert "2026-10-23." in lines[0]
    assert "2026-11-12." in lines[1]
    with session_factory() as session:
        assert load_totals(session, account.id, HistoryFilter()).net_usdt == D(6)
    assert check(session_factory, account) == lines


def test_sums_of_trades_that_are_not_there_go(session_factory: sessionmaker[Session]) -> None:
    account = fill(session_factory)
    spoil(session_factory, "SET LOCAL session_replication_role = replica; DELETE FROM positions")

    check(session_factory, account)

    with session_factory() as session:
        assert load_totals(session, account.id, HistoryFilter()).trades == 0


def test_who_does_not_trade_does_not_check(session_factory: sessionmaker[Session]) -> None:
    account = fill(session_factory)
    spoil(session_factory, "DELETE FROM result_spans")

    assert check(session_factory, account, active=False) == []
