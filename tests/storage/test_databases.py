from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import OperationalError

from storage.connections import create_database_engine, sessions
from storage.tables import AccountRow
from tests.support.databases import Databases

CHANGES = (
    "DROP TABLE equity CASCADE",
    "ALTER TABLE orders ADD extra text",
    "UPDATE alembic_version SET version_num = '9999'",
)


def add_account(engine: Engine) -> int:
    """Add the only account there is and return its number."""
    with sessions(engine).begin() as session:
        assert session.scalars(select(AccountRow)).all() == []
        account = AccountRow(family="practice", alias="x", first_seen_at=datetime.now(UTC))
        session.add(account)
        session.flush()
        return account.id


def test_every_database_lent_is_empty_and_counts_from_one(databases: Databases) -> None:
    for _ in range(3):
        with databases.empty() as url:
            engine = create_database_engine(url, "test")
            assert add_account(engine) == 1
            engine.dispose()


def test_what_a_test_left_running_finds_its_database_no_more(databases: Databases) -> None:
    with databases.empty() as url:
        left = create_engine(url)
        connection = left.connect()

    with pytest.raises(OperationalError):
        connection.execute(text("SELECT 1"))
    with pytest.raises(OperationalError, match="does not exist"):
        left.connect()


@pytest.mark.parametrize("change", CHANGES)
def test_a_database_whose_tables_were_changed_is_not_lent_again(databases: Databases, change: str) -> None:
    with databases.empty() as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text(change))
        engine.dispose()

    with databases.empty() as url:
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("SELECT * FROM equity"))
            names = connection.execute(text("SELECT * FROM orders")).keys()
            assert "extra" not in set(names)
            assert connection.scalar(text("SELECT version_num FROM alembic_version")) != "9999"
        engine.dispose()
