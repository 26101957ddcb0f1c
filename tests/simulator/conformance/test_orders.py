"""Ordinary orders, position mode, leverage and margin type: shapes and refusals."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator.conformance.venue import BTC, ORDER, Venue, venue_of

pytestmark = pytest.mark.slow

PLACED = """orderId symbol status clientOrderId price origQty executedQty cumQty timeInForce type reduceOnly
    closePosition side positionSide stopPrice workingType priceProtect origType priceMatch selfTradePreventionMode
    goodTillDate updateTime"""
QUERIED = """avgPrice clientOrderId cumQuote executedQty orderId origQty origType price reduceOnly side positionSide
    status stopPrice closePosition symbol time timeInForce type updateTime workingType priceProtect priceMatch
    selfTradePreventionMode goodTillDate"""
DUAL, LEVERAGE, MARGIN = "/fapi/v1/positionSide/dual", "/fapi/v1/leverage", "/fapi/v1/marginType"
REDUCE_ONLY = (400, -2022, "ReduceOnly Order is rejected.")


@pytest.fixture(scope="module")
def exchange() -> Iterator[Venue]:
    with venue_of("--account", "practice:practice", "--account", "rich:rich:100000000") as venue:
        yield venue


@pytest.fixture
def venue(exchange: Venue) -> Venue:
    return exchange.fresh()


def test_an_ack_says_new_although_it_filled_and_a_result_is_final(venue: Venue) -> None:
    ack = venue.market(newOrderRespType="ACK", newClientOrderId="a")
    result = venue.market(newOrderRespType="RESULT")
    found = venue.ok("GET", ORDER, symbol=BTC, origClientOrderId="a")

    assert list(ack) == list(result) == PLACED.split()
    assert (ack["status"], ack["executedQty"], ack["cumQty"], ack["price"]) == ("NEW", "0.000", "0.000", "0.00")
    assert (result["status"], result["executedQty"], result["cumQty"]) == ("FILLED", "0.010", "0.010")
    assert list(found) == QUERIED.split()
    assert (found["status"], found["avgPrice"], found["cumQuote"]) == ("FILLED", "84000.10000", "840.00100")
    assert type(found["time"]) is type(found["orderId"]) is int


def test_a_cancelled_order_answers_in_the_placed_shape(venue: Venue) -> None:
    order_id = venue.limit("80000", newClientOrderId="o1")["orderId"]

    gone = venue.ok("DELETE", ORDER, symbol=BTC, orderId=order_id)

    assert list(gone) == PLACED.split()
    assert (gone["status"], gone["price"]) == ("CANCELED", "80000.00")
    assert venue.refusal("DELETE", ORDER, symbol=BTC, orderId=order_id) == (400, -2011, "Unknown order sent.")
    assert venue.refusal("GET", ORDER, symbol=BTC, orderId=1) == (400, -2013, "Order does not exist.")


def test_a_list_row_adds_base_and_pair(venue: Venue) -> None:
    venue.limit("80000")

    assert list(venue.ok("GET", "/fapi/v1/openOrders", symbol=BTC)[0]) == QUERIED.split()
    assert list(venue.ok("GET", "/fapi/v1/allOrders", symbol=BTC)[0]) == [*QUERIED.split(), "cumBase", "pair"]


def test_unfilled_ends_are_forgotten_after_three_days(venue: Venue) -> None:
    venue.limit("80000", newClientOrderId="o1")
    venue.ok("DELETE", ORDER, symbol=BTC, origClientOrderId="o1")
    venue.market(newClientOrderId="e1")

    venue.advance(3 * 86_400 + 10)

    assert venue.refusal("GET", ORDER, symbol=BTC, origClientOrderId="o1")[1] == -2013
    assert venue.ok("GET", ORDER, symbol=BTC, origClientOrderId="e1")["status"] == "FILLED"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"type": "STOP_MARKET", "stopPrice": "80000"}, -4120),
        ({"type": "TRAILING_STOP_MARKET"}, -4120),
        ({"type": "STOP"}, -4120),
        ({"type": "FOO"}, -1116),
        ({"type": None}, -1102),
        ({"side": "UP"}, -1117),
        ({"symbol": "NOPE"}, -1121),
        ({"quantity": None}, -1102),
        ({"quantity": "0"}, -4003),
        ({"quantity": "-1"}, -4003),
        ({"quantity": "0.0001"}, -1111),
        ({"quantity": "1e-05"}, -1100),
        ({"quantity": "121"}, -4005),
        ({"quantity": "100"}, -2019),
        ({"positionSide": None}, -4061),
        ({"positionSide": "BOTH"}, -4061),
        ({"positionSide": "X"}, -4060),
        ({"reduceOnly": "true"}, -1106),
        ({"reduceOnly": "false"}, -1106),
        ({"side": "SELL"}, -2022),
        ({"timeInForce": "GTC"}, -1106),
        ({"price": "80000"}, -1106),
        ({"newClientOrderId": "a b"}, -4015),
        ({"newClientOrderId": "a" * 37}, -4015),
        ({"newOrderRespType": "FULL"}, -1136),
    ],
)
def test_what_is_wrong_with_a_market_order_is_refused(venue: Venue, change: dict[str, Any], code: int) -> None:
    sent = {"symbol": BTC, "side": "BUY", "positionSide": "LONG", "type": "MARKET", "quantity": "0.010"} | change

    refused = venue.refusal("POST", ORDER, **{name: value for name, value in sent.items() if value is not None})

    assert refused[:2] == (400, code)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"price": None}, -1102),
        ({"timeInForce": None}, -1102),
        ({"timeInForce": "DAY"}, -1115),
        ({"price": "80000.05"}, -4014),
        ({"price": "80000.001"}, -1111),
        ({"price": "0"}, -4001),
        ({"price": "100"}, -4013),
        ({"price": "900000"}, -4002),
        ({"price": "88200.1"}, -4016),
        ({"quantity": "1001"}, -4005),
        ({"price": "300", "quantity": "0.001"}, -4164),
        ({"timeInForce": "GTX", "price": "84000.1"}, -5022),
        ({"timeInForce": "FOK", "price": "80000"}, -5021),
        ({"timeInForce": "GTD"}, -1102),
        ({"timeInForce": "GTD", "goodTillDate": "1"}, -5040),
    ],
)
def test_what_is_wrong_with_a_limit_order_is_refused(venue: Venue, change: dict[str, Any], code: int) -> None:
    sent = {"symbol": BTC, "side": "BUY", "positionSide": "LONG", "type": "LIMIT", "quantity": "0.010"}
    sent |= {"price": "80000", "timeInForce": "GTC"} | change

    refused = venue.refusal("POST", ORDER, **{name: value for name, value in sent.items() if value is not None})

    assert refused[:2] == (400, code)


def test_percent_price_is_one_sided(venue: Venue) -> None:
    venue.market()

    assert venue.limit("88200.0")["status"] in ("NEW", "FILLED")
    assert venue.limit("70000.0")["status"] == "NEW"
    assert venue.limit("95000.0", "SELL", "LONG")["status"] == "NEW"
    sent = {"symbol": BTC, "side": "SELL", "positionSide": "LONG", "type": "LIMIT", "quantity": "0.001"}
    assert venue.refusal("POST", ORDER, **sent, price="79799.9", timeInForce="GTC")[1] == -4024


def test_closing_counts_what_is_pending(venue: Venue) -> None:
    venue.market()
    sell = {"symbol": BTC, "side": "SELL", "positionSide": "LONG", "type": "MARKET"}
    assert venue.refusal("POST", ORDER, **sell, quantity="0.011") == REDUCE_ONLY
    venue.limit("85000", "SELL", "LONG", quantity="0.006")

    assert venue.refusal("POST", ORDER, **sell, quantity="0.005") == REDUCE_ONLY
    assert venue.market("SELL", "LONG", "0.004")["status"] == "FILLED"


def test_an_open_id_is_taken_a_filled_one_executes_again(venue: Venue) -> None:
    venue.limit("80000", newClientOrderId="x")
    sent = {"symbol": BTC, "side": "BUY", "positionSide": "LONG", "type": "MARKET", "quantity": "0.010"}

    assert venue.refusal("POST", ORDER, **sent, newClientOrderId="x") == (
        400,
        -4116,
        "ClientOrderId is duplicated.",
    )
    for _ in range(2):
        venue.market(newClientOrderId="y")
    assert str(venue.position()) == "0.020"


def test_a_resting_order_fills_as_maker_when_the_price_comes(venue: Venue) -> None:
    venue.limit("83000", newClientOrderId="o")

    venue.move("83000.0")

    (trade,) = venue.ok("GET", "/fapi/v1/userTrades", symbol=BTC)
    assert (trade["maker"], trade["price"], trade["commission"]) == (True, "83000.00", "0.16600000")


def test_a_huge_market_order_fills_on_several_levels_and_the_rest_expires(venue: Venue) -> None:
    venue.control("POST", "/reset")
    with_money = Venue(venue.url, "rich", "rich").fresh()

    order = with_money.market(quantity="100")

    assert order["status"] == "EXPIRED"
    assert 0 < float(order["executedQty"]) < 100
    trades = with_money.ok("GET", "/fapi/v1/userTrades", symbol=BTC, orderId=order["orderId"])
    assert len(trades) > 3
    assert f"{sum(float(trade['qty']) for trade in trades):.3f}" == order["executedQty"]


def test_position_mode_changes_only_when_flat(venue: Venue) -> None:
    assert venue.ok("GET", DUAL) == {"dualSidePosition": True}
    assert venue.refusal("POST", DUAL, dualSidePosition="true") == (400, -4059, "No need to change position side.")
    assert venue.signed("POST", DUAL, dualSidePosition="True").status_code == 400
    venue.limit("80000", newClientOrderId="o")
    assert venue.refusal("POST", DUAL, dualSidePosition="false")[1:] == (
        -4067,
        "Position side cannot be changed if there exists open orders.",
    )
    venue.ok("DELETE", ORDER, symbol=BTC, origClientOrderId="o")
    venue.market()
    assert venue.refusal("POST", DUAL, dualSidePosition="false")[1:] == (
        -4068,
        "Position side cannot be changed if there exists position.",
    )
    venue.market("SELL", "LONG")
    assert venue.ok("POST", DUAL, dualSidePosition="false") == {"code": 200, "msg": "success"}
    assert venue.ok("GET", "/fapi/v1/accountConfig")["dualSidePosition"] is False


def test_one_way_reduce_only_never_flips(venue: Venue) -> None:
    venue.fresh(hedge=False)
    venue.market(position_side="BOTH")
    sell = {"symbol": BTC, "side": "SELL", "type": "MARKET", "reduceOnly": "true"}

    assert venue.refusal("POST", ORDER, **sell, quantity="0.011") == REDUCE_ONLY
    assert venue.ok("POST", ORDER, **sell, quantity="0.010", newOrderRespType="RESULT")["reduceOnly"] is True
    assert venue.refusal("POST", ORDER, **sell, quantity="0.010") == REDUCE_ONLY
    assert venue.refusal("POST", ORDER, **sell, quantity="0.010", positionSide="LONG")[1] == -4061


def test_leverage_answers_with_the_largest_position(venue: Venue) -> None:
    for leverage, largest in ((10, "230000000"), (150, "300000"), (1, "1800000000"), (20, "100000000")):
        answer = venue.ok("POST", LEVERAGE, symbol=BTC, leverage=leverage)
        assert answer == {"leverage": leverage, "maxNotionalValue": largest, "symbol": BTC}
        assert venue.ok("POST", LEVERAGE, symbol=BTC, leverage=leverage) == answer

    assert venue.refusal("POST", LEVERAGE, symbol=BTC, leverage=151) == (400, -4028, "Leverage `151` is not valid")
    assert venue.refusal("POST", LEVERAGE, symbol=BTC, leverage=0)[1] == -4028
    assert venue.ok("GET", "/fapi/v1/symbolConfig", symbol=BTC) == [
        {
            "symbol": BTC,
            "marginType": "CROSSED",
            "isAutoAddMargin": False,
            "leverage": 20,
            "maxNotionalValue": "100000000",
        }
    ]


def test_margin_type_has_its_spellings_and_refusals(venue: Venue) -> None:
    isolated = {"symbol": BTC, "marginType": "ISOLATED"}
    assert venue.refusal("POST", MARGIN, symbol=BTC, marginType="CROSSED")[1:] == (
        -4046,
        "No need to change margin type.",
    )
    venue.limit("80000", newClientOrderId="o")
    assert venue.refusal("POST", MARGIN, **isolated)[1] == -4047
    venue.ok("DELETE", ORDER, symbol=BTC, origClientOrderId="o")
    venue.market()
    assert venue.refusal("POST", MARGIN, **isolated)[1] == -4048
    venue.market("SELL", "LONG")

    assert venue.ok("POST", MARGIN, **isolated) == {"code": 200, "msg": "success"}

    assert {row["marginType"] for row in venue.ok("GET", "/fapi/v2/positionRisk", symbol=BTC)} == {"isolated"}
    assert venue.ok("GET", "/fapi/v1/symbolConfig", symbol=BTC)[0]["marginType"] == "ISOLATED"


def test_multi_assets_mode_is_off_until_asked_for(venue: Venue) -> None:
    path = "/fapi/v1/multiAssetsMargin"
    assert venue.ok("GET", path) == {"multiAssetsMargin": False}
    assert venue.refusal("POST", path, multiAssetsMargin="false")[1] == -4171

    assert venue.ok("POST", path, multiAssetsMargin="true") == {"code": 200, "msg": "success"}

    assert venue.refusal("POST", MARGIN, symbol=BTC, marginType="ISOLATED")[1] == -4168
