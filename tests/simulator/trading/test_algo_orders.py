import pytest

from simulator.endpoints import EngineFault
from simulator.interfaces import Book
from simulator.switches import Switches
from tests.simulator.trading.venue import D, Venue

ALGO = "/fapi/v1/algoOrder"


def _long(**options: object) -> Venue:
    """Return a venue in hedge mode holding a LONG of 0.010 BTC bought at 60000."""
    venue = Venue(dual_side=True, **options)  # type: ignore[arg-type]
    venue.market_order("BUY", "0.010", positionSide="LONG")
    venue.events.take()
    return venue


def test_placing_answers_in_the_documented_shape() -> None:
    venue = _long()

    answer = venue.stop("SELL", "59000", positionSide="LONG", quantity="0.010", clientAlgoId="sl-1")

    assert answer == {
        "algoId": 4_100_000_000_000_001,
        "clientAlgoId": "sl-1",
        "algoType": "CONDITIONAL",
        "orderType": "STOP_MARKET",
        "symbol": "BTCUSDT",
        "side": "SELL",
        "positionSide": "LONG",
        "timeInForce": "GTC",
        "quantity": "0.010",
        "algoStatus": "NEW",
        "triggerPrice": "59000.00",
        "price": "0.00",
        "icebergQuantity": None,
        "selfTradePreventionMode": "EXPIRE_MAKER",
        "workingType": "MARK_PRICE",
        "priceMatch": "NONE",
        "closePosition": False,
        "priceProtect": False,
        "reduceOnly": False,
        "activatePrice": "",
        "callbackRate": "",
        "createTime": answer["createTime"],
        "updateTime": answer["createTime"],
        "triggerTime": 0,
        "goodTillDate": 0,
    }


def test_a_triggered_stop_tells_its_story_in_order() -> None:
    venue = _long()
    venue.stop("SELL", "59000", positionSide="LONG")
    venue.stop("SELL", "61000", positionSide="LONG", type="TAKE_PROFIT_MARKET")
    assert venue.events.words() == ["ALGO NEW", "ALGO NEW"]

    venue.move("59000")

    assert venue.events.words() == [
        "ALGO TRIGGERING",
        "ORDER NEW NEW",
        "ALGO TRIGGERED",
        "TRADE_LITE",
        "ACCOUNT ORDER",
        "ORDER TRADE FILLED",
        "ALGO FINISHED",
        "ALGO EXPIRED",  # the take profit lost its position
    ]


