"""Equity samples: all of the last 90 days, one an hour before; lines of routine: of the last 90 days."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.journal.events import JournalEvent
from domain.terms import Severity
from engine.reconciliation.retention import EVERY_SAMPLE_KEPT_FOR, ROUTINE_KEPT_FOR, thin_equity, thin_journal
from storage.bot_tables import JournalRow
from storage.income_tables import EquityRow
from tests.domain.trades import D
from tests.services.building import NOW, add_account


def add_samples(session: Session, account_id: int, *ages: timedelta) -> None:
    session.add_all(
        EquityRow(account_id=account_id, at=NOW - age, wallet_usdt=D(1), unrealised_usdt=D(0), available_usdt=D(1))
        for age in ages
    )
    session.flush()


def ages_left(session: Session, account_id: int) -> list[timedelta]:
    rows = session.scalars(select(EquityRow.at).where(EquityRow.account_id == account_id).order_by(EquityRow.at.desc()))
    return [NOW - at for at in rows]


def test_of_what_is_old_the_first_sample_of_each_hour_is_kept(session_factory: sessionmaker[Session]) -> None:
    old, minute = EVERY_SAMPLE_KEPT_FOR, timedelta(minutes=1)
    with session_factory() as session:
        account = add_account(session)
        add_samples(session, account.id, old + 1 * minute, old + 2 * minute, old + 59 * minute, old + 61 * minute)

        deleted = thin_equity(session, account.id, NOW)

        assert deleted == 2
        assert ages_left(session, account.id) == [old + 59 * minute, old + 61 * minute]


def test_what_is_not_old_and_what_is_of_another_account_stays(session_factory: sessionmaker[Session]) -> None:
    second = timedelta(seconds=1)
    with session_factory() as session:
        account, other = add_account(session), add_account(session, alias="other")
        add_samples(session, account.id, second, 2 * second, 3 * second)
        add_samples(session, other.id, EVERY_SAMPLE_KEPT_FOR + second, EVERY_SAMPLE_KEPT_FOR + 2 * second)

        assert thin_equity(session, account.id, NOW) == 0
        assert len(ages_left(session, other.id)) == 2


@pytest.mark.parametrize(
    ("event", "age", "announced", "deleted"),
    [
        (JournalEvent.OPENING, ROUTINE_KEPT_FOR + timedelta(seconds=1), True, 1),
        (JournalEvent.PROTECTED, ROUTINE_KEPT_FOR + timedelta(seconds=1), True, 1),
        (JournalEvent.PROTECTED, ROUTINE_KEPT_FOR, True, 0),
        (JournalEvent.PROTECTED, ROUTINE_KEPT_FOR + timedelta(seconds=1), False, 0),  # word of it is still to go out
        (JournalEvent.CLOSED, ROUTINE_KEPT_FOR + timedelta(days=900), True, 0),
        (JournalEvent.STOP_MOVED, ROUTINE_KEPT_FOR + timedelta(days=900), True, 0),
    ],
)
def test_only_old_lines_of_routine_go(
    session_factory: sessionmaker[Session], event: JournalEvent, age: timedelta, announced: bool, deleted: int
) -> None:
    with session_factory() as session:
        account = add_account(session)
        session.add(
            JournalRow(
                account_id=account.id,
                at=NOW - age,
                severity=Severity.INFO,
                event=event,
                text="",
                details={},
                announced=announced,
            )
        )
        session.flush()

        assert thin_journal(session, account.id, NOW) == deleted
