"""The one object pages call: what is pressed shows at once, and only rows are written."""

import pytest
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from domain.terms import InstructionKind
from domain.zones import UTC_ZONE, zone_of
from services.errors import NotReadable
from services.facade import Services, build_services
from services.history.views import HistoryFilter
from storage.bot_tables import InstructionRow
from storage.tables import PositionRow
from tests.services.building import Clock, SteadyFeed, add_account, add_plan, add_position, bot_health


@pytest.fixture
def position(session_factory: sessionmaker[Session]) -> PositionRow:
    with session_factory.begin() as session:
        return add_position(session, add_plan(session, add_account(session)))


@pytest.fixture
def services(session_factory: sessionmaker[Session], position: PositionRow) -> Services:
    config = Config.from_environment({"DATABASE_URL": "postgresql://unused"})
    return build_services(config, session_factory, SteadyFeed(bot_health(position.account_id)), Clock())


def test_a_close_shows_at_once(services: Services, position: PositionRow) -> None:
    before = services.dashboard.snapshot().positions[0].close_requested

    services.instructions.close("a", position.id)

    assert not before
    assert services.dashboard.snapshot().positions[0].close_requested


def test_every_request_is_a_row_of_its_kind(
    services: Services, position: PositionRow, session_factory: sessionmaker[Session]
) -> None:
    services.instructions.close("1", position.id)
    services.instructions.reopen_now("2", position.id)
    services.instructions.skip_reopen("3", position.id)
    services.instructions.write_off("4", position.id)
    services.instructions.pause_plan("5", position.plan_id)
    services.instructions.resume_plan("6", position.plan_id)
    services.instructions.pause_opening("7")
    services.instructions.resume_opening("8")

    with session_factory() as session:
        rows = session.scalars(select(InstructionRow).order_by(InstructionRow.id)).all()
    assert [(row.kind, row.position_id, row.plan_id) for row in rows] == [
        (InstructionKind.CLOSE, position.id, None),
        (InstructionKind.REOPEN_NOW, position.id, None),
        (InstructionKind.SKIP_REOPEN, position.id, None),
        (InstructionKind.WRITE_OFF, position.id, None),
        (InstructionKind.PAUSE_PLAN, None, position.plan_id),
        (InstructionKind.RESUME_PLAN, None, position.plan_id),
        (InstructionKind.PAUSE_ALL, None, None),
        (InstructionKind.RESUME_ALL, None, None),
    ]


def test_a_silent_database_is_named_for_readers(engine: Engine, services: Services) -> None:
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("LOCK TABLE positions IN ACCESS EXCLUSIVE MODE"))
        with pytest.raises(NotReadable, match="Try again in a moment"):
            services.history.totals(HistoryFilter())


@pytest.mark.parametrize("unknown", [None, "", "Mars/Olympus", "../etc/passwd"])
def test_an_unknown_zone_is_utc(unknown: str | None) -> None:
    assert zone_of(unknown) is UTC_ZONE