def test_the_child_carries_the_conditional_orders_own_id() -> None:
    venue = _long()
    algo_id = str(venue.stop("SELL", "59000", positionSide="LONG", clientAlgoId="sl-1")["algoId"])

    venue.move("58990")

    algo = venue.get(ALGO, algoId=algo_id)
    child = venue.get("/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="sl-1")
    assert algo["algoStatus"] == "FINISHED"
    assert algo["actualOrderId"] == str(child["orderId"])
    assert (algo["actualPrice"], algo["actualQty"], algo["actualType"]) == ("58989.90000", "0.010", "MARKET")
    assert (child["status"], child["origQty"], child["type"]) == ("FILLED", "0.010", "MARKET")


def test_the_finished_event_names_price_and_quantity() -> None:
    venue = _long()
    venue.stop("SELL", "59000", positionSide="LONG")
    venue.move("58990")

    finished = venue.events.take()[-1]["o"]

    assert (finished["X"], finished["ap"], finished["aq"], finished["act"]) == (
        "FINISHED",
        "58989.90000",
        "0.010",
        "MARKET",
    )
    assert isinstance(finished["ai"], str)


def test_an_untriggered_order_shows_in_no_ordinary_list() -> None:
    venue = _long()

    venue.stop("SELL", "59000", positionSide="LONG", clientAlgoId="sl-1")

    assert venue.get("/fapi/v1/openOrders") == []
    assert venue.refusal("GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="sl-1")[0] == -2013
    row = venue.get("/fapi/v1/openAlgoOrders")[0]
    assert (row["actualOrderId"], row["actualPrice"], row["timeInForce"]) == ("", "0.00000", "GTE_GTC")


@pytest.mark.parametrize(
    ("side", "kind", "trigger", "before", "at"),
    [
        ("SELL", "STOP_MARKET", "59000", "59000.1", "59000"),
        ("SELL", "TAKE_PROFIT_MARKET", "61000", "60999.9", "61000"),
        ("BUY", "STOP_MARKET", "61000", "60999.9", "61000"),
        ("BUY", "TAKE_PROFIT_MARKET", "59000", "59000.1", "59000"),
    ],
)
def test_each_type_fires_on_its_own_side(side: str, kind: str, trigger: str, before: str, at: str) -> None:
    venue = Venue(dual_side=True)
    place = "LONG" if side == "BUY" else "SHORT"  # opening orders: they need no position
    venue.stop(side, trigger, type=kind, quantity="0.010", positionSide=place)

    venue.move(before)
    assert venue.position(place) == 0
    venue.move(at)

    assert abs(venue.position(place)) == D("0.010")


def test_mark_and_last_trigger_their_own_orders() -> None:
    venue = _long()
    by_mark = venue.stop("SELL", "59000", positionSide="LONG", quantity="0.004")["algoId"]
    by_last = venue.stop("SELL", "59000", positionSide="LONG", quantity="0.004", workingType="CONTRACT_PRICE")["algoId"]

    venue.move("58900", mark="59500")

    assert venue.get(ALGO, algoId=str(by_mark))["algoStatus"] == "NEW"
    assert venue.get(ALGO, algoId=str(by_last))["algoStatus"] == "FINISHED"


def test_price_protection_waits_while_mark_and_last_are_apart() -> None:
    venue = _long()
    algo_id = str(venue.stop("SELL", "59000", positionSide="LONG", priceProtect="true")["algoId"])

    venue.move("62000", mark="58900")  # 5.3 % apart, protection ends at 5 %
    assert venue.get(ALGO, algoId=algo_id)["algoStatus"] == "NEW"
    venue.move("58900")

    assert venue.get(ALGO, algoId=algo_id)["algoStatus"] == "FINISHED"


def test_a_condition_that_holds_already_is_refused() -> None:
    venue = _long()
    stop = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "positionSide": "LONG"}
    stop |= {"type": "STOP_MARKET", "triggerPrice": "60000", "closePosition": "true"}

    assert venue.refusal("POST", ALGO, **stop) == (-2021, "Order would immediately trigger.")


def test_a_closer_needs_a_position() -> None:
    venue = Venue(dual_side=True)
    stop = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "positionSide": "LONG"}
    stop |= {"type": "STOP_MARKET", "triggerPrice": "59000", "closePosition": "true"}

    assert venue.refusal("POST", ALGO, **stop) == (
        -4509,
        "Time in Force (TIF) GTE can only be used with open positions. Please ensure that positions are available.",
    )


def _second_stop(venue: Venue, kind: str = "STOP_MARKET", trigger: str = "58000") -> tuple[int, str]:
    sent = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "positionSide": "LONG", "type": kind}
    return venue.refusal("POST", ALGO, **sent, triggerPrice=trigger, closePosition="true")


def test_one_closer_of_each_family_rests_on_a_side() -> None:
    venue = _long()
    venue.stop("SELL", "59000", positionSide="LONG")
    venue.stop("SELL", "61000", positionSide="LONG", type="TAKE_PROFIT_MARKET")

    text = "An open stop or take profit order with GTE and closePosition in the direction is existing."
    assert _second_stop(venue) == (-4130, text)
    assert _second_stop(venue, "TAKE_PROFIT_MARKET", "62000") == (-4130, text)
    assert venue.stop("SELL", "58500", positionSide="LONG", quantity="0.010")["algoStatus"] == "NEW"


def test_closers_of_both_families_can_be_made_to_exclude_each_other() -> None:
    venue = _long(switches=Switches(close_position_key_includes_family=False))
    venue.stop("SELL", "59000", positionSide="LONG")

    assert _second_stop(venue, "TAKE_PROFIT_MARKET", "62000")[0] == -4130


def test_a_client_id_is_taken_while_it_waits() -> None:
    venue = _long()
    venue.stop("SELL", "59000", positionSide="LONG", quantity="0.010", clientAlgoId="sl-1")
    again = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "positionSide": "LONG"}
    again |= {"type": "STOP_MARKET", "triggerPrice": "58000", "quantity": "0.010", "clientAlgoId": "sl-1"}

    assert venue.refusal("POST", ALGO, **again) == (-4116, "ClientOrderId is duplicated.")
    venue.delete(ALGO, clientAlgoId="sl-1")

    assert venue.post(ALGO, **again)["algoStatus"] == "NEW"


