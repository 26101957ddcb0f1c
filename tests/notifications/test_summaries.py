"""The summary of yesterday and of last week, in the person's zone, once."""

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.journal.bot_facts import DailySummary
from domain.journal.texts import sentence
from domain.terms import CloseReason, Phase
from notifications.summaries import write_due_summaries
from storage.bot_tables import JournalRow
from storage.tables import AccountRow
from tests.services.building import add_account, add_plan, add_position

D = Decimal
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def close_trade(session: Session, account: AccountRow, closed_at: str, net: str) -> None:
    add_position(
        session,
        add_plan(session, account),
        phase=Phase.CLOSED,
        close_reason=CloseReason.TP,
        closed_at=at(closed_at),
        net_usdt=D(net),
    )


def test_yesterday_is_the_day_of_the_persons_zone(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        close_trade(session, account, "2026-06-01T21:59", "100")  # before midnight in Berlin: the day before
        close_trade(session, account, "2026-06-01T22:00", "15")
        close_trade(session, account, "2026-06-02T21:59", "-5.03")
        close_trade(session, account, "2026-06-02T22:00", "1000")  # today

        events = write_due_summaries(session, account.id, at("2026-06-03T06:00"), BERLIN, 8)
        session.flush()

        assert events == ["daily_summary"]
        text = session.scalars(select(JournalRow.text)).one()
    assert text == (
        "Yesterday: +9.97 USDT after fees from 2 trades, 1 won, 1 lost; best +15.00, worst −5.03. Open now: 0."
    )


def test_mondays_bring_the_week_too_and_each_comes_once(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        close_trade(session, account, "2026-05-26T12:00", "-20")
        monday = at("2026-06-01T06:00")

        first = write_due_summaries(session, account.id, monday, BERLIN, 8)
        again = write_due_summaries(session, account.id, monday, BERLIN, 8)
        session.flush()

        assert (first, again) == (["daily_summary", "weekly_summary"], [])
        texts = session.scalars(select(JournalRow.text).order_by(JournalRow.id)).all()
    assert texts == [
        "Yesterday: no trade closed. Open now: 0.",
        "Last week: −20.00 USDT after fees from 1 trade, 0 won, 1 lost. Open now: 0.",
    ]


def test_an_unknown_result_is_counted_and_not_summed() -> None:
    words = sentence(DailySummary(2, 1, 0, 1, D("3"), D("3"), D("3"), 4))

    assert words == (
        "Yesterday: +3.00 USDT after fees from 2 trades, 1 won, 0 lost; best +3.00, worst +3.00. "
        "The result of 1 is not known. Open now: 4."
    )
