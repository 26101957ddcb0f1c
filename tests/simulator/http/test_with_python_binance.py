"""The whole practice exchange with python-binance as its client: sync, async, and its threaded sockets."""

import asyncio
import queue
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from binance import AsyncClient, BinanceSocketManager, Client, ThreadedWebsocketManager
from binance.exceptions import BinanceAPIException

from tests.simulator.conftest import running
from tests.simulator.http.client import BareClient
from tests.support.waiting import eventually

pytestmark = pytest.mark.slow

SYMBOL = "BTCUSDT"


@pytest.fixture(scope="module")
def control() -> Iterator[BareClient]:
    with running("simulator", "--port", "0", "--prices", "hold") as (url, _):
        yield BareClient(url)


@pytest.fixture
def client(control: BareClient) -> Client:
    control.control("POST", "/reset")
    control.control("POST", "/price", symbol=SYMBOL, price="60000.0")
    client = Client("practice", "practice", testnet=True, ping=False)
    client.FUTURES_TESTNET_URL = f"{control.url}/fapi"
    client.timestamp_offset = client.futures_time()["serverTime"] - int(time.time() * 1000)
    return client


@pytest.fixture
def hedged(client: Client) -> Client:
    client.futures_change_position_mode(dualSidePosition="true")
    client.futures_change_leverage(symbol=SYMBOL, leverage=10)
    return client