def test_the_account_holds_two_hundred_conditional_orders() -> None:
    venue = _long()
    for _ in range(200):
        venue.stop("SELL", "59000", positionSide="LONG", quantity="0.010")

    assert _second_stop(venue) == (-4045, "Reach max stop order limit.")


def test_cancelling_answers_with_a_text_code_once() -> None:
    venue = _long()
    algo_id = venue.stop("SELL", "59000", positionSide="LONG", clientAlgoId="sl-1")["algoId"]
    venue.events.take()

    answer = venue.delete(ALGO, clientAlgoId="sl-1")

    assert answer == {"algoId": algo_id, "clientAlgoId": "sl-1", "code": "200", "msg": "success"}
    assert venue.events.words() == ["ALGO CANCELED"]
    assert venue.refusal("DELETE", ALGO, clientAlgoId="sl-1") == (-2011, "Unknown order sent.")
    assert venue.refusal("GET", ALGO, clientAlgoId="other") == (-2013, "Order does not exist.")
    assert venue.refusal("GET", ALGO)[0] == -1102


def test_cancelling_all_of_a_symbol_answers_with_a_number() -> None:
    venue = _long()
    venue.stop("SELL", "59000", positionSide="LONG")

    answer = venue.delete("/fapi/v1/algoOpenOrders", symbol="BTCUSDT")

    assert answer == {"code": 200, "msg": "The operation of cancel all open order is done."}
    assert venue.get("/fapi/v1/openAlgoOrders") == []


def test_closers_expire_when_the_position_is_closed_by_other_means() -> None:
    venue = _long()
    closer = str(venue.stop("SELL", "59000", positionSide="LONG")["algoId"])
    sized = str(venue.stop("SELL", "58000", positionSide="LONG", quantity="0.010")["algoId"])

    venue.market_order("SELL", "0.010", positionSide="LONG")

    assert venue.get(ALGO, algoId=closer)["algoStatus"] == "EXPIRED"
    assert venue.get(ALGO, algoId=sized)["algoStatus"] == "NEW"


