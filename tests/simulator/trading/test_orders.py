import json

import pytest

from simulator.endpoints import EngineFault
from simulator.interfaces import Book
from simulator.switches import Switches
from tests.simulator.trading.venue import D, Venue

ORDER = "/fapi/v1/order"
_LIMIT_BUY = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "quantity": "0.010"}


def _fault(kind: str, fraction: str = "0.5") -> EngineFault:
    return EngineFault(kind, 0, fraction)


def _three_levels(venue: Venue) -> None:
    venue.market.books["BTCUSDT"] = Book(
        bids=((D("59999.9"), D("0.004")), (D("59998.0"), D("0.004"))),
        asks=((D("60000.0"), D("0.004")), (D("60002.0"), D("0.004")), (D("60010.0"), D("0.004"))),
    )


def test_an_acknowledgement_says_new_although_the_order_fills() -> None:
    venue = Venue()

    answer = venue.post(ORDER, symbol="BTCUSDT", side="BUY", type="MARKET", quantity="0.010")

    assert (answer["status"], answer["executedQty"], answer["cumQty"]) == ("NEW", "0.000", "0.000")
    assert venue.position() == D("0.010")


def test_a_result_is_final_and_names_no_average_price() -> None:
    venue = Venue()

    answer = venue.market_order("BUY", "0.010", newClientOrderId="e-1")

    assert answer == {
        "orderId": 883_412_000_001,
        "symbol": "BTCUSDT",
        "status": "FILLED",
        "clientOrderId": "e-1",
        "price": "0.00",
        "origQty": "0.010",
        "executedQty": "0.010",
        "cumQty": "0.010",
        "timeInForce": "GTC",
        "type": "MARKET",
        "reduceOnly": False,
        "closePosition": False,
        "side": "BUY",
        "positionSide": "BOTH",
        "stopPrice": "0.00",
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": "MARKET",
        "priceMatch": "NONE",
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "goodTillDate": 0,
        "updateTime": answer["updateTime"],
    }


def test_the_former_answer_is_a_switch() -> None:
    venue = Venue(switches=Switches(legacy_order_answer=True))

    answer = venue.market_order("BUY", "0.010")

    assert (answer["avgPrice"], answer["cumQuote"]) == ("60000.00000", "600.00000")


def test_a_market_order_trades_level_by_level() -> None:
    venue = Venue()
    _three_levels(venue)

    order_id = venue.market_order("BUY", "0.010")["orderId"]

    trades = venue.get("/fapi/v1/userTrades", symbol="BTCUSDT", orderId=str(order_id))
    assert [(row["price"], row["qty"]) for row in trades] == [
        ("60000.00", "0.004"),
        ("60002.00", "0.004"),
        ("60010.00", "0.002"),
    ]
    order = venue.get(ORDER, symbol="BTCUSDT", orderId=str(order_id))
    assert order["cumQuote"] == "600.02800"
    assert order["avgPrice"] == "60002.80000"


def test_what_the_book_cannot_fill_expires() -> None:
    venue = Venue()
    _three_levels(venue)
    venue.events.take()

    answer = venue.market_order("BUY", "0.020")

    assert (answer["status"], answer["executedQty"]) == ("EXPIRED", "0.012")
    last = venue.events.take()[-1]["o"]
    assert (last["x"], last["X"], last["er"], last["z"]) == ("EXPIRED", "EXPIRED", "9", "0.012")


def test_an_empty_book_and_a_far_book_refuse_market_orders() -> None:
    venue = Venue()
    sent = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.010"}

    venue.market.books["BTCUSDT"] = Book((), ())
    assert venue.refusal("POST", ORDER, **sent) == (-2020, "Unable to fill.")
    venue.market.books["BTCUSDT"] = Book((), ((D("63000.1"), D(1)),))
    assert venue.refusal("POST", ORDER, **sent) == (
        -4131,
        "The counterparty's best price does not meet the PERCENT_PRICE filter limit",
    )


def test_a_fill_tells_its_story_in_order() -> None:
    venue = Venue()
    venue.events.take()

    venue.market_order("BUY", "0.010")

    assert venue.events.words() == ["ORDER NEW NEW", "TRADE_LITE", "ACCOUNT ORDER", "ORDER TRADE FILLED"]


