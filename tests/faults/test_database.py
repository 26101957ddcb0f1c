"""A database that cuts connections or is gone: a fill is protected all the same, and nothing is lost or doubled."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from database import create_database_engine, migrate
from domain.terms import CloseReason, Phase, Purpose
from embedded_postgres import EmbeddedPostgres
from tests.faults.causing import ENTRY_OR_CLOSE, cause, entered, sent, stops
from tests.flow.bot import Bot, running_bot, terms
from tests.flow.conftest import check
from tests.practice import PracticeExchange

pytestmark = pytest.mark.slow


class OwnServer:
    """A PostgreSQL server that a test may stop and start again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.start()
        self.url = self._server.url

    def start(self) -> None:
        self._server = EmbeddedPostgres.start(self._folder)

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture
def own_server(embedded_data_dir: Path) -> Iterator[OwnServer]:
    """Give a server with all tables."""
    server = OwnServer(embedded_data_dir)
    engine = create_database_engine(server.url, "migration")
    migrate(engine)
    engine.dispose()
    yield server
    server.stop()


def cut_connections(database_url: str, but: str = "cutter") -> None:
    engine = create_engine(database_url, isolation_level="AUTOCOMMIT", connect_args={"application_name": but})
    with engine.connect() as connection:
        connection.execute(
            text(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        )
    engine.dispose()


def test_connections_cut_all_the_time_double_and_lose_nothing(bot: Bot, database_url: str) -> None:
    opened = bot.open(terms())
    ended = threading.Event()

    def cut() -> None:
        while not ended.wait(0.15):
            cut_connections(database_url)

    cutter = threading.Thread(target=cut)
    cutter.start()
    time.sleep(2)
    bot.price("BTCUSDT", opened.target_price)
    time.sleep(2)
    ended.set()
    cutter.join()

    assert bot.closed(opened.id, within=20).reason is CloseReason.TP


@pytest.mark.parametrize("after_seconds", [0.0, 0.05, 0.15])
def test_connections_cut_while_a_trade_is_opened_open_it_once_and_protected_or_not_at_all(
    bot: Bot, database_url: str, after_seconds: float
) -> None:
    bot.services.open_trade("cut-while-opening", terms())
    time.sleep(after_seconds)
    cut_connections(database_url)

    run = bot.eventually(bot.positions, "the run", within=20)[0]
    phase = bot.eventually(lambda: _entered_or_not(bot, run.id), "open or not opened", within=20)

    # Cut between the commit and the request, it is not sent any more; cut anywhere else, it is found and protected.
    if phase is Phase.OPEN:
        bot.settled(run.id)
        assert len(stops(bot)) == 1
    assert len(entered(bot)) == (phase is Phase.OPEN)


def _entered_or_not(bot: Bot, position_id: int) -> Phase | None:
    phase = bot.position(position_id).phase
    return None if phase is Phase.ENTERING else phase


def test_a_fill_is_protected_while_the_database_is_gone(own_server: OwnServer, exchange: PracticeExchange) -> None:
    with running_bot(own_server.url, exchange) as bot:
        cause(bot, "delay", ENTRY_OR_CLOSE, seconds=2.5)
        bot.services.open_trade("no-database", terms())
        bot.eventually(lambda: entered(bot), "the fill")

        own_server.stop()
        deadline = time.monotonic() + 8
        while not stops(bot) and time.monotonic() < deadline:
            time.sleep(0.05)
        resting = stops(bot)
        problems = {problem.code for problem in bot.monitor.health().problems}
        own_server.start()

        filled_ms = exchange.ledger()["trades"][0]["time"]
        assert [row["closePosition"] for row in resting] == [True]
        assert resting[0]["createTime"] - filled_ms <= 2500 + 5000
        assert "database" in problems
        run = bot.eventually(bot.positions, "the run", within=20)[0]
        opened = bot.settled(run.id)
        assert len(stops(bot)) == 1
        assert len(entered(bot)) == 1
        bot.price("BTCUSDT", opened.stop_price)
        assert bot.closed(opened.id).reason is CloseReason.SL
        assert sent(bot, run.id, Purpose.CLOSE) == []
        bot.tidy(run.id)
        check(bot)


def test_a_position_that_closes_while_the_database_is_gone_is_booked_afterwards(
    own_server: OwnServer, exchange: PracticeExchange
) -> None:
    with running_bot(own_server.url, exchange) as bot:
        opened = bot.open(terms())

        own_server.stop()
        bot.price("BTCUSDT", opened.target_price)
        time.sleep(1.5)
        own_server.start()

        closed = bot.eventually(lambda: _closed(bot, opened.id), "closed", within=25)
        assert closed is CloseReason.TP
        assert len(entered(bot)) == 1
        check(bot)


def _closed(bot: Bot, position_id: int) -> CloseReason | None:
    run = bot.position(position_id)
    return run.close_reason if run.phase is Phase.CLOSED else None
