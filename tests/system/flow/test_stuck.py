"""One run that cannot be processed does not stop the others."""

import pytest
from sqlalchemy import update

from domain.terms import CloseReason, Side
from storage.tables import PlanRow
from tests.support.practice import PracticeExchange
from tests.system.flow.bot import running_bot, terms

pytestmark = pytest.mark.slow


def test_the_others_go_on(database_url: str, exchange: PracticeExchange) -> None:
    with running_bot(database_url, exchange) as bot:
        broken = bot.open(terms(side=Side.LONG))
        healthy = bot.open(terms(side=Side.SHORT))
        with bot.sessions.begin() as session:
            # A delay no version of the bot writes: working out when to open again fails on it.
            session.execute(update(PlanRow).where(PlanRow.id == broken.plan_id).values(reopen_delay_seconds=10**15))

        bot.price("BTCUSDT", min(healthy.target_price, broken.stop_price))

        assert bot.closed(healthy.id).reason is CloseReason.TP
        assert [problem.code for problem in bot.monitor.health().problems] == ["internal"]