def test_a_resting_order_fills_as_maker_when_the_price_comes() -> None:
    venue = Venue()
    order_id = venue.limit_order("BUY", "0.010", "59000")["orderId"]
    assert venue.get("/fapi/v1/openOrders")[0]["orderId"] == order_id

    venue.move("58990")

    trade = venue.get("/fapi/v1/userTrades", symbol="BTCUSDT")[0]
    assert (trade["price"], trade["maker"], trade["commission"]) == ("59000.00", True, "0.11800000")
    assert venue.get("/fapi/v1/openOrders") == []


def test_a_thin_book_fills_a_resting_order_in_part() -> None:
    venue = Venue()
    order_id = venue.limit_order("BUY", "0.010", "59000")["orderId"]
    venue.market.books["BTCUSDT"] = Book((), ((D("58999.0"), D("0.003")),))

    venue.step()

    order = venue.get(ORDER, symbol="BTCUSDT", orderId=str(order_id))
    assert (order["status"], order["executedQty"]) == ("PARTIALLY_FILLED", "0.003")


def test_a_crossing_limit_takes_and_rests_with_the_remainder() -> None:
    venue = Venue()
    _three_levels(venue)

    venue.limit_order("BUY", "0.010", "60002")

    order = venue.get("/fapi/v1/openOrders")[0]
    assert (order["status"], order["executedQty"]) == ("PARTIALLY_FILLED", "0.008")
    assert all(not row["maker"] for row in venue.get("/fapi/v1/userTrades", symbol="BTCUSDT"))


def test_immediate_or_cancel_expires_its_remainder() -> None:
    venue = Venue()
    _three_levels(venue)

    answer = venue.limit_order("BUY", "0.010", "60002", timeInForce="IOC", newOrderRespType="RESULT")

    assert (answer["status"], answer["executedQty"]) == ("EXPIRED", "0.008")


def test_fill_or_kill_fills_all_or_is_refused() -> None:
    venue = Venue()
    _three_levels(venue)
    sent = _LIMIT_BUY | {"timeInForce": "FOK", "newOrderRespType": "RESULT"}

    assert venue.refusal("POST", ORDER, **sent, price="60002") == (
        -5021,
        "Due to the order could not be filled immediately, the FOK order has been rejected.",
    )
    assert venue.post(ORDER, **sent, price="60010")["status"] == "FILLED"


def test_post_only_is_refused_when_it_would_trade() -> None:
    venue = Venue()
    sent = _LIMIT_BUY | {"timeInForce": "GTX"}

    assert venue.refusal("POST", ORDER, **sent, price="60000") == (
        -5022,
        "Due to the order could not be executed as maker, the Post Only order will be rejected.",
    )
    assert venue.post(ORDER, **sent, price="59999.9")["status"] == "NEW"


def test_a_cancelled_order_is_gone_and_cannot_be_cancelled_again() -> None:
    venue = Venue()
    order_id = str(venue.limit_order("BUY", "0.010", "59000")["orderId"])
    venue.events.take()

    assert venue.delete(ORDER, symbol="BTCUSDT", orderId=order_id)["status"] == "CANCELED"
    assert venue.events.words() == ["ORDER CANCELED CANCELED"]
    assert venue.refusal("DELETE", ORDER, symbol="BTCUSDT", orderId=order_id) == (-2011, "Unknown order sent.")
    assert venue.refusal("GET", ORDER, symbol="BTCUSDT", orderId="1") == (-2013, "Order does not exist.")


def test_cancelling_all_leaves_conditional_orders() -> None:
    venue = Venue()
    venue.limit_order("BUY", "0.010", "59000")
    venue.stop("SELL", "58000", quantity="0.010")

    answer = venue.delete("/fapi/v1/allOpenOrders", symbol="BTCUSDT")

    assert answer == {"code": 200, "msg": "The operation of cancel all open order is done."}
    assert venue.get("/fapi/v1/openOrders") == []
    assert len(venue.get("/fapi/v1/openAlgoOrders")) == 1