def test_a_closer_survives_a_reduction_and_closes_what_is_left() -> None:
    venue = _long()
    venue.stop("SELL", "59000", positionSide="LONG", clientAlgoId="sl-1")
    venue.market_order("SELL", "0.004", positionSide="LONG")

    venue.move("58990")

    assert venue.get("/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="sl-1")["origQty"] == "0.006"
    assert venue.position("LONG") == 0


def test_a_sized_stop_without_its_position_is_rejected_at_the_trigger() -> None:
    venue = Venue(dual_side=True)
    algo_id = str(venue.stop("SELL", "59000", positionSide="LONG", quantity="0.010")["algoId"])
    venue.events.take()

    venue.move("58990")

    assert venue.get(ALGO, algoId=algo_id)["algoStatus"] == "REJECTED"
    events = venue.events.take()
    assert [event["o"]["X"] for event in events] == ["TRIGGERING", "REJECTED"]
    assert events[-1]["o"]["rm"] == "ReduceOnly Order is rejected."


def test_margin_is_looked_at_only_at_the_trigger() -> None:
    venue = Venue(dual_side=True, balance=D(100))
    algo_id = str(venue.stop("BUY", "61000", positionSide="LONG", quantity="1")["algoId"])
    venue.events.take()

    venue.move("61000")

    assert venue.get(ALGO, algoId=algo_id)["algoStatus"] == "REJECTED"
    assert venue.events.take()[-1]["o"]["rm"] == "Margin is insufficient."


def test_a_limit_child_rests_and_finishes_when_it_is_final() -> None:
    venue = _long()
    sent = {"type": "STOP", "price": "59500", "positionSide": "LONG", "quantity": "0.010", "clientAlgoId": "sl-1"}
    venue.stop("SELL", "59000", **sent)

    venue.move("58990")
    assert venue.get(ALGO, clientAlgoId="sl-1")["algoStatus"] == "TRIGGERED"
    assert venue.refusal("DELETE", ALGO, clientAlgoId="sl-1")[0] == -2011
    venue.delete("/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="sl-1")

    algo = venue.get(ALGO, clientAlgoId="sl-1")
    assert (algo["algoStatus"], algo["actualType"]) == ("FINISHED", "LIMIT")


def test_a_trailing_stop_follows_the_best_price() -> None:
    venue = _long()
    sent = {"type": "TRAILING_STOP_MARKET", "callbackRate": "1", "quantity": "0.010", "clientAlgoId": "t"}
    trailing = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "SELL", "positionSide": "LONG"}
    venue.post(ALGO, **trailing, **sent, activatePrice="61000")
    venue.events.take()

    venue.move("60000.1")
    venue.move("59000")  # 1.7 % down, but not activated
    assert venue.events.take() == []
    venue.move("61000")
    activated = venue.events.take()
    venue.move("62000")
    venue.move("61380.1")
    assert venue.get(ALGO, clientAlgoId="t")["algoStatus"] == "NEW"
    venue.move("61380")  # 62000 less 1 %

    assert [(event["o"]["X"], event["o"]["ia"], event["o"]["cr"]) for event in activated] == [("NEW", True, "1")]
    assert venue.get(ALGO, clientAlgoId="t")["algoStatus"] == "FINISHED"


def test_a_trailing_stop_without_activation_price_is_active_at_once() -> None:
    venue = Venue(dual_side=True)
    trailing = {"algoType": "CONDITIONAL", "symbol": "BTCUSDT", "side": "BUY", "positionSide": "LONG"}
    trailing |= {"type": "TRAILING_STOP_MARKET", "callbackRate": "1", "quantity": "0.010"}
    venue.post(ALGO, **trailing)

    assert [event["o"]["ia"] for event in venue.events.take()] == [False, True]
    venue.move("59000")
    venue.move("59590")  # 59000 plus 1 %

    assert venue.position("LONG") == D("0.010")


def test_a_child_may_be_refused_by_fault() -> None:
    venue = _long()
    algo_id = str(
        venue.stop("SELL", "59000", EngineFault("reject_at_trigger", 0, "0.5"), positionSide="LONG")["algoId"]
    )

    venue.move("58990")

    assert venue.get(ALGO, algoId=algo_id)["algoStatus"] == "REJECTED"
    assert venue.events.take()[-1]["o"]["rm"]
    assert venue.position("LONG") == D("0.010")


def test_a_child_may_fill_in_part_by_fault() -> None:
    venue = _long()
    fault = EngineFault("partial_fill", 0, "0.3")
    algo_id = str(venue.stop("SELL", "59000", fault, positionSide="LONG")["algoId"])

    venue.move("58990")

    algo = venue.get(ALGO, algoId=algo_id)
    assert (algo["algoStatus"], algo["actualQty"]) == ("FINISHED", "0.003")
    assert venue.position("LONG") == D("0.007")


def test_a_child_the_book_cannot_fill_leaves_the_rest_open() -> None:
    venue = _long()
    venue.stop("SELL", "59000", positionSide="LONG")
    venue.market.books["BTCUSDT"] = Book(((D("58990.0"), D("0.004")),), ())

    venue.move("58990")

    assert venue.position("LONG") == D("0.006")


def test_lists_show_what_they_are_asked_for() -> None:
    venue = _long()
    ids = [venue.stop("SELL", "59000", positionSide="LONG", quantity="0.001")["algoId"] for _ in range(3)]
    venue.delete(ALGO, algoId=str(ids[0]))

    assert [row["algoId"] for row in venue.get("/fapi/v1/openAlgoOrders", symbol="BTCUSDT")] == ids[1:]
    assert venue.get("/fapi/v1/openAlgoOrders", symbol="SOLUSDT") == []
    assert [row["algoId"] for row in venue.get("/fapi/v1/openAlgoOrders", algoId=str(ids[2]))] == [ids[2]]
    assert [row["algoId"] for row in venue.get("/fapi/v1/allAlgoOrders", symbol="BTCUSDT", limit="2")] == ids[1:]
    onwards = venue.get("/fapi/v1/allAlgoOrders", symbol="BTCUSDT", algoId=str(ids[0]), limit="2")
    assert [row["algoId"] for row in onwards] == ids[:2]


def test_one_way_closers_follow_the_sign_of_the_position() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.010")
    algo_id = str(venue.stop("SELL", "59000")["algoId"])

    venue.market_order("SELL", "0.020")

    assert venue.get(ALGO, algoId=algo_id)["algoStatus"] == "EXPIRED"
    assert venue.stop("BUY", "61000")["algoStatus"] == "NEW"
