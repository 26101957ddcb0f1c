"""What a position read shows and no order explains is found out by trades, and given to whom it belongs."""

import pytest

from domain.terms import CloseReason
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow


def test_a_stop_that_cannot_be_asked_about_still_counts_as_ours(bot: Bot) -> None:
    opened = bot.open(terms())
    bot.exchange.control("faults", {"match": "GET /fapi/v1/algoOrder", "kind": "html_502", "times": 20})

    bot.price("BTCUSDT", opened.stop_price)
    closed = bot.closed(opened.id)
    bot.exchange.control("faults", method="DELETE")

    assert closed.reason is CloseReason.SL
    bot.tidy(opened.id)
