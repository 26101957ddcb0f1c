import re
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.exc import IntegrityError, OperationalError, StatementError
from sqlalchemy.orm import Session, sessionmaker

from database import (
    NotPostgres,
    create_database_engine,
    delete_credentials,
    install_id,
    load_account,
    load_credentials,
    load_setting,
    save_account,
    save_credentials,
    save_journal,
    save_setting,
)
from domain.terms import Severity
from storage.tables import EquityRow, JournalRow

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize("url", ["sqlite:///bot.db", "mysql://me:pw@db/bot", "nonsense", "postgresqlx://db/bot"])
def test_only_postgresql_is_spoken_to(url: str) -> None:
    with pytest.raises(NotPostgres) as refusal:
        create_database_engine(url, "test")

    assert "pw" not in str(refusal.value)


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg2", "postgresql+asyncpg"])
def test_every_name_of_postgresql_is_understood(scheme: str) -> None:
    engine = create_database_engine(f"{scheme}://me:pw@db:5433/bot", "test")

    assert engine.url.drivername == "postgresql+psycopg2"
    assert (engine.url.host, engine.url.port, engine.url.database) == ("db", 5433, "bot")


def test_no_session_waits_for_ever(engine: Engine) -> None:
    limits = (
        "statement_timeout",
        "lock_timeout",
        "idle_in_transaction_session_timeout",
        "application_name",
        "TimeZone",
    )

    with engine.connect() as connection:
        shown = [connection.scalar(text(f"SHOW {limit}")) for limit in limits]

    assert shown == ["5s", "2s", "3s", "test", "UTC"]


def test_a_connection_that_was_ended_is_replaced(engine: Engine) -> None:
    with engine.connect() as connection:
        pid = connection.scalar(text("SELECT pg_backend_pid()"))
        connection.rollback()
        with engine.connect() as other:
            other.execute(text("SELECT pg_terminate_backend(:pid, 2000)"), {"pid": pid})
        with pytest.raises(OperationalError):
            connection.execute(text("SELECT 1"))

    with engine.connect() as connection:
        assert connection.scalar(text("SELECT 1")) == 1


def test_settings_are_replaced_by_name(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        assert load_setting(session, "exchange") is None
        save_setting(session, "exchange", {"venue": "practice"})

    with session_factory.begin() as session:
        save_setting(session, "exchange", {"venue": "demo"})
        assert load_setting(session, "exchange") == {"venue": "demo"}


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


def test_money_keeps_every_digit(session_factory: sessionmaker[Session]) -> None:
    exact = Decimal("12345678901234567890.123456789012345678")
    with session_factory.begin() as session:
        account = save_account(session, "practice", "a", NOON)
        session.add(
            EquityRow(account_id=account.id, at=NOON, wallet_usdt=exact, unrealised_usdt=-exact, available_usdt=exact)
        )

    with session_factory() as session:
        row = session.scalars(select(EquityRow)).one()
    assert (row.wallet_usdt, row.unrealised_usdt) == (exact, -exact)


@pytest.mark.parametrize("wrong", [1.5, 3, "1.5", Decimal("NaN"), Decimal("Infinity")])
def test_money_is_never_anything_but_a_finite_decimal(session_factory: sessionmaker[Session], wrong: object) -> None:
    with pytest.raises(StatementError, match="finite Decimal"), session_factory.begin() as session:
        account = save_account(session, "practice", "a", NOON)
        row = EquityRow(account_id=account.id, at=NOON, wallet_usdt=Decimal(1), unrealised_usdt=Decimal(1))
        row.available_usdt = wrong  # type: ignore[assignment]
        session.add(row)


def test_a_moment_needs_its_time_zone(session_factory: sessionmaker[Session]) -> None:
    with pytest.raises(StatementError, match="time zone"), session_factory.begin() as session:
        save_account(session, "practice", "a", datetime(2026, 1, 1))  # noqa: DTZ001


def test_words_outside_the_enum_are_refused_by_the_database(session_factory: sessionmaker[Session]) -> None:
    with pytest.raises(IntegrityError, match="severity_is_known"), session_factory.begin() as session:
        session.execute(
            text("INSERT INTO journal (at, severity, event, text, details) VALUES (now(), 'BAD', 'e', 't', '{}')")
        )
