"""A sign-in that is refused says which step it was, why, and what to do."""

from collections.abc import Iterator

import pytest

from tests.support.practice import PracticeExchange
from tests.system.faults.causing import heal
from tests.system.flow.bot import Bot

pytestmark = pytest.mark.slow


@pytest.fixture
def starting(database_url: str, exchange: PracticeExchange) -> Iterator[Bot]:
    bot = Bot(database_url, exchange)
    yield bot
    bot.stop()


def refuse(bot: Bot, match: str, code: int) -> None:
    bot.exchange.control("faults", {"match": match, "kind": "refused", "code": code, "times": 1000})


def said(bot: Bot) -> str:
    return bot.eventually(
        lambda: next((a.text for a in bot.monitor.health().alerts if a.code == "refused"), None), "why it is refused"
    )


def test_an_account_that_never_held_money_is_told_so(starting: Bot) -> None:
    refuse(starting, "GET /fapi/v3/balance", -4109)

    starting.monitor.start()

    text = said(starting)
    assert "while reading the balance" in text
    assert "never held money" in text
    heal(starting)
    starting.eventually(lambda: starting.monitor.health().last_check_at, "signed in")


@pytest.mark.parametrize(("code", "cause"), [(-4169, "balance of an asset"), (-4171, "stays in multi-assets mode")])
def test_multi_assets_mode_that_cannot_be_left_is_named(starting: Bot, code: int, cause: str) -> None:
    starting.exchange.control("account", {"account": "practice", "multiAssets": True})
    refuse(starting, "POST /fapi/v1/multiAssetsMargin", code)

    starting.monitor.start()

    text = said(starting)
    assert "while leaving multi-assets mode" in text
    assert cause in text
    assert "hedge mode" not in text
    heal(starting)
    starting.eventually(lambda: starting.monitor.health().last_check_at, "signed in")


def test_positions_of_coin_margined_futures_that_block_hedge_mode_are_named(starting: Bot) -> None:
    left = [{"symbol": "BTCUSD_PERP"}, {"symbol": "ETHUSD_PERP"}]
    starting.exchange.control("reseed", {"account": "practice", "positions": left})

    starting.monitor.start()

    text = said(starting)
    assert "hedge mode" in text
    assert "Open now: BTCUSD_PERP (COIN-M futures), ETHUSD_PERP (COIN-M futures)." in text
    starting.exchange.control("reseed", {"account": "practice", "positions": []})
    starting.eventually(lambda: starting.monitor.health().last_check_at, "signed in")
