"""The exchange keeps ninety days: questions reach no further, and what lies before them is said to be unknown."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from domain.terms import CloseReason, Side
from tests.support.practice import PracticeExchange
from tests.system.faults.causing import advance, external_trade, journal
from tests.system.flow.bot import Bot, OpenPosition, running_bot, terms
from tests.system.flow.conftest import check

pytestmark = [pytest.mark.slow, pytest.mark.timeout(240)]

TRADES = "/fapi/v1/userTrades"


@pytest.fixture
def hold_prices(exchange: PracticeExchange) -> Iterator[PracticeExchange]:
    exchange.begin_anew()
    yield exchange


def sleep_for(exchange: PracticeExchange, days: int) -> None:
    for _ in range(0, days, 5):
        exchange.control("clock", {"advance_seconds": timedelta(days=5).total_seconds()})


def closed_while_nobody_looked(bot: Bot, opened: OpenPosition) -> None:
    external_trade(bot, "SELL", Side.LONG, opened.quantity)


def asked_for_trades(bot: Bot) -> int:
    return sum(1 for row in bot.exchange.requests() if row["path"] == TRADES)


def test_a_trade_closed_before_all_that_is_kept_is_given_up_and_its_pair_is_free(
    database_url: str, hold_prices: PracticeExchange
) -> None:
    with running_bot(database_url, hold_prices) as bot:
        opened = bot.open(terms())
    closed_while_nobody_looked(bot, opened)
    sleep_for(hold_prices, 95)
    before = asked_for_trades(bot)

    with running_bot(database_url, hold_prices) as bot:
        bot.eventually(lambda: asked_for_trades(bot) > before, "the trades asked for")
        advance(bot, timedelta(seconds=70))
        bot.eventually(lambda: journal(bot, "closing_unreadable"), "said", within=30)

        ended = bot.position(opened.id)
        assert (ended.close_reason, ended.net_usdt) == (CloseReason.LOST, None)
        assert "can no longer be read" in (ended.phase_note or "")
        assert asked_for_trades(bot) - before < 120  # 13 weeks a question
        bot.tidy(opened.id)
        again = bot.open(terms())
        assert again.id != opened.id
        check(bot)


def test_a_trade_closed_within_what_is_kept_is_found_however_old_it_is(
    database_url: str, hold_prices: PracticeExchange
) -> None:
    with running_bot(database_url, hold_prices) as bot:
        opened = bot.open(terms())
    sleep_for(hold_prices, 60)
    closed_while_nobody_looked(bot, opened)
    sleep_for(hold_prices, 40)

    with running_bot(database_url, hold_prices) as bot:
        closed = bot.closed(opened.id, within=30)
        assert closed.reason is CloseReason.EXTERNAL


def test_income_that_is_refused_is_asked_for_ever_more_slowly_and_said(bot: Bot) -> None:
    bot.exchange.control("faults", {"match": "GET /fapi/v1/income", "kind": "refused", "code": -4166, "times": 1000})
    for _ in range(6):
        advance(bot, timedelta(minutes=6))
        bot.check_now()

    alert = bot.eventually(
        lambda: next((a.text for a in bot.monitor.health().alerts if a.code == "income"), None), "said"
    )
    assert "not final" in alert
    asked = sum(1 for row in bot.exchange.requests() if row["path"] == "/fapi/v1/income")
    assert asked < 20
