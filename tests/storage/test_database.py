import re
from datetime import UTC, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from database import (
    delete_credentials,
    install_id,
    load_account,
    load_credentials,
    save_account,
    save_credentials,
    save_journal,
)
from domain.terms import Severity
from storage.bot_tables import JournalRow

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_install_id_is_made_once(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        first = install_id(session)

    with session_factory.begin() as session:
        assert install_id(session) == first
    assert re.fullmatch("[a-z0-9]{6}", first)


def test_an_account_is_known_by_family_and_alias(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        assert load_account(session, "practice", "SgsR") is None
        first = save_account(session, "practice", "SgsR", NOON)
        other = save_account(session, "binance test", "SgsR", NOON)

    with session_factory.begin() as session:
        again = save_account(session, "practice", "SgsR", datetime(2027, 1, 1, tzinfo=UTC))
        assert (again.id, again.first_seen_at) == (first.id, NOON)
        assert load_account(session, "practice", "SgsR") is again
    assert first.id != other.id


def test_saved_keys_are_replaced_and_deleted(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_credentials(session, "practice", api_key_token="a", api_secret_token="b", last_four="1111", now=NOON)
        save_credentials(session, "practice", api_key_token="c", api_secret_token="d", last_four="2222", now=NOON)

    with session_factory.begin() as session:
        row = load_credentials(session, "practice")
        assert row is not None
        assert (row.api_key_token, row.api_secret_token, row.last_four) == ("c", "d", "2222")
        delete_credentials(session, "practice")

    with session_factory() as session:
        assert load_credentials(session, "practice") is None


def test_the_journal_keeps_what_was_written(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_journal(
            session,
            at=NOON,
            severity=Severity.GOOD,
            event="entry_filled",
            text="Opened LONG BTC/USDT",
            details={"price": "61000.1"},
        )

    with session_factory() as session:
        row = session.scalars(select(JournalRow)).one()
    assert (row.at, row.severity, row.event) == (NOON, Severity.GOOD, "entry_filled")
    assert (row.account_id, row.position_id, row.details) == (None, None, {"price": "61000.1"})