@pytest.fixture
def addresses(control: BareClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send the clients that python-binance builds by itself to the practice exchange."""
    monkeypatch.setattr(AsyncClient, "FUTURES_TESTNET_URL", f"{control.url}/fapi")
    monkeypatch.setattr(AsyncClient, "API_TESTNET_URL", f"{control.url}/api")
    monkeypatch.setattr(BinanceSocketManager, "FSTREAM_TESTNET_URL", control.url.replace("http", "ws") + "/")


def market(client: Client, side: str, position_side: str, quantity: str = "0.010") -> dict[str, Any]:
    answer: dict[str, Any] = client.futures_create_order(
        symbol=SYMBOL,
        side=side,
        positionSide=position_side,
        type="MARKET",
        quantity=quantity,
        newOrderRespType="RESULT",
    )
    return answer


def protect(client: Client, kind: str, trigger_price: str, client_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = client.futures_create_algo_order(
        symbol=SYMBOL,
        side="SELL",
        positionSide="LONG",
        type=kind,
        triggerPrice=trigger_price,
        workingType="MARK_PRICE",
        closePosition="true",
        clientAlgoId=client_id,
    )
    return answer


def positions(client: Client) -> dict[str, Decimal]:
    rows = client.futures_position_information(symbol=SYMBOL)
    return {row["positionSide"]: Decimal(row["positionAmt"]) for row in rows}


def test_constructor_with_its_ping_of_the_spot_exchange(control: BareClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Client, "API_TESTNET_URL", f"{control.url}/api")

    Client("practice", "practice", testnet=True)

    paths = [request["path"] for request in control.control("GET", "/ledger")["requests"]]
    assert paths == ["/api/v3/ping"]


def test_public_reads_of_a_bot(client: Client) -> None:
    info = client.futures_exchange_info()

    assert SYMBOL in {row["symbol"] for row in info["symbols"]}
    assert Decimal(client.futures_mark_price(symbol=SYMBOL)["markPrice"]) == 60000
    assert len(client.futures_klines(symbol=SYMBOL, interval="1m", limit=5)) == 5
    assert Decimal(client.futures_symbol_ticker(symbol=SYMBOL)["price"]) > 0
    ticker = client.futures_orderbook_ticker(symbol=SYMBOL)
    assert Decimal(ticker["bidPrice"]) < Decimal(ticker["askPrice"])


def test_account_reads_of_a_bot(hedged: Client) -> None:
    assert hedged.futures_get_position_mode() == {"dualSidePosition": True}
    assert hedged.futures_get_multi_assets_mode() == {"multiAssetsMargin": False}
    balance = next(row for row in hedged.futures_account_balance() if row["asset"] == "USDT")
    assert Decimal(balance["balance"]) == 10000
    assert Decimal(hedged.futures_account()["totalWalletBalance"]) == 10000
    assert Decimal(hedged.futures_account(version=3)["availableBalance"]) == 10000
    assert hedged.futures_symbol_config(symbol=SYMBOL)[0]["leverage"] == 10
    assert hedged.futures_account_config()["dualSidePosition"] is True
    assert hedged.futures_commission_rate(symbol=SYMBOL)["symbol"] == SYMBOL
    assert hedged.futures_leverage_bracket(symbol=SYMBOL)


def test_long_and_short_of_one_symbol_live_side_by_side(hedged: Client) -> None:
    bought = market(hedged, "BUY", "LONG")
    market(hedged, "SELL", "SHORT", "0.020")

    assert (bought["status"], bought["executedQty"]) == ("FILLED", "0.010")
    assert "avgPrice" not in bought
    assert positions(hedged) == {"LONG": Decimal("0.010"), "SHORT": Decimal("-0.020")}

    market(hedged, "SELL", "LONG")
    market(hedged, "BUY", "SHORT", "0.020")

    assert all(amount == 0 for amount in positions(hedged).values())


def test_money_of_a_round_trip_adds_up(hedged: Client) -> None:
    opened = market(hedged, "BUY", "LONG")
    closed = market(hedged, "SELL", "LONG")

    trades = hedged.futures_account_trades(symbol=SYMBOL)
    income = hedged.futures_income_history(limit=100)
    balance = next(row for row in hedged.futures_account_balance() if row["asset"] == "USDT")

    assert {trade["orderId"] for trade in trades} == {opened["orderId"], closed["orderId"]}
    paid = sum(Decimal(row["income"]) for row in income if row["incomeType"] != "TRANSFER")
    assert Decimal(balance["balance"]) == 10000 + paid
    by_trades = sum(Decimal(trade["realizedPnl"]) - Decimal(trade["commission"]) for trade in trades)
    assert paid == by_trades


def test_limit_order_rests_is_found_by_its_id_and_cancelled(hedged: Client) -> None:
    hedged.futures_create_order(
        symbol=SYMBOL,
        side="BUY",
        positionSide="LONG",
        type="LIMIT",
        timeInForce="GTC",
        quantity="0.010",
        price="58000.0",
        newClientOrderId="t1-far-1",
    )

    resting = hedged.futures_get_open_orders(symbol=SYMBOL)
    found = hedged.futures_get_order(symbol=SYMBOL, origClientOrderId="t1-far-1")
    cancelled = hedged.futures_cancel_order(symbol=SYMBOL, origClientOrderId="t1-far-1")

    assert [row["clientOrderId"] for row in resting] == ["t1-far-1"]
    assert (found["status"], cancelled["status"]) == ("NEW", "CANCELED")
    assert hedged.futures_get_open_orders() == []


def test_stop_closes_the_position_when_the_mark_crosses_it(hedged: Client, control: BareClient) -> None:
    market(hedged, "BUY", "LONG")
    stop = protect(hedged, "STOP_MARKET", "59000.0", "t1-stop")
    target = protect(hedged, "TAKE_PROFIT_MARKET", "61000.0", "t1-target")
    resting = {row["clientAlgoId"] for row in hedged.futures_get_open_algo_orders(symbol=SYMBOL)}

    control.control("POST", "/price", symbol=SYMBOL, price="58990.0")

    assert (stop["algoStatus"], target["algoStatus"]) == ("NEW", "NEW")
    assert resting == {"t1-stop", "t1-target"}
    eventually(lambda: all(amount == 0 for amount in positions(hedged).values()))
    stopped = hedged.futures_get_algo_order(clientAlgoId="t1-stop")
    assert stopped["algoStatus"] == "FINISHED"
    child = hedged.futures_get_order(symbol=SYMBOL, orderId=stopped["actualOrderId"])
    assert (child["clientOrderId"], child["status"]) == ("t1-stop", "FILLED")
    eventually(lambda: hedged.futures_get_algo_order(clientAlgoId="t1-target")["algoStatus"] == "EXPIRED")


def test_create_order_routes_conditional_types_to_the_algo_service(hedged: Client) -> None:
    market(hedged, "BUY", "LONG")

    placed = hedged.futures_create_order(
        symbol=SYMBOL, side="SELL", positionSide="LONG", type="STOP_MARKET", stopPrice="59000.0", quantity="0.010"
    )
    cancelled = hedged.futures_cancel_algo_order(algoId=placed["algoId"])

    assert placed["orderType"] == "STOP_MARKET"
    assert (cancelled["code"], cancelled["algoId"]) == ("200", placed["algoId"])


def test_conditional_type_on_the_order_endpoint_is_4120(hedged: Client) -> None:
    with pytest.raises(BinanceAPIException) as refusal:
        hedged.futures_create_test_order(
            symbol=SYMBOL, side="SELL", positionSide="LONG", type="STOP_MARKET", stopPrice="59000.0", quantity="0.010"
        )

    assert refusal.value.code == -4120


def test_second_stop_on_the_same_side_is_4130(hedged: Client) -> None:
    market(hedged, "BUY", "LONG")
    protect(hedged, "STOP_MARKET", "59000.0", "one")

    with pytest.raises(BinanceAPIException) as refusal:
        protect(hedged, "STOP_MARKET", "58500.0", "two")

    assert (refusal.value.status_code, refusal.value.code) == (400, -4130)


def test_order_whose_answer_was_lost_is_found_by_its_id(hedged: Client, control: BareClient) -> None:
    control.fault("POST /fapi/v1/order", "unknown_executed")

    with pytest.raises(BinanceAPIException) as unknown:
        hedged.futures_create_order(
            symbol=SYMBOL, side="BUY", positionSide="LONG", type="MARKET", quantity="0.010", newClientOrderId="t1-lost"
        )

    assert unknown.value.status_code == 503
    assert hedged.futures_get_order(symbol=SYMBOL, origClientOrderId="t1-lost")["status"] == "FILLED"


@pytest.mark.parametrize(("kind", "executed"), [("partial_fill", "0.005"), ("unfilled", "0.000")])
def test_engine_faults_show_in_the_executed_quantity(
    hedged: Client, control: BareClient, kind: str, executed: str
) -> None:
    control.fault("POST /fapi/v1/order", kind, fraction="0.5")

    order = market(hedged, "BUY", "LONG")

    assert (order["status"], Decimal(order["executedQty"])) == ("EXPIRED", Decimal(executed))


def test_stop_can_be_rejected_at_its_trigger(hedged: Client, control: BareClient) -> None:
    market(hedged, "BUY", "LONG")
    control.fault("POST /fapi/v1/algoOrder", "reject_at_trigger")
    protect(hedged, "STOP_MARKET", "59000.0", "t1-stop")

    control.control("POST", "/price", symbol=SYMBOL, price="58990.0")

    assert hedged.futures_get_algo_order(clientAlgoId="t1-stop")["algoStatus"] == "REJECTED"
    assert positions(hedged)["LONG"] == Decimal("0.010")


def test_lagging_read_shows_the_account_as_it_was(hedged: Client, control: BareClient) -> None:
    time.sleep(0.1)
    market(hedged, "BUY", "LONG")
    control.fault("GET /fapi/v3/positionRisk", "read_lag", seconds=2)

    lagging, current = positions(hedged), positions(hedged)

    assert lagging.get("LONG", Decimal(0)) == 0
    assert current["LONG"] == Decimal("0.010")


def test_an_external_order_closes_the_position(hedged: Client, control: BareClient) -> None:
    market(hedged, "BUY", "LONG")
    protect(hedged, "STOP_MARKET", "59000.0", "t1-stop")

    control.control(
        "POST", "/position", account="practice", symbol=SYMBOL, side="SELL", positionSide="LONG", quantity="0.010"
    )

    assert all(amount == 0 for amount in positions(hedged).values())
    assert hedged.futures_get_open_algo_orders(symbol=SYMBOL) == []


def test_funding_is_paid_when_the_clock_passes_its_hour(hedged: Client, control: BareClient) -> None:
    market(hedged, "BUY", "LONG", "0.100")

    control.control("POST", "/clock", advance_seconds=28_800)
    hedged.timestamp_offset += 28_800_000

    funding = hedged.futures_income_history(incomeType="FUNDING_FEE")
    assert len(funding) == 1
    assert funding[0]["symbol"] == SYMBOL


def test_wiped_account_knows_nothing_and_ids_go_on(hedged: Client, control: BareClient) -> None:
    before = market(hedged, "BUY", "LONG")

    control.control("POST", "/wipe", account="practice")

    assert positions(hedged).get("LONG", Decimal(0)) == 0
    assert hedged.futures_account_trades(symbol=SYMBOL) == []
    with pytest.raises(BinanceAPIException) as refusal:
        hedged.futures_get_order(symbol=SYMBOL, orderId=before["orderId"])
    assert refusal.value.code == -2013
    assert market(hedged, "BUY", "LONG")["orderId"] > before["orderId"]


@pytest.mark.usefixtures("addresses")
def test_async_client_trades_and_hears_of_it(hedged: Client) -> None:
    async def scenario() -> list[str]:
        client = await AsyncClient.create("practice", "practice", testnet=True)
        try:
            client.timestamp_offset = hedged.timestamp_offset
            async with BinanceSocketManager(client).futures_user_socket() as socket:
                await client.futures_create_order(
                    symbol=SYMBOL, side="BUY", positionSide="LONG", type="MARKET", quantity="0.010"
                )
                kinds: list[str] = []
                while "ACCOUNT_UPDATE" not in kinds or kinds.count("ORDER_TRADE_UPDATE") < 2:
                    event = await asyncio.wait_for(socket.recv(), 5)
                    kinds.append(event["e"])
                return kinds
        finally:
            await client.close_connection()

    kinds = asyncio.run(scenario())

    assert kinds[0] == "ORDER_TRADE_UPDATE"
    assert kinds[-1] == "ORDER_TRADE_UPDATE"


@pytest.mark.usefixtures("addresses")
def test_threaded_sockets_bring_user_events_and_mark_prices(hedged: Client, control: BareClient) -> None:
    user_events: queue.Queue[dict[str, Any]] = queue.Queue()
    mark_prices: queue.Queue[dict[str, Any]] = queue.Queue()
    sockets = ThreadedWebsocketManager("practice", "practice", testnet=True)
    sockets.daemon = True  # its thread may go on for ever after a failure and would hold up the end of the run
    sockets.start()
    try:
        sockets.start_futures_user_socket(callback=user_events.put)
        sockets.start_symbol_mark_price_socket(callback=mark_prices.put, symbol=SYMBOL, fast=True)
        mark = mark_prices.get(timeout=10)
        eventually(lambda: _listens(control))

        market(hedged, "BUY", "LONG")
        protect(hedged, "STOP_MARKET", "59000.0", "t1-stop")
        heard = [user_events.get(timeout=5) for _ in range(5)]
    finally:
        sockets.stop()

    assert mark["stream"] == "btcusdt@markPrice@1s"
    assert mark["data"]["e"] == "markPriceUpdate"
    kinds = [event["e"] for event in heard]
    assert {"ORDER_TRADE_UPDATE", "ACCOUNT_UPDATE", "ALGO_UPDATE"} <= set(kinds)


def _listens(control: BareClient) -> bool:
    """Return whether a private socket is open by now."""
    return bool(control.control("GET", "/state")["sockets"]["private"])
