"""The end of a pair while accounts still hold it."""

from dataclasses import replace

import pytest

from simulator.interfaces import SymbolStatus
from tests.simulator.trading.venue import D, Venue

ORDER, ALGO, INCOME = "/fapi/v1/order", "/fapi/v1/algoOrder", "/fapi/v1/income"
_OPEN = {"symbol": "BTCUSDT", "side": "BUY", "positionSide": "LONG", "type": "MARKET", "quantity": "0.010"}
_CLOSE = _OPEN | {"side": "SELL"}


def held() -> Venue:
    """Return a venue in hedge mode with both sides, a resting order and two conditional ones."""
    venue = Venue(dual_side=True)
    venue.market_order("BUY", "0.010", positionSide="LONG")
    venue.market_order("SELL", "0.004", positionSide="SHORT")
    venue.limit_order("BUY", "0.010", "59000", positionSide="LONG")
    venue.stop("SELL", "50000", positionSide="LONG")
    venue.stop("BUY", "70000", positionSide="SHORT", quantity="0.004")
    venue.events.take()
    return venue


def turn(venue: Venue, status: SymbolStatus) -> None:
    venue.market.symbols["BTCUSDT"] = replace(venue.market.symbols["BTCUSDT"], status=status)


def test_positions_are_settled_at_the_mark_when_the_pair_closes() -> None:
    venue = held()
    venue.market.marks["BTCUSDT"] = D("61000")
    before = venue.wallet()

    turn(venue, SymbolStatus.SETTLING)
    venue.exchange.settle_closed("BTCUSDT")

    orders = [event["o"] for event in venue.events.take() if event["e"] == "ORDER_TRADE_UPDATE"]
    settled = [order for order in orders if order["x"] == "CALCULATED"]
    assert [order["er"] for order in orders if order["x"] == "EXPIRED"] == ["7"]
    assert [(order["ps"], order["ap"], order["n"]) for order in settled] == [
        ("LONG", "61000.00000", "0"),
        ("SHORT", "61000.00000", "0"),
    ]
    assert all(order["c"].startswith("settlement_autoclose-") for order in settled)
    assert venue.get("/fapi/v3/positionRisk") == venue.get("/fapi/v1/openAlgoOrders") == []
    # 0.010 gained 1000 each, 0.004 sold at 59999.9 lost 1000.1 each.
    assert venue.wallet() - before == D("10") - D("4.0004")
    assert venue.get("/fapi/v1/forceOrders") == []


def test_the_day_of_delivery_ends_a_pair_by_itself() -> None:
    venue = held()
    end = venue.clock.now_ms() + 60_000
    venue.market.symbols["BTCUSDT"] = replace(venue.market.symbols["BTCUSDT"], delivery_ms=end)
    venue.step()
    assert venue.position("LONG") == D("0.010")

    venue.clock.advance(61_000)
    venue.step()

    assert venue.position("LONG") == venue.position("SHORT") == 0
    assert venue.market.symbols["BTCUSDT"].status is SymbolStatus.SETTLING


@pytest.mark.parametrize("status", [SymbolStatus.PRE_SETTLE, SymbolStatus.DELISTED])
def test_what_is_about_to_end_may_only_be_closed(status: SymbolStatus) -> None:
    venue = held()
    turn(venue, status)

    assert venue.refusal("POST", ORDER, **_OPEN) == (-4140, "Invalid symbol status for opening position")
    assert venue.post(ORDER, **_CLOSE, newOrderRespType="RESULT")["status"] == "FILLED"


@pytest.mark.parametrize("status", [SymbolStatus.SETTLING, SymbolStatus.CLOSE])
def test_a_closed_pair_takes_no_orders(status: SymbolStatus) -> None:
    venue = held()
    turn(venue, status)
    stop = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "positionSide": "LONG"}
    stop |= {"type": "STOP_MARKET", "triggerPrice": "50000", "quantity": "0.010"}

    assert venue.refusal("POST", ORDER, **_CLOSE) == (-4141, "Symbol is closed")
    assert venue.refusal("POST", ALGO, **stop) == (-4141, "Symbol is closed")


def test_an_order_of_a_pair_that_does_not_trade_cannot_be_changed() -> None:
    venue = held()
    (order,) = venue.get("/fapi/v1/openOrders")
    turn(venue, SymbolStatus.TRADING_HALT)
    change = {"symbol": "BTCUSDT", "side": "BUY", "orderId": str(order["orderId"])}

    refusal = venue.refusal("PUT", ORDER, **change, quantity="0.010", price="58000")

    assert refusal == (-5024, "Symbol is not in trading status. Order amendment is not permitted.")


def test_what_was_bought_in_finer_steps_is_shown_whole() -> None:
    venue = held()
    rules = venue.market.symbols["BTCUSDT"]
    coarse = replace(rules, step_size=D("0.01"), min_quantity=D("0.01"), quantity_precision=2)
    venue.market.symbols["BTCUSDT"] = coarse

    assert venue.position("SHORT") == D("-0.004")
    assert venue.refusal("POST", ORDER, **(_OPEN | {"quantity": "0.004"}))[0] == -1111
