"""A reset of the test environment: asked for, confirmed, and then said once."""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.epochs import CONFIRMED_AFTER
from engine.execution.account_epochs import AccountEpochs
from engine.requests.history import VerifyHistory
from engine.requests.reports import HistoryVerified
from storage.account_epochs import load_epoch_began_at, load_proof_of_history
from storage.bot_tables import JournalRow
from storage.income_tables import IncomeRow
from tests.engine.building import OpenTrade
from tests.services.building import NOW

D = Decimal


class Account:
    """An account with one row of income, and the part that asks for it at a moment."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.trade = OpenTrade(session)
        self.account_id = self.trade.position.account_id
        self.books(7, NOW - timedelta(days=1))

    def books(self, tran_id: int, at: datetime) -> None:
        row = IncomeRow(
            account_id=self.account_id,
            income_type="TRANSFER",
            tran_id=tran_id,
            symbol="",
            amount=D("10000"),
            asset="USDT",
            trade_id=None,
            occurred_at=at,
        )
        self.session.add(row)
        self.session.flush()

    def at(self, after: timedelta) -> AccountEpochs:
        epochs = AccountEpochs(self.trade.lifecycle)
        epochs.now = NOW + after
        return epochs

    def ask(self, after: timedelta, *, found: bool) -> None:
        (task,) = self.at(after).due()
        assert isinstance(task, VerifyHistory)
        assert (task.income_type, task.tran_id) == ("TRANSFER", 7)
        self.at(after).on_verified(HistoryVerified(task, found))

    def said(self) -> list[str]:
        return list(self.session.scalars(select(JournalRow.text).where(JournalRow.event == "environment_reset")))


def test_it_is_asked_once_after_a_sign_in(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        account = Account(session)

        account.ask(timedelta(0), found=True)

        assert account.at(CONFIRMED_AFTER * 2).due() == []
        assert account.said() == []


def test_a_row_missing_twice_a_minute_apart_begins_a_chapter(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        account = Account(session)

        account.ask(timedelta(0), found=False)
        early = account.at(CONFIRMED_AFTER / 2).due()
        account.ask(CONFIRMED_AFTER, found=False)

        assert early == []
        assert load_epoch_began_at(session, account.account_id) == NOW + CONFIRMED_AFTER
        (text,) = account.said()
        assert text.startswith("The test exchange was reset")
        # What was booked before is asked for no more.
        assert load_proof_of_history(session, account.account_id, NOW + CONFIRMED_AFTER) is None


def test_the_row_that_was_missed_is_asked_for_again_and_not_one_booked_since(
    session_factory: sessionmaker[Session],
) -> None:
    with session_factory() as session:
        account = Account(session)
        account.ask(timedelta(0), found=False)

        account.books(8, NOW + timedelta(seconds=1))  # by the new account

        account.ask(CONFIRMED_AFTER, found=False)
        assert len(account.said()) == 1


def test_a_reset_is_noticed_although_the_new_account_has_booked_something(
    session_factory: sessionmaker[Session],
) -> None:
    with session_factory() as session:
        account = Account(session)

        account.books(8, NOW - timedelta(minutes=1))

        account.ask(timedelta(0), found=False)  # for the older one, number 7


def test_after_a_long_quiet_time_the_newest_row_is_asked_for(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        account = Account(session)
        later = NOW + timedelta(days=80)

        account.books(8, NOW - timedelta(days=2))

        row = load_proof_of_history(session, account.account_id, later)
        assert row is not None
        assert row.tran_id == 7
        assert load_proof_of_history(session, account.account_id, later + timedelta(days=10)) is None


def test_a_row_that_was_only_late_begins_none(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        account = Account(session)

        account.ask(timedelta(0), found=False)
        account.ask(CONFIRMED_AFTER, found=True)

        assert account.said() == []
        assert account.trade.state.history.missed_since is None


def test_without_an_answer_it_is_asked_again(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        account = Account(session)
        account.at(timedelta(0)).due()

        account.at(timedelta(0)).failed()

        assert account.at(timedelta(seconds=10)).due() == []
        assert len(account.at(timedelta(minutes=1)).due()) == 1
