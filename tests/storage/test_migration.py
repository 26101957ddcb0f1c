from collections.abc import Iterator
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, Engine, event, text

from domain.start_refused import StartRefused
from storage.all_tables import Base
from storage.connections import create_database_engine
from storage.migration import LEASE_LOCK, DatabaseIsNewer, DatabaseUnreachable, migrate

# Everything that makes the tables what they are, in PostgreSQL's own words.
SHAPE = """
    SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '
        || coalesce(column_default, '') AS line
    FROM information_schema.columns WHERE table_schema = 'public'
    UNION ALL
    SELECT conrelid::regclass::text || ' ' || conname || ' ' || pg_get_constraintdef(oid)
    FROM pg_constraint WHERE connamespace = 'public'::regnamespace
    UNION ALL
    SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'
    ORDER BY line
"""


@pytest.fixture
def empty_engine(empty_database_url: str) -> Iterator[Engine]:
    engine = create_database_engine(empty_database_url, "test")
    yield engine
    engine.dispose()


def shape(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return [line for line in connection.scalars(text(SHAPE)) if "alembic_version" not in line]


def test_migrated_tables_are_the_ones_of_the_code(engine: Engine, empty_engine: Engine) -> None:
    Base.metadata.create_all(empty_engine)

    assert shape(engine) == shape(empty_engine)


def test_alembic_finds_nothing_left_to_do(engine: Engine) -> None:
    with engine.connect() as connection:
        thorough = {"compare_type": True, "compare_server_default": True}
        differences = compare_metadata(MigrationContext.configure(connection, opts=thorough), Base.metadata)

    assert differences == []


def test_an_empty_database_is_migrated_once(empty_engine: Engine) -> None:
    assert migrate(empty_engine) is True
    assert migrate(empty_engine) is False


def test_limits_of_the_migration_stay_with_it(empty_engine: Engine) -> None:
    migrate(empty_engine)

    with empty_engine.connect() as connection:
        assert connection.scalar(text("SHOW statement_timeout")) == "5s"
        assert connection.scalar(text("SHOW application_name")) == "test"
        assert connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LEASE_LOCK}) is True


def test_a_busy_machine_may_pause_between_two_changes_of_tables(empty_engine: Engine) -> None:
    seen: dict[str, str] = {}

    @event.listens_for(empty_engine, "after_cursor_execute")
    def look(connection: Connection, _: Any, statement: str, *__: Any) -> None:
        if statement.lstrip().startswith("CREATE TABLE orders"):
            cursor = connection.connection.cursor()
            cursor.execute("SHOW idle_in_transaction_session_timeout")
            seen["limit"] = (cursor.fetchone() or [""])[0]

    migrate(empty_engine)

    assert seen == {"limit": "10s"}


def test_a_newer_database_is_refused_and_left_alone(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = shape(engine)

    with pytest.raises(DatabaseIsNewer, match="newer version of the bot"):
        migrate(engine)

    assert shape(engine) == before


def test_a_failed_migration_leaves_nothing_behind(empty_engine: Engine) -> None:
    with empty_engine.begin() as connection:
        connection.execute(text("CREATE TABLE orders (id bigint)"))

    with pytest.raises(Exception, match="orders"):
        migrate(empty_engine)

    with empty_engine.connect() as connection:
        tables = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
    assert tables == ["orders"]


def test_a_database_that_does_not_answer_is_a_refusal_in_words() -> None:
    engine = create_database_engine("postgresql://me:pw@127.0.0.1:9/bot", "test")

    with pytest.raises(DatabaseUnreachable, match=r"cannot be used: .*\. Start PostgreSQL") as refusal:
        migrate(engine)

    assert isinstance(refusal.value, StartRefused)
    assert "pw" not in str(refusal.value)
