"""A stop that is taken away, refused or only partly executed: replaced or the position closed, within seconds."""

from decimal import Decimal

import pytest

from domain.terms import CloseReason, Phase, Purpose, Side
from tests.system.faults.causing import (
    ENTRY_OR_CLOSE,
    STOP_OR_TARGET,
    asked_to_open,
    cause,
    external_cancel,
    journal,
    sent,
    stops,
)
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow
D = Decimal


def test_a_vanished_stop_is_replaced_within_a_check_even_with_silent_streams(bot: Bot) -> None:
    bot.open(terms())
    gone = stops(bot)[0]
    cause(bot, "ws_silent", "WS /private", seconds=30)

    external_cancel(bot, gone)

    another = bot.eventually(
        lambda: [row for row in stops(bot) if row["algoId"] != gone["algoId"]], "another stop", within=10
    )
    assert another[0]["closePosition"] is True


def test_both_orders_taken_away_are_placed_again(bot: Bot) -> None:
    opened = bot.open(terms())
    before = {row["algoId"] for row in bot.resting()}

    for row in bot.resting():
        external_cancel(bot, row)

    bot.eventually(
        lambda: (
            sorted(r["orderType"] for r in bot.resting() if r["algoId"] not in before)
            == ["STOP_MARKET", "TAKE_PROFIT_MARKET"]
        ),
        "both orders again",
    )
    assert bot.position(opened.id).phase is Phase.OPEN


def test_a_stop_refused_when_it_fires_is_followed_by_a_close(bot: Bot) -> None:
    cause(bot, "reject_at_trigger", STOP_OR_TARGET)
    opened = bot.open(terms())

    bot.price("BTCUSDT", opened.stop_price)
    closed = bot.closed(opened.id, within=10)

    assert closed.reason is CloseReason.UNPROTECTED
    assert journal(bot, "rejected_at_trigger")


def test_a_target_refused_when_it_fires_leaves_the_stop_and_is_tried_again(bot: Bot) -> None:
    cause(bot, "delay", STOP_OR_TARGET)  # the stop
    cause(bot, "reject_at_trigger", STOP_OR_TARGET)
    opened = bot.open(terms())

    bot.price("BTCUSDT", opened.target_price)
    closed = bot.closed(opened.id, within=10)

    assert closed.reason is CloseReason.TP


@pytest.mark.parametrize("side", list(Side))
def test_a_price_past_the_stop_before_it_could_be_placed_closes_at_market(bot: Bot, side: Side) -> None:
    cause(bot, "delay", ENTRY_OR_CLOSE, seconds=1)
    position = asked_to_open(bot, terms(side=side))
    assert position.stop_price is not None
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", side), "the fill")

    bot.price("BTCUSDT", position.stop_price - side.sign * D(50))
    closed = bot.closed(position.id)

    assert closed.reason is CloseReason.UNPROTECTED
    assert bot.on_exchange("BTCUSDT", side) == 0


def test_a_price_past_the_target_before_it_could_be_placed_takes_the_profit(bot: Bot) -> None:
    cause(bot, "delay", STOP_OR_TARGET, seconds=1)  # the stop's answer
    position = asked_to_open(bot, terms())
    assert position.target_price is not None
    bot.eventually(lambda: stops(bot), "the stop")

    bot.price("BTCUSDT", position.target_price + D(50))
    closed = bot.closed(position.id)

    assert closed.reason is CloseReason.TP


def test_a_stop_that_fills_partly_is_followed_by_a_close_of_the_rest(bot: Bot) -> None:
    cause(bot, "partial_fill", STOP_OR_TARGET)
    opened = bot.open(terms(amount="200"))

    bot.price("BTCUSDT", opened.stop_price)
    closed = bot.closed(opened.id, within=10)

    assert closed.reason is CloseReason.UNPROTECTED
    assert bot.on_exchange("BTCUSDT", Side.LONG) == 0
    booked = sum((order.executed_quantity for order in sent(bot, opened.id, Purpose.CLOSE)), D(0))
    assert D(0) < booked < opened.quantity


def test_a_target_that_fills_partly_is_followed_through_and_the_stop_rests_until_then(bot: Bot) -> None:
    cause(bot, "delay", STOP_OR_TARGET)  # the stop
    cause(bot, "partial_fill", STOP_OR_TARGET)
    opened = bot.open(terms(amount="200"))

    bot.price("BTCUSDT", opened.target_price)
    closed = bot.closed(opened.id, within=10)

    assert closed.reason is CloseReason.TP
    assert bot.on_exchange("BTCUSDT", Side.LONG) == 0


@pytest.mark.parametrize("kind", ["partial_fill", "unfilled"])
def test_a_close_that_fills_partly_is_followed_by_another(bot: Bot, kind: str) -> None:
    opened = bot.open(terms(amount="200"))
    cause(bot, kind, ENTRY_OR_CLOSE)

    bot.ask("close", opened.id)
    closed = bot.closed(opened.id)

    assert closed.reason is CloseReason.MANUAL
    assert len(sent(bot, opened.id, Purpose.CLOSE)) == 2
    assert bot.on_exchange("BTCUSDT", Side.LONG) == 0
