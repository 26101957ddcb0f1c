import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from storage.connections import NotPostgres, create_database_engine


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

    assert shown == ["5s", "2s", "30s", "test", "UTC"]


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
