from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from binance_client import BinanceTestnetClient
from exchange.errors import ListenKeyGone, Rejected, UnexpectedAnswer
from tests.exchange.scripted_server import Answer, Asked, ScriptedServer, json_answer
from tests.exchange.wire_examples import ACCOUNT_CONFIG, BALANCE, FUNDING, POSITION, SYMBOL_CONFIG, TRADE

D = Decimal

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
START = 1795340000000


def at(milliseconds: int) -> datetime:
    return EPOCH + timedelta(milliseconds=milliseconds)


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.account_calls.ROWS_PER_PAGE", 3)


def trades_like_the_exchange(trades: list[dict[str, Any]]) -> Any:
    """The oldest rows of a window, or those from an id on."""

    def answer(asked: Asked) -> Answer:
        wanted = asked.parameters
        if "fromId" in wanted:
            assert "startTime" not in wanted
            assert "endTime" not in wanted
            found = [row for row in trades if row["id"] >= int(wanted["fromId"])]
        else:
            assert int(wanted["endTime"]) - int(wanted["startTime"]) <= 7 * 86400 * 1000
            found = [row for row in trades if int(wanted["startTime"]) <= row["time"] <= int(wanted["endTime"])]
            if "orderId" in wanted:
                found = [row for row in found if row["orderId"] == int(wanted["orderId"])]
        return json_answer(found[: int(wanted["limit"])])

    return answer


def income_like_the_exchange(income: list[dict[str, Any]]) -> Any:
    def answer(asked: Asked) -> Answer:
        wanted = asked.parameters
        found = [row for row in income if int(wanted["startTime"]) <= row["time"] <= int(wanted["endTime"])]
        assert "page" not in wanted
        return json_answer(found[: int(wanted["limit"])])

    return answer


