"""Starting under bad conditions."""

import pytest
from sqlalchemy import text

from tests.support.practice import PracticeExchange
from tests.system.flow.bot import Bot, terms
from tests.system.flow.conftest import check

pytestmark = pytest.mark.slow


def test_a_start_that_stumbles_over_the_database_is_made_good(database_url: str, exchange: PracticeExchange) -> None:
    bot = Bot(database_url, exchange)
    try:
        with bot.sessions() as blocking:
            blocking.execute(text("LOCK TABLE settings IN ACCESS EXCLUSIVE MODE"))
            bot.monitor.start()
            bot.eventually(lambda: "database" in [p.code for p in bot.monitor.health().alerts], "trouble")
            blocking.rollback()

        bot.eventually(lambda: bot.monitor.health().last_check_at, "first check")
        opened = bot.open(terms())

        assert opened.quantity > 0
        check(bot)
    finally:
        bot.stop()
