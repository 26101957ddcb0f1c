"""What people have survives: the database of every released version is brought to the tables of today."""

import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, make_url, select, text
from sqlalchemy.orm import sessionmaker

from crypto_utils import open_box
from database import load_credentials
from domain.terms import CloseReason, Phase, ReopenState, Side
from storage.connections import create_database_engine
from storage.embedded_postgres import EmbeddedPostgres
from storage.income_tables import IncomeRow
from storage.migration import is_current, migrate
from storage.tables import Base, FillRow, PositionRow

D = Decimal
RELEASED = sorted((Path(__file__).parent / "released").glob("*.sql"))
Rows = dict[str, list[dict[str, Any]]]


@pytest.fixture(params=RELEASED, ids=lambda file: file.stem)
def released(request: pytest.FixtureRequest) -> Path:
    file: Path = request.param
    return file


@pytest.fixture
def restored(released: Path, postgres: EmbeddedPostgres, empty_database_url: str) -> Iterator[Engine]:
    """The database of a released version, as that version left it."""
    name = make_url(empty_database_url).database
    assert name
    with released.open("rb") as script:
        settings = ("--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1")
        postgres.run("psql", *settings, "--file", "-", stdin=script, timeout=60, database=name)
    engine = create_database_engine(empty_database_url, "released")
    yield engine
    engine.dispose()


@pytest.fixture
def migrated(restored: Engine) -> Engine:
    migrate(restored)
    return restored


def rows_of(engine: Engine) -> Rows:
    with engine.connect() as connection:
        names = connection.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).all()
        return {
            name: [dict(row._mapping) for row in connection.execute(text(f"SELECT * FROM {name} ORDER BY 1"))]
            for name in names
            if name != "alembic_version"
        }


def test_there_is_a_database_of_every_release() -> None:
    changelog = (Path(__file__).parents[2] / "CHANGELOG.md").read_text()

    assert {file.stem for file in RELEASED} == set(re.findall(r"^## \[(\d[^]]*)\]", changelog, re.MULTILINE))


def test_every_row_survives_with_what_it_said(restored: Engine) -> None:
    before = rows_of(restored)
    assert all(before.values()), "a table without rows proves nothing"

    migrate(restored)

    after = rows_of(restored)
    for table, rows in before.items():
        assert [{name: row[name] for name in rows[0]} for row in after[table]] == rows, table


def test_the_tables_are_those_of_today(migrated: Engine) -> None:
    with migrated.connect() as connection:
        assert is_current(connection)


def test_every_model_reads_its_rows(migrated: Engine) -> None:
    stored = rows_of(migrated)

    with sessionmaker(migrated)() as session:
        for mapper in Base.registry.mappers:
            read = session.scalars(select(mapper.class_)).all()
            assert len(read) == len(stored[str(mapper.local_table)])


@pytest.mark.parametrize("released", [RELEASED[0]], ids=["0.1.0"], indirect=True)
def test_trades_money_and_keys_of_0_1_0_are_what_they_were(migrated: Engine) -> None:
    with sessionmaker(migrated)() as session:
        positions = {row.id: row for row in session.scalars(select(PositionRow))}
        first, short, lost, external, waiting = (positions[number] for number in (1, 3, 4, 5, 8))
        keys = load_credentials(session, "binance test")
        box = open_box(session, "the secret of the database in 0.1.0.sql")
        paid = sum(session.scalars(select(FillRow.commission).where(FillRow.position_id == 1)))
        income = list(session.scalars(select(IncomeRow.income_type).distinct()))

    assert (first.close_reason, first.net_usdt, first.result_final) == (CloseReason.TP, D("10.0001341"), True)
    assert first.fees_usdt == paid
    assert (short.side, short.close_reason, short.net_usdt) == (Side.SHORT, CloseReason.MANUAL, D("-4.01268714"))
    assert lost.phase is Phase.FAILED
    assert (external.phase, external.external_quantity, external.own_part_only) == (Phase.OPEN, D("0.10"), True)
    assert waiting.reopen_state is ReopenState.WAITING
    assert "FUNDING_FEE" in income
    assert keys is not None
    assert (box.decrypt(keys.api_key_token), keys.last_four) == ("a-key-for-tests", "ests")
