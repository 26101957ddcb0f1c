"""Events leave at their pace, only for those who want them, and say what the endpoints say."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

from tests.simulator.market.playing import NOON_MS, Room, open_room


def _heard(room: Room, stream: str) -> list[Any]:
    return [payload for name, payload in room.listener.heard if name == stream]


def test_nothing_is_pushed_to_nobody() -> None:
    room = open_room("walk")

    room.play(10_000)

    assert room.listener.heard == []


def test_mark_prices_come_every_second_or_every_three() -> None:
    room = open_room("walk", streams=("btcusdt@markPrice@1s", "btcusdt@markPrice", "!markPrice@arr@1s"))

    room.play(12_000)

    quick, slow = _heard(room, "btcusdt@markPrice@1s"), _heard(room, "btcusdt@markPrice")
    assert (len(quick), len(slow)) == (12, 4)
    assert list(quick[0]) == ["e", "E", "s", "p", "ap", "i", "P", "r", "T", "st"]
    assert quick[-1]["T"] == NOON_MS + 4 * 3_600_000
    assert Decimal(quick[-1]["p"]) == room.market.mark("BTCUSDT")
    assert len(_heard(room, "!markPrice@arr@1s")[0]) == 10


def test_a_closed_candle_is_told_before_the_next_one_opens() -> None:
    room = open_room("walk", streams=("btcusdt@kline_1m", "btcusdt_perpetual@continuousKline_1m"))

    room.play(65_000)

    candles = _heard(room, "btcusdt@kline_1m")
    (closed,) = [event["k"] for event in candles if event["k"]["x"]]
    (row,) = room.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1m", startTime=NOON_MS, limit=1)
    assert [closed[key] for key in "tohlcvTqnVQ"] == row[:11]
    assert closed["L"] - closed["f"] + 1 == closed["n"] == 60
    (continuous,) = [event for event in _heard(room, "btcusdt_perpetual@continuousKline_1m") if event["k"]["x"]]
    assert (continuous["e"], continuous["ps"], continuous["ct"]) == ("continuous_kline", "BTCUSDT", "PERPETUAL")
    assert "s" not in continuous["k"]


def test_candles_of_an_hour_are_told_as_they_grow() -> None:
    room = open_room("walk", streams=("btcusdt@kline_1h", "btcusdt@kline_5m"))
    room.play(130_000, tick_ms=250)

    for interval in ("1h", "5m"):
        newest = _heard(room, f"btcusdt@kline_{interval}")[-1]["k"]
        (row,) = room.get("/fapi/v1/klines", symbol="BTCUSDT", interval=interval, limit=1)
        assert [newest[key] for key in "tohlcvTqnVQ"] == row[:11]


def test_every_trade_is_told_once_fills_included() -> None:
    room = open_room("walk", streams=("btcusdt@aggTrade", "btcusdt@trade"))
    room.play(10_000)
    room.market.record_trade("BTCUSDT", Decimal("84000.0"), Decimal("0.2"), True, room.clock.now_ms())
    room.play(5_000)

    events = _heard(room, "btcusdt@aggTrade")

    trades = room.get("/fapi/v1/aggTrades", symbol="BTCUSDT", startTime=NOON_MS)
    assert [event["a"] for event in events] == [trade["a"] for trade in trades]
    assert [event["p"] for event in events] == [trade["p"] for trade in trades]
    assert [event["t"] for event in _heard(room, "btcusdt@trade")] == [trade["a"] for trade in trades]
    assert len(events) == 16


def test_best_prices_are_told_when_they_move() -> None:
    room = open_room("walk", streams=("btcusdt@bookTicker", "!bookTicker"))

    room.play(5_000)

    newest = _heard(room, "btcusdt@bookTicker")[-1]
    best = room.get("/fapi/v1/ticker/bookTicker", symbol="BTCUSDT")
    assert (newest["b"], newest["B"], newest["a"], newest["A"]) == tuple(
        best[key] for key in ("bidPrice", "bidQty", "askPrice", "askQty")
    )
    assert len(_heard(room, "btcusdt@bookTicker")) == 5
    assert len(_heard(room, "!bookTicker")) == 50


def test_depth_differences_rebuild_the_book() -> None:
    room = open_room("walk", streams=("btcusdt@depth", "btcusdt@depth5@100ms"))
    room.play(20_000)
    sides: dict[str, dict[str, str]] = {"b": {}, "a": {}}

    events = _heard(room, "btcusdt@depth")
    for event in events:
        for side, levels in sides.items():
            levels.update(event[side])

    book = room.get("/fapi/v1/depth", symbol="BTCUSDT")
    for side, name in (("b", "bids"), ("a", "asks")):
        assert {p: q for p, q in sides[side].items() if q != "0"} == dict(book[name])
    assert all(after["pu"] == before["u"] for before, after in pairwise(events))
    assert len(_heard(room, "btcusdt@depth5@100ms")[-1]["b"]) == 5


def test_day_tickers_say_what_the_endpoint_says() -> None:
    room = open_room("walk", streams=("btcusdt@ticker", "btcusdt@miniTicker", "!ticker@arr", "!miniTicker@arr"))
    room.play(4_000)

    ticker = _heard(room, "btcusdt@ticker")[-1]

    row = room.get("/fapi/v1/ticker/24hr", symbol="BTCUSDT")
    assert (ticker["c"], ticker["v"], ticker["n"]) == (row["lastPrice"], row["volume"], row["count"])
    assert _heard(room, "btcusdt@miniTicker")[-1]["c"] == row["lastPrice"]
    assert len(_heard(room, "!ticker@arr")[-1]) == len(_heard(room, "!miniTicker@arr")[-1]) == 10


def test_second_candles_exist_for_the_continuous_contract() -> None:
    room = open_room("walk", streams=("btcusdt_perpetual@continuousKline_1s",))

    room.play(3_000)

    assert [event["k"]["i"] for event in _heard(room, "btcusdt_perpetual@continuousKline_1s")] == ["1s"] * 3
