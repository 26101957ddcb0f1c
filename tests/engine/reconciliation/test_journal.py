"""An event of a trade is a row of its account, its position and its moment, in the transaction of what it tells."""

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.journal.order_facts import StopGone, StopLost
from domain.terms import Severity
from engine.reconciliation.journal import Journal
from storage.bot_tables import JournalRow
from tests.engine.building import OpenTrade
from tests.services.building import NOW

LOST = StopLost("BTCUSDT LONG", StopGone.NOT_FOUND)


def test_an_event_is_kept_with_its_facts_and_its_sentence(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)

        Journal(trade.context).note(trade.position, LOST)
        session.flush()

        row = session.scalars(select(JournalRow).where(JournalRow.event == "stop_gone")).one()
        assert (row.account_id, row.position_id, row.at) == (trade.position.account_id, trade.position.id, NOW)
        assert row.severity is Severity.WARNING
        assert row.text == "BTCUSDT LONG: the exchange cannot find the stop-loss; the bot places it again."
        assert row.details == {"trade": "BTCUSDT LONG", "why": "not_found"}


def test_what_did_not_happen_is_not_told(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)
        session.commit()
        Journal(trade.context).note(trade.position, LOST)
        session.rollback()

        assert session.scalars(select(JournalRow).where(JournalRow.event == "stop_gone")).all() == []
