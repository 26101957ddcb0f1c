"""Reset practice, from the wish to an account with other money, no history and this machine's clock."""

import socket
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from config import Config
from domain.terms import CloseReason, Phase
from runtime import Runtime
from services.history.views import HistoryFilter
from storage.tables import PositionRow
from tests.support.waiting import eventually
from tests.system.flow.bot import D, terms


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def running(database_url: str, tmp_path: Path) -> Iterator[Runtime]:
    environ = {
        "DATABASE_URL": database_url,
        "DATA_DIR": str(tmp_path),
        "PRACTICE_PORT": str(free_port()),
        "PRACTICE_ARGS": "--prices hold --seed 1",
    }
    built = Runtime(Config.from_environment(environ))
    built.start()
    yield built
    built.stop()


@pytest.mark.slow
def test_money_history_and_clock_begin_anew_and_what_was_open_is_gone(running: Runtime) -> None:
    services, monitor = running.services, running.monitor
    former = eventually(lambda: monitor.health().last_check_at and monitor.health().account_id)
    services.instructions.open_trade("first", terms())
    eventually(lambda: [one for one in services.dashboard.snapshot().positions if one.phase is Phase.OPEN])
    services.practice.advance(3600)

    services.practice_reset.begin_anew(D(1000))
    eventually(lambda: monitor.health().account_id not in (None, former), "another account")
    eventually(lambda: services.dashboard.snapshot().summary.wallet == D(1000), "the new money")

    snapshot, state = services.dashboard.snapshot(), services.practice.state()
    assert snapshot.positions == ()
    assert snapshot.inactive == ()
    assert services.history.totals(HistoryFilter()).trades == 0
    assert abs(state.time - datetime.now(UTC)) < timedelta(minutes=1)
    with running.page_sessions() as session:
        (row,) = session.scalars(select(PositionRow))
    assert (row.phase, row.close_reason) == (Phase.CLOSED, CloseReason.LOST)
    (said,) = [entry.text for entry in services.activity.entries() if "begins anew" in entry.text]
    assert "1 trade that was open went with the old account" in said
