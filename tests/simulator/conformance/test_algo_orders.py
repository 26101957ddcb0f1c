"""Conditional orders: shapes, refusals, triggers, life cycle and the events of each."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator.conformance.venue import ALGO, BTC, ORDER, Venue, private_ear, venue_of, word_of

pytestmark = pytest.mark.slow

PLACED = """algoId clientAlgoId algoType orderType symbol side positionSide timeInForce quantity algoStatus triggerPrice
    price icebergQuantity selfTradePreventionMode workingType priceMatch closePosition priceProtect reduceOnly
    activatePrice callbackRate createTime updateTime triggerTime goodTillDate"""
EVENT = "caid aid at o s S ps f q X ai tp p V wt pm cp pP R tt gtd ia"


@pytest.fixture(scope="module")
def exchange() -> Iterator[Venue]:
    with venue_of() as venue:
        yield venue


@pytest.fixture
def venue(exchange: Venue) -> Venue:
    """Return the exchange with a LONG of 0.010 BTC at 84000.1."""
    exchange.fresh().market()
    return exchange


def test_placing_answers_every_key_with_its_type(venue: Venue) -> None:
    placed = venue.stop("80000", quantity="0.010", clientAlgoId="sl-1")

    assert list(placed) == PLACED.split()
    assert (placed["orderType"], placed["algoStatus"], placed["clientAlgoId"]) == ("STOP_MARKET", "NEW", "sl-1")
    assert (placed["quantity"], placed["triggerPrice"], placed["price"]) == ("0.010", "80000.00", "0.00")
    assert (placed["closePosition"], placed["priceProtect"], placed["reduceOnly"]) == (False, False, False)
    assert (placed["activatePrice"], placed["callbackRate"], placed["icebergQuantity"]) == ("", "", None)
    assert (placed["triggerTime"], placed["goodTillDate"], placed["timeInForce"]) == (0, 0, "GTC")
    assert {type(placed[name]) for name in ("algoId", "createTime", "updateTime", "triggerTime")} == {int}


def test_a_query_adds_what_is_known_of_the_child(venue: Venue) -> None:
    venue.stop("80000", clientAlgoId="sl-1")
    waiting = venue.ok("GET", ALGO, clientAlgoId="sl-1")
    venue.move("79999.0")
    done = venue.ok("GET", ALGO, clientAlgoId="sl-1")
    child = venue.ok("GET", ORDER, symbol=BTC, origClientOrderId="sl-1")

    assert (waiting["actualOrderId"], waiting["actualPrice"]) == ("", "0.00000")
    assert not {"actualType", "actualQty"} & waiting.keys()
    assert (done["algoStatus"], done["actualOrderId"]) == ("FINISHED", str(child["orderId"]))
    assert (done["actualType"], done["actualQty"], done["actualPrice"]) == ("MARKET", "0.010", child["avgPrice"])
    assert done["triggerTime"] >= done["createTime"]
    assert (child["status"], child["type"], child["origType"], child["origQty"]) == (
        "FILLED",
        "MARKET",
        "MARKET",
        "0.010",
    )
    assert venue.position() == 0


def test_the_code_of_one_cancel_is_text_and_of_all_a_number(venue: Venue) -> None:
    algo_id = venue.stop("80000", clientAlgoId="sl-1")["algoId"]

    one = venue.ok("DELETE", ALGO, clientAlgoId="sl-1")
    every = venue.ok("DELETE", "/fapi/v1/algoOpenOrders", symbol=BTC)

    assert one == {"algoId": algo_id, "clientAlgoId": "sl-1", "code": "200", "msg": "success"}
    assert every == {"code": 200, "msg": "The operation of cancel all open order is done."}
    assert venue.refusal("DELETE", ALGO, algoId=algo_id) == (400, -2011, "Unknown order sent.")
    assert venue.refusal("GET", ALGO, clientAlgoId="none") == (400, -2013, "Order does not exist.")
    assert venue.ok("GET", ALGO, algoId=algo_id)["algoStatus"] == "CANCELED"


def test_conditional_orders_never_show_among_ordinary_ones(venue: Venue) -> None:
    venue.stop("80000", clientAlgoId="sl-1")
    venue.stop("90000", type="TAKE_PROFIT_MARKET", clientAlgoId="tp-1")

    assert venue.ok("GET", "/fapi/v1/openOrders") == []
    assert [row["clientOrderId"] for row in venue.ok("GET", "/fapi/v1/allOrders", symbol=BTC)] != ["sl-1"]
    venue.ok("DELETE", "/fapi/v1/allOpenOrders", symbol=BTC)
    rows = venue.ok("GET", "/fapi/v1/openAlgoOrders")
    assert [row["clientAlgoId"] for row in rows] == ["sl-1", "tp-1"]
    assert {row["isActivated"] for row in rows} == {False}
    assert [row["algoId"] for row in venue.ok("GET", "/fapi/v1/allAlgoOrders", symbol=BTC)] == [
        row["algoId"] for row in rows
    ]


@pytest.mark.parametrize(
    ("change", "refused"),
    [
        ({"triggerPrice": None, "stopPrice": "80000"}, (-1102, "triggerprice")),
        ({"type": None}, (-1102, "'type'")),
        ({"algoType": None}, (-1102, "'algotype'")),
        ({"symbol": "NOPEUSDT"}, (-1121, "Invalid symbol.")),
        ({"side": "HOLD"}, (-1117, "Invalid side.")),
        ({"type": "LIMIT"}, (-1116, "Invalid orderType.")),
        ({"positionSide": "BOTH"}, (-4061, "Order's position side does not match user's setting.")),
        ({"positionSide": None}, (-4061, "Order's position side does not match user's setting.")),
        ({"positionSide": "UP"}, (-4060, "Invalid position side.")),
        ({"quantity": "0.010"}, (-4137, "Quantity must be zero with closePosition equals true")),
        ({"closePosition": None}, (-1102, "'quantity'")),
        ({"type": "TRAILING_STOP_MARKET", "triggerPrice": None, "callbackRate": "1"}, (-4136, "closePosition true")),
        ({"closePosition": None, "quantity": "0.010", "reduceOnly": "true"}, (-1106, "'reduceonly'")),
        ({"triggerPrice": "80000.05"}, (-4014, "Price not increased by tick size.")),
        ({"triggerPrice": "84000.0"}, (-2021, "Order would immediately trigger.")),
        ({"triggerPrice": "85000.0"}, (-2021, "Order would immediately trigger.")),
        ({"type": "TAKE_PROFIT_MARKET", "triggerPrice": "83000.0"}, (-2021, "Order would immediately trigger.")),
        ({"clientAlgoId": "with space"}, (-4015, "Client order id is not valid.")),
        ({"clientAlgoId": "a" * 37}, (-4015, "")),
        ({"workingType": "INDEX"}, (-4031, "working type")),
        ({"timeInForce": "DAY"}, (-1115, "Invalid timeInForce.")),
        ({"closePosition": "yes"}, (-1130, "closePosition")),
        ({"closePosition": None, "quantity": "0.0001"}, (-1111, "Precision is over")),
        ({"closePosition": None, "quantity": "0"}, (-4003, "Quantity less than zero.")),
        (
            {"positionSide": "SHORT", "side": "BUY", "triggerPrice": "90000"},
            (-4509, "Time in Force (TIF) GTE can only"),
        ),
    ],
)
def test_what_is_wrong_is_refused_with_its_code(venue: Venue, change: dict[str, Any], refused: tuple[int, str]) -> None:
    sent = venue.stop_request("80000") | change

    status, code, text = venue.refusal("POST", ALGO, **{k: v for k, v in sent.items() if v is not None})

    assert (status, code) == (400, refused[0])
    assert refused[1] in text


def test_a_second_closer_is_refused_by_family(venue: Venue) -> None:
    venue.stop("80000")
    venue.stop("90000", type="TAKE_PROFIT_MARKET")
    text = "An open stop or take profit order with GTE and closePosition in the direction is existing."

    assert venue.refusal("POST", ALGO, **venue.stop_request("79000")) == (400, -4130, text)
    again = venue.stop_request("91000", type="TAKE_PROFIT_MARKET")
    assert venue.refusal("POST", ALGO, **again) == (400, -4130, text)
    assert venue.stop("79000", quantity="0.010")["algoStatus"] == "NEW"


def test_an_open_id_is_taken_and_free_again_afterwards(venue: Venue) -> None:
    venue.stop("80000", clientAlgoId="sl-1")
    assert venue.refusal("POST", ALGO, **venue.stop_request("79000", quantity="0.010", clientAlgoId="sl-1")) == (
        400,
        -4116,
        "ClientOrderId is duplicated.",
    )

    venue.ok("DELETE", ALGO, clientAlgoId="sl-1")

    assert venue.stop("79000", clientAlgoId="sl-1")["algoStatus"] == "NEW"


def test_at_most_200_rest_over_all_symbols(venue: Venue) -> None:
    for number in range(200):
        if number % 100 == 0:
            venue.advance(10)
        symbol, trigger = (BTC, "80000") if number % 2 else ("ETHUSDT", "2000")
        venue.stop(trigger, symbol=symbol, quantity="0.010")

    refused = venue.refusal("POST", ALGO, **venue.stop_request("80000", quantity="0.010"))

    assert refused == (400, -4045, "Reach max stop order limit.")


def test_a_mark_price_stop_ignores_last_and_a_contract_price_stop_ignores_mark(venue: Venue) -> None:
    venue.stop("83000", quantity="0.004", clientAlgoId="by-mark")
    venue.stop("83000", quantity="0.004", clientAlgoId="by-last", workingType="CONTRACT_PRICE")

    venue.move(last="82900.0")
    assert venue.ok("GET", ALGO, clientAlgoId="by-mark")["algoStatus"] == "NEW"
    assert venue.ok("GET", ALGO, clientAlgoId="by-last")["algoStatus"] == "FINISHED"

    venue.move(mark="83000.0")
    assert venue.ok("GET", ALGO, clientAlgoId="by-mark")["algoStatus"] == "FINISHED"


@pytest.mark.parametrize(
    ("side", "position_side", "kind", "trigger", "short_of", "reached"),
    [
        ("SELL", "LONG", "STOP_MARKET", "83000.0", "83000.1", "83000.0"),
        ("SELL", "LONG", "TAKE_PROFIT_MARKET", "85000.0", "84999.9", "85000.0"),
        ("BUY", "SHORT", "STOP_MARKET", "85000.0", "84999.9", "85000.0"),
        ("BUY", "SHORT", "TAKE_PROFIT_MARKET", "83000.0", "83000.1", "83000.0"),
    ],
)
def test_each_kind_fires_exactly_at_its_price(
    venue: Venue, side: str, position_side: str, kind: str, trigger: str, short_of: str, reached: str
) -> None:
    venue.market("SELL", "SHORT")
    venue.stop(trigger, side=side, positionSide=position_side, type=kind, clientAlgoId="x")

    venue.move(short_of)
    assert venue.ok("GET", ALGO, clientAlgoId="x")["algoStatus"] == "NEW"
    venue.move(reached)

    assert venue.ok("GET", ALGO, clientAlgoId="x")["algoStatus"] == "FINISHED"
    assert venue.position(position_side) == 0
    assert venue.position("SHORT" if position_side == "LONG" else "LONG") != 0


def test_a_trailing_stop_follows_and_turns(venue: Venue) -> None:
    sent = venue.stop_request("0", type="TRAILING_STOP_MARKET", quantity="0.010", callbackRate="1", clientAlgoId="t")
    del sent["triggerPrice"]
    placed = venue.ok("POST", ALGO, **sent)
    assert placed["callbackRate"] == "1"
    venue.move("90000.0")
    venue.move("89100.1")
    assert venue.ok("GET", ALGO, clientAlgoId="t")["algoStatus"] == "NEW"

    venue.move("89100.0")

    assert venue.ok("GET", ALGO, clientAlgoId="t")["algoStatus"] == "FINISHED"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"triggerPrice": "80000"}, -1106),
        ({"callbackRate": "21"}, -1130),
        ({"callbackRate": "0.01"}, -1130),
        ({"activatePrice": "83000"}, -2021),
        ({"activatePrice": "0"}, -4135),
    ],
)
def test_a_trailing_stop_has_rules_of_its_own(venue: Venue, change: dict[str, str], code: int) -> None:
    sent = venue.stop_request("0", type="TRAILING_STOP_MARKET", quantity="0.010", callbackRate="20")
    del sent["triggerPrice"]
    assert venue.ok("POST", ALGO, **sent)["callbackRate"] == "20"

    assert venue.refusal("POST", ALGO, **(sent | change))[1] == code


def test_a_stop_limit_leaves_a_limit_child(venue: Venue) -> None:
    venue.stop("83000", type="STOP", price="82990", quantity="0.010", clientAlgoId="sl")

    venue.move("83000.0")

    child = venue.ok("GET", ORDER, symbol=BTC, origClientOrderId="sl")
    assert (child["type"], child["price"], child["status"]) == ("LIMIT", "82990.00", "FILLED")


def test_a_quantity_stop_may_rest_before_its_position_and_outlives_it(venue: Venue) -> None:
    short = {"side": "BUY", "positionSide": "SHORT", "quantity": "0.010"}
    assert venue.stop("90000", **short, clientAlgoId="early")["algoStatus"] == "NEW"

    venue.move("90000.0")

    gone = venue.ok("GET", ALGO, clientAlgoId="early")
    assert (gone["algoStatus"], gone["actualOrderId"]) == ("REJECTED", "")


def test_closers_expire_with_their_position_and_quantity_stops_stay(venue: Venue) -> None:
    venue.stop("80000", clientAlgoId="closer")
    venue.stop("79000", quantity="0.010", clientAlgoId="plain")

    venue.market("SELL", "LONG")

    assert venue.ok("GET", ALGO, clientAlgoId="closer")["algoStatus"] == "EXPIRED"
    assert venue.ok("GET", ALGO, clientAlgoId="plain")["algoStatus"] == "NEW"


def test_the_size_of_a_closer_is_found_at_the_trigger(venue: Venue) -> None:
    venue.stop("83000", clientAlgoId="sl")
    venue.market(quantity="0.025")

    venue.move("82000.0")

    assert venue.ok("GET", ALGO, clientAlgoId="sl")["actualQty"] == "0.035"
    assert venue.position() == 0


def test_a_filled_stop_tells_its_story(venue: Venue) -> None:
    with private_ear(venue) as ear:
        venue.stop("83000", clientAlgoId="sl")
        venue.stop("90000", type="TAKE_PROFIT_MARKET", clientAlgoId="tp")
        venue.move("83000.0")
        events = ear.until(lambda event: word_of(event) == "ALGO EXPIRED")

    assert [word_of(event) for event in events] == [
        "ALGO NEW",
        "ALGO NEW",
        "ALGO TRIGGERING",
        "ORDER NEW NEW",
        "ALGO TRIGGERED",
        "TRADE_LITE",
        "ACCOUNT ORDER",
        "ORDER TRADE FILLED",
        "ALGO FINISHED",
        "ALGO EXPIRED",
    ]
    new, triggered, finished = (events[place]["o"] for place in (0, 4, 8))
    assert set(events[0]) == {"e", "E", "T", "o"}
    assert list(new) == EVENT.split()
    assert (new["ai"], new["tt"], new["cp"], new["wt"], new["tp"]) == ("", 0, True, "MARK_PRICE", "83000.00")
    order = events[7]["o"]
    assert (triggered["ai"], triggered["caid"]) == (str(order["i"]), order["c"])
    assert (finished["ap"], finished["aq"], finished["act"]) == (order["ap"], "0.010", "MARKET")
    assert finished["tt"] > 0


def test_a_refused_child_says_why(venue: Venue) -> None:
    with private_ear(venue, "ALGO_UPDATE") as ear:
        venue.stop("90000", side="BUY", positionSide="SHORT", quantity="0.010")
        venue.move("90000.0")
        rejected = ear.until(lambda event: event["o"]["X"] == "REJECTED")[-1]["o"]

    assert rejected["rm"] == "ReduceOnly Order is rejected."
    assert rejected["ai"] == ""
