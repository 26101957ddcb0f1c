from datetime import UTC, datetime
from decimal import Decimal

import pytest

from binance_client import BinanceTestnetClient
from domain.exchange import BookTicker
from exchange.errors import UnexpectedAnswer
from tests.exchange.scripted_server import ScriptedServer, json_answer
from tests.exchange.wire_examples import EXCHANGE_INFO

D = Decimal


def test_rules_are_kept_until_refreshed_and_bring_the_venues_limits(
    client: BinanceTestnetClient, server: ScriptedServer
) -> None:
    server.script("GET /fapi/v1/exchangeInfo", json_answer(EXCHANGE_INFO))

    rules = client.fetch_symbol_rules()

    assert rules["BTCUSDT"].tick_size == D("0.1")
    assert client.fetch_symbol_rules() is rules
    assert len(server.asked) == 1
    assert client.fetch_symbol_rules(refresh=True) == rules
    assert len(server.asked) == 2
    usage = client.usage()
    assert (usage.weight_limit_1m, usage.orders_limit_10s, usage.orders_limit_1m) == (6000, 300, 1200)


def test_prices_are_fetched_exactly(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    book = {"symbol": "BTCUSDT", "bidPrice": "1.1", "bidQty": "1", "askPrice": "1.2", "askQty": "1"}
    server.script("GET /fapi/v1/ticker/bookTicker", json_answer(book))

    assert client.fetch_book_ticker("BTCUSDT") == BookTicker("BTCUSDT", D("1.1"), D("1.2"))


def test_a_mark_price_is_fetched_exactly(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    bitcoin = {"symbol": "BTCUSDT", "markPrice": "61000.10000000", "time": 1}
    server.script("GET /fapi/v1/premiumIndex", json_answer(bitcoin))

    assert client.fetch_mark_price("BTCUSDT") == D("61000.1")


def test_a_mark_price_of_zero_is_no_price(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    server.script("GET /fapi/v1/premiumIndex", json_answer({"symbol": "BTCUSDT", "markPrice": "0.00000000"}))

    with pytest.raises(UnexpectedAnswer, match="cannot read"):
        client.fetch_mark_price("BTCUSDT")


def test_candles_are_fetched_up_to_a_moment(client: BinanceTestnetClient, server: ScriptedServer) -> None:
    kline = [1795340040000, "1.0", "2.0", "0.5", "1.5", "10", 1795340099999, "15", 3, "4", "6", "0"]
    server.script("GET /fapi/v1/klines", json_answer([kline]))

    [candle] = client.fetch_candles("BTCUSDT", "1m", 1, datetime.fromtimestamp(1795340100, UTC))
    client.fetch_candles("BTCUSDT", "1m", 1)

    assert candle.close == D("1.5")
    assert server.asked[0].parameters["endTime"] == "1795340100000"
    assert "endTime" not in server.asked[1].parameters
