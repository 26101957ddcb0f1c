"""The database that is the bot's own: killed, it is started again by itself, and the trade goes on."""

import os
import signal
from pathlib import Path

import pytest

from domain.terms import CloseReason
from engine.supervision.alerts import Alerts
from storage.embedded_postgres import EmbeddedPostgres
from storage.migration import migrate
from tests.support.practice import PracticeExchange
from tests.system.flow.bot import Bot, terms
from tests.system.flow.conftest import check

pytestmark = pytest.mark.slow


def test_a_killed_database_is_back_by_itself(embedded_data_dir: Path, exchange: PracticeExchange) -> None:
    server = EmbeddedPostgres.start(embedded_data_dir)
    bot = Bot(server.url, exchange)
    migrate(bot._engines[2])
    bot.monitor.scheduler.add_job(server.keep_running, "interval", seconds=0.5, max_instances=1, coalesce=True)
    try:
        bot.start()
        opened = bot.open(terms())

        os.kill(int((embedded_data_dir / "postgres" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        bot.eventually(lambda: any(a.code == "database" for a in bot.monitor.health().alerts), "said")
        bot.eventually(lambda: all(a.code != "database" for a in bot.monitor.health().alerts), "back", within=60)

        bot.price("BTCUSDT", opened.target_price)
        assert bot.closed(opened.id, within=30).reason is CloseReason.TP
        check(bot)
    finally:
        bot.stop()
        server.stop()


def test_the_advice_is_the_one_for_a_database_of_the_bot_s_own(exchange: PracticeExchange) -> None:
    alerts = Alerts(own_database=True)

    alerts.raise_("database", exchange.now())

    assert "starts it again by itself" in alerts.listed()[0].text