def test_an_amended_order_has_new_terms_and_matches_at_them() -> None:
    venue = Venue()
    venue.limit_order("BUY", "0.010", "59000", newClientOrderId="mine")
    amend = {"symbol": "BTCUSDT", "side": "BUY", "origClientOrderId": "mine"}
    assert venue.refusal("PUT", ORDER, **amend, quantity="0.010", price="59000")[0] == -5027

    answer = venue.ask("PUT", ORDER, **amend, quantity="0.020", price="59500")
    assert (answer["origQty"], answer["price"], answer["status"]) == ("0.020", "59500.00", "NEW")
    venue.events.take()
    answer = venue.ask("PUT", ORDER, **amend, quantity="0.020", price="60000")

    assert answer["status"] == "FILLED"
    assert venue.events.words()[0] == "ORDER AMENDMENT NEW"


def test_an_amendment_bears_the_owners_name_for_it_where_there_is_one() -> None:
    # "Modify Order (TRADE)" and "Modify Multiple Orders": pair, and modifyId only if it was sent; "Order Update": M.
    venue = Venue()
    venue.limit_order("BUY", "0.010", "59000", newClientOrderId="mine")
    amend = {"symbol": "BTCUSDT", "side": "BUY", "origClientOrderId": "mine", "quantity": "0.020"}
    venue.events.take()

    named = venue.ask("PUT", ORDER, **amend, price="59100", modifyId="7")
    [event] = venue.events.take()
    unnamed = venue.ask("PUT", ORDER, **amend, price="59200")
    [plain] = venue.events.take()

    assert (named["pair"], named["modifyId"], event["o"]["M"]) == ("BTCUSDT", 7, "7")
    assert (unnamed["pair"], "modifyId" in unnamed, "M" in plain["o"]) == ("BTCUSDT", False, False)


@pytest.mark.parametrize("fraction", ["0.5", "0.55"])
def test_an_injected_partial_fill_expires_the_rest(fraction: str) -> None:
    venue = Venue()

    answer = venue.market_order("BUY", "0.010", _fault("partial_fill", fraction))

    assert (answer["status"], answer["executedQty"]) == ("EXPIRED", "0.005")


def test_an_injected_missing_fill_expires_it_all() -> None:
    venue = Venue()

    answer = venue.market_order("BUY", "0.010", _fault("unfilled"))

    assert (answer["status"], answer["executedQty"]) == ("EXPIRED", "0.000")


def test_a_countdown_cancels_unless_renewed() -> None:
    venue = Venue()
    venue.limit_order("BUY", "0.010", "59000")
    countdown = {"symbol": "BTCUSDT", "countdownTime": "120000"}
    assert venue.post("/fapi/v1/countdownCancelAll", **countdown) == countdown

    venue.clock.advance(100_000)
    venue.step()
    venue.post("/fapi/v1/countdownCancelAll", **countdown)
    venue.clock.advance(100_000)
    venue.step()
    assert len(venue.get("/fapi/v1/openOrders")) == 1
    venue.clock.advance(21_000)
    venue.step()

    assert venue.get("/fapi/v1/openOrders") == []


def test_a_good_till_date_order_expires_then() -> None:
    venue = Venue()
    good_till = str(venue.clock.now_ms() + 700_000)
    venue.limit_order("BUY", "0.010", "59000", timeInForce="GTD", goodTillDate=good_till)

    venue.clock.advance(701_000)
    venue.step()

    assert venue.get("/fapi/v1/allOrders", symbol="BTCUSDT")[0]["status"] == "EXPIRED"


def test_a_batch_answers_each_order_by_itself() -> None:
    venue = Venue()
    orders = (
        '[{"symbol":"BTCUSDT","side":"BUY","type":"LIMIT","quantity":0.01,"price":59000,"timeInForce":"GTC"},'
        '{"symbol":"BTCUSDT","side":"BUY","type":"MARKET","quantity":"0"}]'
    )

    answers = venue.post("/fapi/v1/batchOrders", batchOrders=orders)

    assert answers[0]["status"] == "NEW"
    assert answers[1] == {"code": -4003, "msg": "Quantity less than zero."}


@pytest.mark.parametrize("name", ["orderIdList", "orderidlist"])
def test_a_batch_is_cancelled_by_ids(name: str) -> None:
    venue = Venue()
    first, second = (venue.limit_order("BUY", "0.010", "59000")["orderId"] for _ in range(2))

    answers = venue.delete("/fapi/v1/batchOrders", symbol="BTCUSDT", **{name: f"[{first},{second},5]"})

    assert [answer.get("status", answer.get("code")) for answer in answers] == ["CANCELED", "CANCELED", -2011]


