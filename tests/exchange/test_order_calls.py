from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from binance_client import BinanceTestnetClient
from domain.exchange import ConditionalStatus, ExchangeStatus
from domain.terms import OrderIntent, Purpose, Side
from exchange.errors import (
    ExchangeUnreachable,
    KeysRejected,
    NotExecuted,
    OrderNotFound,
    OutcomeUnknown,
    Rejected,
    StopTriggering,
    UnexpectedAnswer,
)
from exchange.order_calls import plain
from tests.exchange.scripted_server import Answer, ScriptedServer, json_answer
from tests.exchange.wire_examples import PLACED_MARKET, PLACED_STOP

D = Decimal

STAMP = datetime(2026, 11, 23, 10, 0, 0, 123999, tzinfo=UTC)
STAMP_MILLISECONDS = "1795428000123"

ENTRY = OrderIntent("t1-abc123-7-e-1", Purpose.ENTRY, "BTCUSDT", Side.LONG, D("0.010"), None, close_position=False)
CLOSE = OrderIntent("t1-abc123-7-c-1", Purpose.CLOSE, "BTCUSDT", Side.LONG, D("0.010"), None, close_position=False)
STOP = OrderIntent("t1-abc123-7-s-1", Purpose.STOP, "BTCUSDT", Side.LONG, None, D("80000.1"), close_position=True)
TARGET = OrderIntent("t1-abc123-7-t-1", Purpose.TARGET, "BTCUSDT", Side.SHORT, None, D("70000"), close_position=True)
INTERIM = OrderIntent(
    "t1-abc123-7-b-1", Purpose.INTERIM, "BTCUSDT", Side.LONG, D("0.010"), D("80000.1"), close_position=False
)


@pytest.mark.parametrize(("number", "written"), [("0.00001", "0.00001"), ("1E-7", "0.0000001"), ("1E+3", "1000")])
def test_numbers_are_written_without_exponent(number: str, written: str) -> None:
    assert plain(D(number)) == written


def test_an_entry_is_sent_with_its_stamp_its_id_and_its_side(
    client: BinanceTestnetClient, server: ScriptedServer
) -> None:
    server.script("POST /fapi/v1/order", json_answer(PLACED_MARKET))

    order = client.place_market_order(ENTRY, STAMP)

    sent = server.asked[0].parameters
    del sent["signature"]
    assert sent == {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "positionSide": "LONG",
        "type": "MARKET",
        "quantity": "0.010",
        "newClientOrderId": "t1-abc123-7-e-1",
        "newOrderRespType": "RESULT",
        "recvWindow": "5000",
        "timestamp": STAMP_MILLISECONDS,
    }
    assert order.status is ExchangeStatus.FILLED
    assert order.executed_quantity == D("0.010")


