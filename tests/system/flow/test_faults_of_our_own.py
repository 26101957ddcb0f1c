"""What the bot cannot process is shown, and does not stop the rest."""

import pytest
from sqlalchemy import update

from binance_client import BinanceTestnetClient
from domain.terms import CloseReason, Side
from engine.requests.account import ReadIncome
from engine.requests.reports import Observation
from storage.tables import PlanRow
from tests.support.practice import PracticeExchange
from tests.system.flow.bot import Bot, running_bot, terms

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
        assert [alert.code for alert in bot.monitor.health().alerts] == ["internal"]


def test_a_request_that_ends_in_a_fault_is_shown_and_trading_goes_on(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    def fault(self: ReadIncome, client: BinanceTestnetClient) -> Observation:
        raise KeyError("a field nobody sends")

    monkeypatch.setattr(ReadIncome, "run", fault)
    opened = bot.open(terms())
    bot.price("BTCUSDT", opened.stop_price)

    assert bot.closed(opened.id).reason is CloseReason.SL
    bot.eventually(lambda: "internal" in {alert.code for alert in bot.monitor.health().alerts}, "the alert")
