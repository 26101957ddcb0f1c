"""Both directions of a pair at once: the price that they share is a bound for the larger one only."""

from datetime import timedelta
from decimal import Decimal

import pytest

from domain.preview.edits import edit_refusals
from domain.terms import CloseReason, Phase, Side
from tests.system.flow.bot import Bot, reopening, terms

pytestmark = pytest.mark.slow
D = Decimal


def external(bot: Bot, side: str, position_side: str, quantity: str) -> None:
    body = {"account": "practice", "symbol": "BTCUSDT", "side": side, "positionSide": position_side}
    bot.exchange.control("position", {**body, "quantity": quantity})


def shared_price(bot: Bot) -> Decimal:
    """Return the liquidation price that the exchange gives both sides."""
    rows = bot.exchange.ledger()["positions"]
    (price,) = {row["liquidationPrice"] for row in rows}
    return D(price)


def test_a_long_beside_a_larger_short_keeps_its_stop_when_it_is_taken_over(bot: Bot) -> None:
    external(bot, "SELL", "SHORT", "0.035")
    external(bot, "BUY", "LONG", "0.011")
    bot.eventually(lambda: len(bot.monitor.health().external_positions) == 2, "both external positions")

    bot.instruct("ADOPT", {"symbol": "BTCUSDT", "side": "LONG", "tp_usdt": "10", "sl_usdt": "5"})
    adopted = bot.settled(bot.eventually(bot.positions, "the trade")[0].id)

    assert adopted.stop_price < adopted.entry_price < adopted.target_price
    assert shared_price(bot) > adopted.entry_price
    bot.eventually(lambda: bot.monitor.health().external_positions, "the SHORT stays external")
    assert bot.position(adopted.id).phase is Phase.OPEN
    bot.price("BTCUSDT", adopted.stop_price)
    closed = bot.closed(adopted.id)
    assert closed.reason is CloseReason.SL
    net = bot.position(adopted.id).net_usdt
    assert net is not None
    assert D("-5.5") < net < 0


def test_a_long_beside_a_larger_short_opens_and_opens_again(bot: Bot) -> None:
    external(bot, "SELL", "SHORT", "0.035")
    bot.eventually(lambda: bot.monitor.health().external_positions, "the external SHORT")

    first = bot.open(terms(side=Side.LONG, leverage=20, reopen=reopening(timedelta(seconds=1))))
    bot.price("BTCUSDT", first.target_price)
    assert bot.closed(first.id).reason is CloseReason.TP
    again = bot.position_after(first.id)

    assert again.stop_price < again.entry_price


def test_its_stop_can_be_edited(bot: Bot) -> None:
    external(bot, "SELL", "SHORT", "0.035")
    opened = bot.open(terms(side=Side.LONG, leverage=20))
    nearer = opened.stop_price + D("10.0")
    bot.wait_on_the_exchange(timedelta(seconds=6))
    row = bot.position(opened.id)

    assert edit_refusals(Side.LONG, D("0.1"), row.entry_price, row.liquidation_price, nearer, None) == []
    bot.instruct("EDIT_PROTECTION", {"stop_price": str(nearer)}, opened.id)
    bot.eventually(lambda: nearer in {D(order["triggerPrice"]) for order in bot.resting()}, "the stop has moved")


def test_the_larger_short_is_bound_by_the_price(bot: Bot) -> None:
    external(bot, "SELL", "SHORT", "0.035")
    external(bot, "BUY", "LONG", "0.011")
    bot.eventually(lambda: len(bot.monitor.health().external_positions) == 2, "both external positions")

    def bounds() -> dict[Side, Decimal | None]:
        return {held.side: held.liquidation_price for held in bot.monitor.health().external_positions}

    assert bounds()[Side.LONG] is None
    bot.wait_on_the_exchange(timedelta(seconds=70))  # the wallet is read again, after the fees of both
    bot.eventually(lambda: abs((bounds()[Side.SHORT] or D(0)) - shared_price(bot)) < 1, "the exchange's own price")
    assert bounds()[Side.LONG] is None


def test_each_side_pays_the_fee_of_its_own_liquidation(bot: Bot) -> None:
    bot.exchange.control("faults", {"match": "POST /fapi/v1/algoOrder", "kind": "reject_at_trigger", "times": 9})
    larger = bot.open(terms(side=Side.LONG, amount="9000", leverage=20, tp="4000", sl="3000"))
    smaller = bot.open(terms(side=Side.SHORT, amount="100", leverage=20, tp="800", sl="50"))

    bot.price("BTCUSDT", (shared_price(bot) - 1).quantize(D("0.1")))
    reasons = {bot.closed(position_id).reason for position_id in (larger.id, smaller.id)}

    assert reasons == {CloseReason.LIQUIDATION}
    bot.wait_on_the_exchange(timedelta(minutes=2))
    rows = [D(row["income"]) for row in bot.exchange.ledger()["income"] if row["incomeType"] == "INSURANCE_CLEAR"]
    fees = sorted(amount for amount in rows if amount < 0)
    covered = sum(amount for amount in rows if amount > 0)
    bot.eventually(lambda: bot.position(smaller.id).funding_usdt, "the rows were read")

    large, small = (bot.position(position_id).funding_usdt or D(0) for position_id in (larger.id, smaller.id))
    assert len(fees) == 2
    assert large + small == sum(rows)
    # What the fund covered goes to both by value, each fee to the side whose order it was.
    assert fees[0] < large < fees[0] + covered
    assert fees[1] < small < 0