def test_a_close_sells_the_long(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("POST /fapi/v1/order", json_answer({**PLACED_MARKET, "clientOrderId": CLOSE.client_order_id}))

    client.place_market_order(CLOSE, STAMP)

    assert (server.asked[0].parameters["side"], server.asked[0].parameters["positionSide"]) == ("SELL", "LONG")
    assert "reduceOnly" not in server.asked[0].parameters


@pytest.mark.parametrize(
    ("intent", "kind", "side", "size"),
    [
        (STOP, "STOP_MARKET", "SELL", {"closePosition": "true"}),
        (TARGET, "TAKE_PROFIT_MARKET", "BUY", {"closePosition": "true"}),
        (INTERIM, "STOP_MARKET", "SELL", {"quantity": "0.010"}),
    ],
)
def test_conditional_orders_trigger_by_mark_price(
    client: BinanceTestnetClient, server: ScriptedServer, intent: OrderIntent, kind: str, side: str, size: Any
) -> None:
    server.script("POST /fapi/v1/algoOrder", json_answer({**PLACED_STOP, "clientAlgoId": intent.client_order_id}))

    order = client.place_conditional_order(intent, STAMP)

    sent = server.asked[0].parameters
    del sent["signature"]
    assert sent == {
        "algoType": "CONDITIONAL",
        "symbol": "BTCUSDT",
        "side": side,
        "positionSide": intent.side.value,
        "type": kind,
        "triggerPrice": plain(intent.trigger_price or D(0)),
        "workingType": "MARK_PRICE",
        "clientAlgoId": intent.client_order_id,
        "recvWindow": "5000",
        "timestamp": STAMP_MILLISECONDS,
        **size,
    }
    assert order.status is ConditionalStatus.NEW


def test_an_intent_that_contradicts_itself_is_not_sent(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    both = OrderIntent("id", Purpose.STOP, "BTCUSDT", Side.LONG, D("1"), D("80000"), close_position=True)

    for place, intent in (
        (client.place_market_order, STOP),
        (client.place_conditional_order, ENTRY),
        (client.place_conditional_order, both),
    ):
        with pytest.raises(ValueError, match="needs a"):
            place(intent, STAMP)

    assert server.asked == []


@pytest.mark.parametrize(
    "answer",
    [
        Answer(drop=True),
        Answer(b"<html>Bad Gateway</html>", 502),
        Answer(b"", 200),
        Answer(b"", 302, {"Location": "https://fapi.binance.com/"}),
        json_answer(["an array"], 503),
        json_answer(["an array"], 200),
        json_answer({}, 200),
        json_answer({**PLACED_MARKET, "status": "HALF"}),
        json_answer({**PLACED_MARKET, "clientOrderId": "t1-abc123-8-e-1"}),
        json_answer({**PLACED_MARKET, "symbol": "ETHUSDT"}),
        json_answer({"code": -1000, "msg": "An unknown error occured while processing the request."}, 200),
        json_answer({"code": -1007, "msg": "Timeout waiting for response from backend server."}, 408),
        json_answer({"code": -1000, "msg": "Unknown error, please check your request or try again later."}, 503),
        json_answer({"code": -4116, "msg": "ClientOrderId is duplicated."}, 400),
    ],
)
def test_a_market_order_without_a_clear_answer_is_unknown_and_sent_once(
    client: BinanceTestnetClient, server: ScriptedServer, answer: Answer
) -> None:
    server.script("POST /fapi/v1/order", answer)

    with pytest.raises(OutcomeUnknown) as unknown:
        client.place_market_order(ENTRY, STAMP)

    assert unknown.value.client_order_id == "t1-abc123-7-e-1"
    assert unknown.value.__cause__ is None
    assert unknown.value.__context__ is None
    assert len(server.asked) == 1


def test_a_duplicate_stop_is_a_refusal_with_its_code(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("POST /fapi/v1/algoOrder", json_answer({"code": -4116, "msg": "ClientOrderId is duplicated."}, 400))

    with pytest.raises(Rejected) as refused:
        client.place_conditional_order(STOP, STAMP)

    assert refused.value.code == -4116


def test_a_late_order_is_not_executed_and_the_clock_is_measured_for_the_next(
    client: BinanceTestnetClient, server: ScriptedServer
) -> None:
    server.script("GET /fapi/v1/time", json_answer({"serverTime": 1795428000000}))
    server.script("POST /fapi/v1/order", json_answer({"code": -1021, "msg": "Timestamp for this request is ..."}, 400))

    with pytest.raises(NotExecuted) as not_executed:
        client.place_market_order(ENTRY, STAMP)

    assert not_executed.value.code == -1021
    assert client.exchange_now().date() == STAMP.date()
    assert len(server.requests_to("POST /fapi/v1/order")) == 1


def test_a_late_order_stays_not_executed_when_the_clock_cannot_be_measured(
    client: BinanceTestnetClient, server: ScriptedServer
) -> None:
    server.script("GET /fapi/v1/time", Answer(b"", 502))
    server.script("POST /fapi/v1/order", json_answer({"code": -1021, "msg": "Timestamp for this request is ..."}, 400))

    with pytest.raises(NotExecuted):
        client.place_market_order(ENTRY, STAMP)


def test_refused_keys_are_told_apart(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("POST /fapi/v1/order", json_answer({"code": -2015, "msg": "Invalid API-key"}, 401))

    with pytest.raises(KeysRejected):
        client.place_market_order(ENTRY, STAMP)


def test_a_stop_is_cancelled_by_its_own_id(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script(
        "DELETE /fapi/v1/algoOrder",
        json_answer({"algoId": 1, "clientAlgoId": "t1-abc123-7-s-1", "code": "200", "msg": "success"}),
    )

    client.cancel_conditional_order("t1-abc123-7-s-1")

    assert server.asked[0].parameters["clientAlgoId"] == "t1-abc123-7-s-1"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (json_answer({"code": -2011, "msg": "Unknown order sent."}, 400), OrderNotFound),
        (json_answer({"code": -4117, "msg": "stop order is triggering"}, 400), StopTriggering),
        (Answer(drop=True), OutcomeUnknown),
        (json_answer({}, 200), OutcomeUnknown),
    ],
)
def test_a_cancel_that_did_not_succeed_says_why(
    client: BinanceTestnetClient, server: ScriptedServer, answer: Answer, error: type[Exception]
) -> None:
    server.script("DELETE /fapi/v1/algoOrder", answer)

    with pytest.raises(error):
        client.cancel_conditional_order("t1-abc123-7-s-1")


def test_an_order_is_fetched_by_either_id(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("GET /fapi/v1/order", json_answer(PLACED_MARKET))
    server.script("GET /fapi/v1/algoOrder", json_answer(PLACED_STOP))

    client.fetch_order("BTCUSDT", client_order_id="t1-abc123-7-e-1")
    client.fetch_order("BTCUSDT", exchange_order_id=883412345678)
    client.fetch_conditional_order("t1-abc123-7-s-1")

    own, theirs, stop = (asked.parameters for asked in server.asked)
    assert (own["origClientOrderId"], "orderId" in own) == ("t1-abc123-7-e-1", False)
    assert (theirs["orderId"], "origClientOrderId" in theirs) == ("883412345678", False)
    assert stop["clientAlgoId"] == "t1-abc123-7-s-1"
    with pytest.raises(ValueError, match="one id"):
        client.fetch_order("BTCUSDT")


def test_an_answer_about_another_order_says_nothing_of_the_one_asked_about(
    client: BinanceTestnetClient, server: ScriptedServer
) -> None:
    server.script("GET /fapi/v1/order", json_answer(PLACED_MARKET))
    server.script("GET /fapi/v1/algoOrder", json_answer(PLACED_STOP))

    with pytest.raises(UnexpectedAnswer):
        client.fetch_order("BTCUSDT", client_order_id="t1-abc123-8-e-1")
    with pytest.raises(UnexpectedAnswer):
        client.fetch_order("BTCUSDT", exchange_order_id=883412345679)
    with pytest.raises(UnexpectedAnswer):
        client.fetch_order("ETHUSDT", exchange_order_id=883412345678)
    with pytest.raises(UnexpectedAnswer):
        client.fetch_conditional_order("t1-abc123-8-s-1")


def test_a_cancel_answered_about_another_order_is_unknown(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script(
        "DELETE /fapi/v1/algoOrder",
        json_answer({"algoId": 1, "clientAlgoId": "t1-abc123-8-s-1", "code": "200", "msg": "success"}),
    )

    with pytest.raises(OutcomeUnknown):
        client.cancel_conditional_order("t1-abc123-7-s-1")


def test_a_list_of_another_symbol_is_no_answer(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("GET /fapi/v1/openAlgoOrders", json_answer([PLACED_STOP]))

    with pytest.raises(UnexpectedAnswer):
        client.fetch_open_conditional_orders("ETHUSDT")


def test_an_order_not_found_differs_from_no_answer(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script(
        "GET /fapi/v1/order", json_answer({"code": -2013, "msg": "Order does not exist."}, 400), Answer(b"<html>", 403)
    )

    with pytest.raises(OrderNotFound):
        client.fetch_order("BTCUSDT", client_order_id="a")
    with pytest.raises(ExchangeUnreachable):
        client.fetch_order("BTCUSDT", client_order_id="a")


def test_resting_stops_are_fetched_for_one_symbol_or_all(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("GET /fapi/v1/openAlgoOrders", json_answer([PLACED_STOP]))

    assert [order.algo_id for order in client.fetch_open_conditional_orders()] == [2148719]
    assert [order.algo_id for order in client.fetch_open_conditional_orders("BTCUSDT")] == [2148719]

    assert "symbol" not in server.asked[0].parameters
    assert server.asked[1].parameters["symbol"] == "BTCUSDT"
