"""What documented examples of market data show, value by value.

The pages are those of Binance's USDⓈ-M Futures documentation, sections "Market Data" and "WebSocket Market Streams".
"""

from typing import Any

import pytest

from simulator.errors import ApiError
from simulator.market.intervals import MINUTE_MS
from tests.simulator.market.playing import open_room


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
