"""Positions the bot did not open: shown, left alone, taken over or closed when the person says so."""

from decimal import Decimal

import pytest

from domain.terms import CloseReason, OrderState, Phase, Purpose, Side
from tests.system.flow.bot import Bot, terms

pytestmark = pytest.mark.slow
D = Decimal


def trade_externally(bot: Bot, side: str, position_side: str, quantity: str) -> None:
    body = {"account": "practice", "symbol": "BTCUSDT", "side": side, "positionSide": position_side}
    bot.exchange.control("position", {**body, "quantity": quantity})


def test_an_external_position_is_shown_and_left_alone(bot: Bot) -> None:
    trade_externally(bot, "BUY", "LONG", "0.010")

    shown = bot.eventually(lambda: bot.monitor.health().external_positions, "the external position")
    assert [(p.symbol, p.side, p.quantity) for p in shown] == [("BTCUSDT", Side.LONG, D("0.010"))]
    assert "did not open" in bot.ask("open_trade", terms(side=Side.LONG))
    assert bot.resting() == []
    bot.instruct("CLOSE_FOREIGN", {"symbol": "BTCUSDT", "side": "LONG"})
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", Side.LONG) == 0, "closed")


def test_taking_over_protects_it_with_the_exact_history(bot: Bot) -> None:
    trade_externally(bot, "BUY", "LONG", "0.020")
    trade_externally(bot, "SELL", "LONG", "0.008")
    bot.eventually(lambda: bot.monitor.health().external_positions, "the external position")

    reply = bot.instruct("ADOPT", {"symbol": "BTCUSDT", "side": "LONG", "tp_usdt": "10", "sl_usdt": "5"})
    adopted = bot.settled(bot.eventually(bot.positions, "the run")[0].id)

    assert "taken over" in reply
    assert (adopted.quantity, bot.position(adopted.id).exit_quantity) == (D("0.020"), D("0.008"))
    bot.price("BTCUSDT", adopted.target_price)
    assert bot.closed(adopted.id).reason is CloseReason.TP


def test_what_an_external_trader_added_can_be_taken_over(bot: Bot) -> None:
    opened = bot.open(terms(side=Side.LONG))
    trade_externally(bot, "BUY", "LONG", "0.005")
    bot.eventually(lambda: "external" in [p.code for p in bot.monitor.health().alerts], "said")

    bot.instruct("ADOPT", {"symbol": "BTCUSDT", "side": "LONG", "tp_usdt": "10", "sl_usdt": "5"})

    bot.eventually(lambda: bot.position(opened.id).entry_quantity == opened.quantity + D("0.005"), "one position")
    bot.eventually(lambda: not bot.monitor.health().alerts, "nothing more to say")


def test_an_ignored_position_is_left_alone_until_its_size_changes(bot: Bot) -> None:
    trade_externally(bot, "BUY", "LONG", "0.010")
    bot.eventually(lambda: bot.monitor.health().external_positions, "the external position")

    bot.instruct("IGNORE_FOREIGN", {"symbol": "BTCUSDT", "side": "LONG"})
    bot.eventually(lambda: bot.monitor.health().ignored == {("BTCUSDT", Side.LONG)}, "left alone")
    trade_externally(bot, "BUY", "LONG", "0.010")
    bot.eventually(lambda: not bot.monitor.health().ignored, "asked about again")

    bot.instruct("CLOSE_FOREIGN", {"symbol": "BTCUSDT", "side": "LONG"})
    bot.eventually(lambda: bot.on_exchange("BTCUSDT", Side.LONG) == 0, "closed")


def test_closing_half_leaves_the_rest_protected(bot: Bot) -> None:
    opened = bot.open(terms(amount="200"))

    bot.instruct("CLOSE", {"share": "0.5"}, opened.id)

    bot.eventually(lambda: bot.position(opened.id).exit_quantity > 0, "half closed")
    bot.eventually(lambda: bot.position(opened.id).phase is Phase.OPEN, "open again")

    half = bot.position(opened.id)
    assert half.exit_quantity == D("0.011")
    assert bot.on_exchange("BTCUSDT", Side.LONG) == opened.quantity - half.exit_quantity
    working = {o.purpose for o in bot.orders(opened.id) if o.state is OrderState.WORKING}
    assert working == {Purpose.STOP, Purpose.TARGET}