def test_positions_and_balance_are_fetched(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("GET /fapi/v3/positionRisk", json_answer([POSITION]))
    server.script("GET /fapi/v3/balance", json_answer([BALANCE]))

    assert client.fetch_positions("BTCUSDT")[0].quantity == D("0.010")
    assert client.fetch_balance().account_alias == "SgsR"
    assert server.asked[0].parameters["symbol"] == "BTCUSDT"


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 6, 7])
def test_every_trade_comes_once_however_many_pages(
    client: BinanceTestnetClient, server: ScriptedServer, count: int
) -> None:
    trades = [{**TRADE, "id": 100 + number, "time": START + number // 4} for number in range(count)]
    later = {**TRADE, "id": 900, "time": START + 10_000}
    server.compute("GET /fapi/v1/userTrades", trades_like_the_exchange([*trades, later]))

    fills = client.fetch_trades("BTCUSDT", since=at(START), until=at(START + 5000))

    assert [fill.trade_id for fill in fills] == [100 + number for number in range(count)]


@pytest.mark.usefixtures("small_pages")
def test_trades_of_an_order_leave_out_the_others(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    trades = [{**TRADE, "id": 100 + number, "orderId": 1 + number % 2, "time": START} for number in range(10)]
    server.compute("GET /fapi/v1/userTrades", trades_like_the_exchange(trades))

    fills = client.fetch_trades("BTCUSDT", exchange_order_id=2, since=at(START - 1), until=at(START + 1))

    assert [fill.trade_id for fill in fills] == [101, 103, 105, 107, 109]


def test_trades_of_weeks_are_fetched_in_windows(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    day = 86400 * 1000
    trades = [{**TRADE, "id": 100 + number, "time": START + number * 3 * day} for number in range(7)]
    server.compute("GET /fapi/v1/userTrades", trades_like_the_exchange(trades))

    fills = client.fetch_trades("BTCUSDT", since=at(START), until=at(START + 20 * day))

    assert len(fills) == 7
    assert len(server.asked) == 3


def test_trades_without_a_beginning_are_those_of_seven_days(
    client: BinanceTestnetClient, server: ScriptedServer
) -> None:
    server.script("GET /fapi/v1/userTrades", json_answer([TRADE]))

    assert len(client.fetch_trades("BTCUSDT", exchange_order_id=883412345678)) == 1
    assert len(server.asked) == 1


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("count", [0, 2, 3, 6, 7])
def test_every_income_row_comes_once_even_where_two_share_a_time(
    client: BinanceTestnetClient, server: ScriptedServer, count: int
) -> None:
    income = [{**FUNDING, "tranId": number, "time": START + number // 2} for number in range(count)]
    server.compute("GET /fapi/v1/income", income_like_the_exchange(income))

    entries = client.fetch_income(at(START), at(START + 1000))

    assert [entry.tran_id for entry in entries] == list(range(count))


@pytest.mark.usefixtures("small_pages")
def test_more_income_at_one_moment_than_a_page_holds_is_not_passed_over(
    client: BinanceTestnetClient, server: ScriptedServer
) -> None:
    server.script("GET /fapi/v1/income", json_answer([{**FUNDING, "tranId": number} for number in range(3)]))

    with pytest.raises(UnexpectedAnswer):
        client.fetch_income(at(START), at(START + 1000))


def test_income_of_one_symbol_over_weeks(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.compute("GET /fapi/v1/income", income_like_the_exchange([{**FUNDING, "time": START + 8 * 86400 * 1000}]))

    entries = client.fetch_income(at(START), at(START + 10 * 86400 * 1000), "BTCUSDT")

    assert len(entries) == 1
    assert [asked.parameters["symbol"] for asked in server.asked] == ["BTCUSDT", "BTCUSDT"]


@pytest.mark.parametrize(
    ("path", "already", "switch", "sent"),
    [
        ("positionSide/dual", -4059, lambda client: client.set_hedge_mode(), {"dualSidePosition": "true"}),
        ("multiAssetsMargin", -4171, lambda client: client.set_single_asset_mode(), {"multiAssetsMargin": "false"}),
        (
            "marginType",
            -4046,
            lambda client: client.set_cross_margin("BTCUSDT"),
            {"symbol": "BTCUSDT", "marginType": "CROSSED"},
        ),
    ],
)
def test_a_setting_that_holds_already_is_success_and_another_refusal_is_told(
    client: BinanceTestnetClient, server: ScriptedServer, path: str, already: int, switch: Any, sent: dict[str, str]
) -> None:
    server.script(
        f"POST /fapi/v1/{path}",
        json_answer({"code": 200, "msg": "success"}),
        json_answer({"code": already, "msg": "No need to change."}, 400),
        json_answer({"code": -4067, "msg": "Position side cannot be changed if there exists open orders."}, 400),
    )

    switch(client)
    switch(client)
    with pytest.raises(Rejected) as refused:
        switch(client)

    assert refused.value.code == -4067
    assert sent.items() <= server.asked[0].parameters.items()


def test_leverage_is_what_the_exchange_says(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script(
        "POST /fapi/v1/leverage", json_answer({"leverage": 10, "maxNotionalValue": "230000000", "symbol": "BTCUSDT"})
    )

    assert client.set_leverage("BTCUSDT", 10) == 10
    assert server.asked[0].parameters["leverage"] == "10"


def test_modes_settings_and_fees_are_fetched(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    fees = {"symbol": "BTCUSDT", "makerCommissionRate": "0.000200", "takerCommissionRate": "0.000500"}
    server.script("GET /fapi/v1/accountConfig", json_answer(ACCOUNT_CONFIG))
    server.script("GET /fapi/v1/symbolConfig", json_answer([SYMBOL_CONFIG]))
    server.script("GET /fapi/v1/commissionRate", json_answer(fees))

    assert client.fetch_account_modes().hedge
    assert client.fetch_symbol_settings("BTCUSDT").leverage == 10
    assert client.fetch_commission_rates("BTCUSDT").taker == D("0.0005")


def test_the_listen_key_is_opened_and_kept(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("POST /fapi/v1/listenKey", json_answer({"listenKey": "abc"}), json_answer({}))
    gone = {"code": -1125, "msg": "This listenKey does not exist."}
    server.script("PUT /fapi/v1/listenKey", json_answer({"listenKey": "abc"}), json_answer({}), json_answer(gone, 400))

    assert client.open_listen_key() == "abc"
    client.keep_listen_key("abc")
    client.keep_listen_key("abc")
    with pytest.raises(ListenKeyGone):
        client.keep_listen_key("abc")
    with pytest.raises(UnexpectedAnswer):
        client.open_listen_key()

    assert server.requests_to("PUT /fapi/v1/listenKey")[0].parameters == {"listenKey": "abc"}