def test_closing_orders_beyond_the_position_are_knocked_out() -> None:
    venue = Venue(dual_side=True)
    venue.market_order("BUY", "0.010", positionSide="LONG")
    first = venue.limit_order("SELL", "0.004", "61000", positionSide="LONG")["orderId"]
    second = venue.limit_order("SELL", "0.004", "61500", positionSide="LONG")["orderId"]
    venue.stop("SELL", "59500", positionSide="LONG")

    venue.move("59400")

    statuses = {row["orderId"]: row["status"] for row in venue.get("/fapi/v1/allOrders", symbol="BTCUSDT")}
    assert statuses[first] == statuses[second] == "EXPIRED"
    assert venue.position("LONG") == 0


def test_orders_are_listed_newest_of_a_window_or_from_an_id_on() -> None:
    venue = Venue()
    ids = [venue.limit_order("BUY", "0.010", "59000")["orderId"] for _ in range(4)]

    newest = venue.get("/fapi/v1/allOrders", symbol="BTCUSDT", limit="2")
    onwards = venue.get("/fapi/v1/allOrders", symbol="BTCUSDT", orderId=str(ids[1]), limit="2")

    assert [row["orderId"] for row in newest] == ids[2:]
    assert [row["orderId"] for row in onwards] == ids[1:3]
    assert {"cumBase", "pair"} <= newest[0].keys()


def test_unfilled_cancelled_orders_are_forgotten_after_three_days() -> None:
    venue = Venue()
    cancelled = str(venue.limit_order("BUY", "0.010", "59000")["orderId"])
    venue.delete(ORDER, symbol="BTCUSDT", orderId=cancelled)
    filled = str(venue.market_order("BUY", "0.010")["orderId"])

    venue.clock.advance(3 * 24 * 3600 * 1000 + 60_000)

    assert venue.refusal("GET", ORDER, symbol="BTCUSDT", orderId=cancelled)[0] == -2013
    assert venue.get(ORDER, symbol="BTCUSDT", orderId=filled)["status"] == "FILLED"


def test_an_open_order_is_found_by_either_id_until_it_is_final() -> None:
    venue = Venue()
    placed = venue.limit_order("BUY", "0.010", "59000", newClientOrderId="mine")

    by_name = venue.get("/fapi/v1/openOrder", symbol="BTCUSDT", origClientOrderId="mine")

    assert by_name["orderId"] == placed["orderId"]
    venue.delete(ORDER, symbol="BTCUSDT", origClientOrderId="mine")
    assert venue.refusal("GET", "/fapi/v1/openOrder", symbol="BTCUSDT", origClientOrderId="mine")[0] == -2013
    assert venue.refusal("GET", ORDER, symbol="BTCUSDT")[0] == -1102


def test_a_batch_amends_each_order_by_itself() -> None:
    venue = Venue()
    venue.limit_order("BUY", "0.010", "59000", newClientOrderId="a")
    requests = [
        {"symbol": "BTCUSDT", "side": "BUY", "origClientOrderId": name, "quantity": "0.020", "price": "58000"}
        for name in ("a", "nobody")
    ]

    amended, refused = venue.ask("PUT", "/fapi/v1/batchOrders", batchOrders=json.dumps(requests))

    assert (amended["origQty"], amended["price"], amended["status"]) == ("0.020", "58000.00", "NEW")
    assert refused == {"code": -2013, "msg": "Order does not exist."}


def test_the_amendments_of_an_order_are_told_newest_first() -> None:
    venue = Venue()
    order_id = venue.limit_order("BUY", "0.010", "59000")["orderId"]
    order = {"symbol": "BTCUSDT", "orderId": str(order_id)}
    for price in ("58000", "57000"):
        venue.ask("PUT", "/fapi/v1/order", side="BUY", quantity="0.010", price=price, modifyId=price, **order)

    newest, oldest = venue.get("/fapi/v1/orderAmendment", **order)

    assert newest["amendment"] == {
        "price": {"before": "58000.00", "after": "57000.00"},
        "origQty": {"before": "0.010", "after": "0.010"},
        "count": 2,
    }
    assert oldest["amendment"]["count"] == 1
    amended = [event["o"]["M"] for event in venue.events.take() if event.get("o", {}).get("x") == "AMENDMENT"]
    assert amended == ["58000", "57000"]
