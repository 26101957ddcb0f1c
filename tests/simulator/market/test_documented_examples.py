"""What documented examples of market data show, value by value.

The pages are those of Binance's USDⓈ-M Futures documentation, sections "Market Data" and "WebSocket Market Streams".
"""

from decimal import Decimal
from typing import Any

import pytest

from simulator.errors import ApiError
from simulator.market.intervals import MINUTE_MS
from tests.simulator.market.playing import open_room

D = Decimal


@pytest.mark.parametrize("stream", ["btcusdt@depth@0ms", "btcusdt@rpiDepth", "btcusdt@rpiDepth@500ms"])
def test_every_documented_depth_stream_speaks(stream: str) -> None:
    room = open_room("walk", streams=(stream,))

    room.play(3000, tick_ms=50)

    events = [event for name, event in room.listener.heard if name == stream]
    assert len(events) >= 2
    assert (events[0]["e"], events[0]["ps"], events[0]["st"]) == ("depthUpdate", "BTCUSDT", 1)


def test_tickers_say_which_product_they_belong_to() -> None:
    room = open_room("walk", streams=("btcusdt@ticker",))

    room.play(3000, tick_ms=500)

    ((_, event), *_) = room.listener.heard
    assert (event["e"], event["st"]) == ("24hrTicker", 1)


def test_a_minute_without_trades_has_no_candle() -> None:
    # "Kline/Candlestick Data": the latest two minutes at the very beginning of one of them.
    room = open_room("hold")
    room.play(MINUTE_MS - room.clock.now_ms() % MINUTE_MS, tick_ms=1000)
    begun = room.clock.now_ms()

    rows: list[list[Any]] = room.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1m", limit=2)

    assert [row[0] for row in rows] == [begun - 2 * MINUTE_MS, begun - MINUTE_MS]
    assert all(row[8] > 0 for row in rows)


def test_an_unknown_contract_type_has_a_code_of_its_own() -> None:
    with pytest.raises(ApiError) as refusal:
        open_room().get("/fapi/v1/continuousKlines", pair="BTCUSDT", interval="1m", contractType="WEEKLY")

    assert (refusal.value.code, refusal.value.message) == (-4104, "Invalid contract type")


def test_statistics_agree_with_candles_and_open_interest() -> None:
    # "Taker Buy/Sell Volume", "Basis", "Open Interest Statistics": the newest complete periods, oldest first.
    room = open_room("walk")
    room.play(10 * MINUTE_MS, tick_ms=10_000)
    asked = {"symbol": "BTCUSDT", "period": "5m", "limit": 2}

    candles = room.get("/fapi/v1/klines", symbol="BTCUSDT", interval="5m", limit=2)
    taker = room.get("/futures/data/takerlongshortRatio", **asked)
    basis = room.get("/futures/data/basis", pair="BTCUSDT", contractType="PERPETUAL", period="5m", limit=2)
    interest = room.get("/futures/data/openInterestHist", **asked)

    assert [row["timestamp"] for row in taker] == [row[0] for row in candles]
    assert [row["buyVol"] for row in taker] == [row[9] for row in candles]
    assert [D(row["buyVol"]) + D(row["sellVol"]) for row in taker] == [D(row[5]) for row in candles]
    assert [row["futuresPrice"] for row in basis] == [row[4] for row in candles]
    assert all(D(row["futuresPrice"]) - D(row["indexPrice"]) == D(row["basis"]) for row in basis)
    assert all(
        D(row["sumOpenInterestValue"]) == D(row["sumOpenInterest"]) * D(candle[4])
        for row, candle in zip(interest, candles, strict=True)
    )


@pytest.mark.parametrize(
    "name", ["topLongShortAccountRatio", "topLongShortPositionRatio", "globalLongShortAccountRatio"]
)
def test_ratios_of_longs_to_shorts_add_up(name: str) -> None:
    rows = open_room().get(f"/futures/data/{name}", symbol="BTCUSDT", period="1h", limit=30)

    assert len(rows) == 30
    assert all(D(row["longAccount"]) + D(row["shortAccount"]) == 1 for row in rows)
    assert all(
        abs(D(row["longShortRatio"]) * D(row["shortAccount"]) - D(row["longAccount"])) < D("0.001") for row in rows
    )


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("takerlongshortRatio", {"symbol": "BTCUSDT", "period": "1m"}, -1130),
        ("takerlongshortRatio", {"symbol": "BTCUSDT", "period": "5m", "startTime": 1}, -1130),
        ("basis", {"pair": "BTCUSDT", "period": "5m", "contractType": "WEEKLY"}, -4104),
        ("openInterestHist", {"period": "5m"}, -1102),
    ],
)
def test_statistics_are_refused_in_the_exchange_s_words(path: str, params: dict[str, object], code: int) -> None:
    with pytest.raises(ApiError) as refusal:
        open_room().get(f"/futures/data/{path}", **params)

    assert refusal.value.code == code


def test_reference_data_has_the_documented_names() -> None:
    room = open_room("hold")
    index = room.get("/fapi/v1/premiumIndex", symbol="BTCUSDT")["indexPrice"]

    asset = room.get("/fapi/v1/assetIndex", symbol="BTCUSD")
    parts = room.get("/fapi/v1/constituents", symbol="BTCUSDT")
    fund = room.get("/fapi/v1/insuranceBalance", symbol="BTCUSDT")
    risk = room.get("/fapi/v1/symbolAdlRisk", symbol="BTCUSDT")
    schedule = room.get("/fapi/v1/tradingSchedule")

    assert (asset["index"], asset["bidBuffer"], asset["autoExchangeAskBuffer"]) == (index, "0.05000000", "0.02500000")
    assert parts["constituents"][0] | {"price": index} == parts["constituents"][0]
    assert sum(D(part["weight"]) for part in parts["constituents"]) == 1
    assert ("BTCUSDT" in fund["symbols"], fund["assets"][0]["asset"]) == (True, "USDT")
    assert (risk["symbol"], risk["adlRisk"] in {"low", "medium", "high"}) == ("BTCUSDT", True)
    assert schedule["marketSchedules"].keys() == {"EQUITY", "COMMODITY", "KR_EQUITY"}
    assert room.get("/fapi/v1/indexInfo") == []
    assert room.get("/fapi/v1/rpiDepth", symbol="BTCUSDT", limit=5) == room.get(
        "/fapi/v1/depth", symbol="BTCUSDT", limit=5
    )
    assert len(room.get("/fapi/v1/symbolAdlRisk")) == 10
    assert len(room.get("/fapi/v1/insuranceBalance")) == 2
