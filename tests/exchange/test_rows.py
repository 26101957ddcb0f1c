"""One odd row of a list hides none of the others, whatever list it is in."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from binance_client import BinanceTestnetClient
from exchange.errors import UnexpectedAnswer
from exchange.rows import Rows
from tests.exchange.scripted_server import ScriptedServer, json_answer
from tests.exchange.wire_examples import BALANCE, FUNDING, PLACED_MARKET, PLACED_STOP, POSITION, SYMBOL_CONFIG, TRADE

START = datetime(2026, 11, 22, tzinfo=UTC)
END = datetime(2026, 11, 23, tzinfo=UTC)
ODD: list[Any] = [None, [], 7, "text", {}, {"symbol": 5, "time": "late"}]
CANDLE = [1795340000000, "1", "2", "0.5", "1.5", "10"]

LISTS: dict[str, tuple[dict[str, Any] | list[Any], Callable[[BinanceTestnetClient], Rows[Any]]]] = {
    "/fapi/v3/positionRisk": (POSITION, lambda client: client.fetch_positions()),
    "/fapi/v1/openAlgoOrders": (PLACED_STOP, lambda client: client.fetch_open_conditional_orders()),
    "/fapi/v1/allOrders": (PLACED_MARKET, lambda client: client.fetch_orders_since("BTCUSDT", START)),
    "/fapi/v1/allAlgoOrders": (PLACED_STOP, lambda client: client.fetch_conditional_orders_since("BTCUSDT", START)),
    "/fapi/v1/userTrades": (TRADE, lambda client: client.fetch_trades("BTCUSDT", since=START, until=END)),
    "/fapi/v1/income": (FUNDING, lambda client: client.fetch_income(START, END)),
    "/fapi/v1/klines": (CANDLE, lambda client: client.fetch_candles("BTCUSDT", "1m", 5)),
}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_odd_row_is_set_aside_and_named(
    client: BinanceTestnetClient, server: ScriptedServer, path: str, odd: Any
) -> None:
    row, fetch = LISTS[path]
    server.script("GET /fapi/v1/time", json_answer({"serverTime": 1795400000000}))
    client.measure_clock()
    server.script(f"GET {path}", json_answer([odd, row]))

    found = fetch(client)

    assert len(found) == 1
    assert found.unread
    assert client.unread_rows()[0].number == 1
    server.script(f"GET {path}", json_answer([row]))
    assert not fetch(client).unread
    assert client.unread_rows() == ()


def test_what_can_be_read_of_an_odd_row_tells_whom_it_touches(
    client: BinanceTestnetClient, server: ScriptedServer
) -> None:
    server.script("GET /fapi/v1/openAlgoOrders", json_answer([PLACED_STOP, {**PLACED_STOP, "side": "HOLD"}]))

    [row] = client.fetch_open_conditional_orders().unread

    assert (row.of, row.number, row.symbol, row.client_order_id) == (
        "open stops and targets",
        2,
        "BTCUSDT",
        "t1-abc123-7-s-1",
    )
    assert row.reason == "unknown side: 'HOLD'"
    assert row.touches("BTCUSDT")
    assert not row.touches("ETHUSDT")


def test_the_positions_of_one_pair_are_read_wholly_or_not(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("GET /fapi/v3/positionRisk", json_answer([POSITION, {**POSITION, "positionSide": "UP"}]))

    with pytest.raises(UnexpectedAnswer):
        client.fetch_positions("BTCUSDT")


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_balance_and_settings_are_found_beside_odd_rows(
    client: BinanceTestnetClient, server: ScriptedServer, odd: Any
) -> None:
    server.script("GET /fapi/v3/balance", json_answer([odd, BALANCE]))
    server.script("GET /fapi/v1/symbolConfig", json_answer([odd, SYMBOL_CONFIG]))

    assert client.fetch_balance().account_alias == "SgsR"
    assert client.fetch_symbol_settings("BTCUSDT").leverage == 10
