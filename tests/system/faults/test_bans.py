"""While the exchange ignores this address nothing is sent, by no part of the bot, and the end is said."""

import time

import pytest

from binance_client import BinanceTestnetClient
from exchange import gate
from exchange.errors import Banned
from tests.support.practice import PracticeExchange
from tests.system.faults.causing import cause, heal
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow

BAN_SECONDS = 5


def banned(bot: Bot) -> int:
    return sum(1 for row in bot.exchange.requests() if row["fault"] == "banned")


def ban(bot: Bot) -> None:
    cause(bot, "banned", "*", seconds=BAN_SECONDS)


def says_until_when(bot: Bot) -> str:
    return bot.eventually(
        lambda: next((a.text for a in bot.monitor.health().alerts if a.code == "paused"), None), "said"
    )


def is_over(bot: Bot) -> None:
    bot.eventually(lambda: all(a.code != "paused" for a in bot.monitor.health().alerts), "the end of the ban")


def test_a_ban_at_the_start_is_waited_out_and_said(database_url: str, exchange: PracticeExchange) -> None:
    bot = Bot(database_url, exchange)
    ban(bot)
    bot.monitor.start()
    try:
        assert "until" in says_until_when(bot)
        bot.eventually(lambda: bot.monitor.health().last_check_at, "signed in after the ban", within=30)
        assert banned(bot) == 1
        is_over(bot)
    finally:
        bot.stop()


def test_no_part_asks_during_a_ban(bot: Bot) -> None:
    opened = bot.open(terms())
    ban(bot)
    bot.eventually(lambda: banned(bot), "the ban")
    cause(bot, "ws_drop", "WS *")

    assert "until" in says_until_when(bot)
    viewer = bot.monitor.viewer_client()
    checking = BinanceTestnetClient("other", "keys", bot.exchange.url, bot.exchange.stream_url)
    for client in (viewer, checking):
        assert client is not None
        with pytest.raises(Banned):
            client.fetch_balance()
    time.sleep(2)

    assert banned(bot) <= 3  # what was under way when it began
    assert all("not answered" not in alert.title for alert in bot.monitor.health().alerts)
    is_over(bot)
    heal(bot)
    bot.price("BTCUSDT", opened.target_price)
    bot.closed(opened.id)


def test_a_ban_is_kept_to_across_a_restart(database_url: str, exchange: PracticeExchange) -> None:
    bot = Bot(database_url, exchange).start()
    ban(bot)
    says_until_when(bot)
    bot.stop()
    before = banned(bot)
    gate._gates.clear()  # as in a process of its own, which remembers nothing

    again = Bot(database_url, exchange)
    again.monitor.start()
    try:
        says_until_when(again)
        again.eventually(lambda: again.monitor.health().last_check_at, "signed in after the ban", within=30)
        assert banned(again) == before
    finally:
        again.stop()
