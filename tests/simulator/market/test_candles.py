"""Candles agree across intervals, with the tape, and with the live price."""

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.market.intervals import INTERVALS
from tests.simulator.market.playing import HOUR_MS, MINUTE_MS, NOON_MS, Room, open_room

DAY_MS = 24 * HOUR_MS


def _union(rows: list[list[Any]]) -> list[Any]:
    """Return what one candle over these rows must say, from open to taker quote volume."""
    sums = [sum(Decimal(row[column]) for row in rows) for column in (5, 7, 8, 9, 10)]
    highs, lows = max(Decimal(row[2]) for row in rows), min(Decimal(row[3]) for row in rows)
    return [rows[0][0], Decimal(rows[0][1]), highs, lows, Decimal(rows[-1][4]), *sums]


def _said(row: list[Any]) -> list[Any]:
    return [row[0], *(Decimal(value) for value in row[1:5]), *(Decimal(row[column]) for column in (5, 7, 8, 9, 10))]


def _busy_room() -> Room:
    """A market that has walked, been set, held, traded on, jumped and walked again."""
    room = open_room("walk")
    room.play(95_000, tick_ms=500)
    room.market.set_price("BTCUSDT", price=Decimal("90000.0"))
    room.play(61_000, tick_ms=500)
    room.market.record_trade("BTCUSDT", Decimal("90010.0"), Decimal("1.5"), False, room.clock.now_ms())
    room.market.set_mode("hold")
    room.play(120_000, tick_ms=1000)
    room.market.set_mode("walk")
    list(room.jump(3 * HOUR_MS + 1234))
    room.market.record_trade("BTCUSDT", Decimal("70000.0"), Decimal("0.2"), True, room.clock.now_ms())
    room.play(75_000, tick_ms=500)
    return room


BUSY = _busy_room()


@pytest.mark.parametrize("path", ["klines", "markPriceKlines", "premiumIndexKlines"])
@pytest.mark.parametrize(
    ("large", "small", "parts"),
    [("5m", "1m", 5), ("1h", "15m", 4), ("1h", "1m", 60), ("1d", "1h", 24), ("3d", "1d", 3)],
)
@given(days_ago=st.integers(0, 40))
@settings(max_examples=8, deadline=None)
def test_a_candle_is_the_union_of_its_parts(path: str, large: str, small: str, parts: int, days_ago: int) -> None:
    end = BUSY.clock.now_ms() - days_ago * DAY_MS
    whole = BUSY.get(f"/fapi/v1/{path}", symbol="BTCUSDT", interval=large, endTime=end, limit=2)

    for row in whole:
        pieces = BUSY.get(
            f"/fapi/v1/{path}", symbol="BTCUSDT", interval=small, startTime=row[0], endTime=row[6], limit=parts
        )

        assert _said(row) == _union(pieces)


def test_candles_of_years_agree_too() -> None:
    months = BUSY.get("/fapi/v1/klines", symbol="ETHUSDT", interval="1M", limit=40)

    for month in months:
        days = BUSY.get("/fapi/v1/klines", symbol="ETHUSDT", interval="1d", startTime=month[0], endTime=month[6])
        assert _said(month) == _union(days)


@given(minutes_ago=st.integers(0, 3 * 24 * 60))
@settings(max_examples=40, deadline=None)
def test_a_minute_is_the_sum_of_its_trades(minutes_ago: int) -> None:
    moment = BUSY.clock.now_ms() - minutes_ago * MINUTE_MS
    (row,) = BUSY.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1m", endTime=moment, limit=1)

    trades = BUSY.get("/fapi/v1/aggTrades", symbol="BTCUSDT", startTime=row[0], endTime=row[6], limit=1000)

    prices = [Decimal(trade["p"]) for trade in trades]
    assert [Decimal(value) for value in row[1:5]] == [prices[0], max(prices), min(prices), prices[-1]]
    assert Decimal(row[5]) == sum(Decimal(trade["q"]) for trade in trades)
    assert Decimal(row[7]) == sum(Decimal(trade["q"]) * Decimal(trade["p"]) for trade in trades)
    assert row[8] == len(trades)
    assert Decimal(row[9]) == sum(Decimal(trade["q"]) for trade in trades if not trade["m"])


def test_the_newest_candle_closes_at_the_last_price_whatever_the_interval() -> None:
    last = Decimal(BUSY.get("/fapi/v1/ticker/price", symbol="BTCUSDT")["price"])

    closes = {
        Decimal(BUSY.get("/fapi/v1/klines", symbol="BTCUSDT", interval=each, limit=1)[-1][4]) for each in INTERVALS
    }

    assert closes == {last}
    assert Decimal(BUSY.get("/fapi/v1/aggTrades", symbol="BTCUSDT", limit=1)[0]["p"]) == last


def test_history_joins_the_live_price_without_a_jump() -> None:
    room = open_room("walk")
    room.play(5 * MINUTE_MS, tick_ms=500)

    rows = room.get("/fapi/v1/klines", symbol="ETHUSDT", interval="1m", limit=60)

    assert all(abs(Decimal(after[1]) / Decimal(before[4]) - 1) < Decimal("0.001") for before, after in pairwise(rows))


@pytest.mark.parametrize("seed", [1, 7])
@pytest.mark.parametrize("symbol", ["BTCUSDT", "ETHUSDT", "DOGEUSDT"])
@pytest.mark.parametrize("interval", ["15m", "30m"])
def test_candles_do_not_stand_side_by_side_on_one_floor(seed: int, symbol: str, interval: str) -> None:
    room = open_room("walk", seed=seed)
    room.play(30 * MINUTE_MS, tick_ms=60_000)

    rows = room.get("/fapi/v1/klines", symbol=symbol, interval=interval, limit=1440)

    for extremes, outermost in (([Decimal(row[2]) for row in rows], max), ([Decimal(row[3]) for row in rows], min)):
        same = [place for place in range(1, len(rows)) if extremes[place] == extremes[place - 1]]
        floors = [place for place in same if extremes[place] == outermost(extremes[max(0, place - 10) : place + 11])]
        assert len(same) <= 0.02 * 1440
        assert len(floors) < 0.005 * 1440


def test_prices_set_by_hand_are_inside_their_candle() -> None:
    room = open_room("hold")
    room.play(1000)
    room.market.set_price("BTCUSDT", price=Decimal("99000.0"))
    room.play(1000)
    room.market.set_price("BTCUSDT", price=Decimal("84000.0"))
    room.play(1000)

    (last,) = room.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1m", limit=1)
    (mark,) = room.get("/fapi/v1/markPriceKlines", symbol="BTCUSDT", interval="1m", limit=1)

    assert (last[2], last[4]) == ("99000.00", "84000.00")
    assert (mark[2], mark[4]) == ("99000.00000000", "84000.00000000")


def test_a_closed_candle_never_changes() -> None:
    room = open_room("walk")
    room.play(70_000, tick_ms=500)
    asked = {"symbol": "BTCUSDT", "interval": "1m", "endTime": NOON_MS + MINUTE_MS - 1, "limit": 100}
    before = room.get("/fapi/v1/klines", **asked)

    room.market.set_price("BTCUSDT", price=Decimal("50000"))
    room.play(70_000, tick_ms=500)

    assert room.get("/fapi/v1/klines", **asked) == before


def test_asking_while_a_bar_grows_gives_what_asking_later_gives() -> None:
    asked = open_room("walk")
    for _ in range(13):
        asked.play(30_000, tick_ms=1000)
        asked.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1h", limit=3)
        asked.market.quotes["BTCUSDT"].candles.open_bar("last", "5m")  # type: ignore[arg-type]
        asked.get("/fapi/v1/ticker/24hr", symbol="BTCUSDT")
    fresh = open_room("walk")

    list(fresh.jump(390_000))

    for path, params in (
        ("/fapi/v1/klines", {"interval": "1h", "limit": 3}),
        ("/fapi/v1/klines", {"interval": "5m", "limit": 5}),
        ("/fapi/v1/ticker/24hr", {}),
    ):
        assert asked.get(path, symbol="BTCUSDT", **params) == fresh.get(path, symbol="BTCUSDT", **params)


def test_the_day_ticker_agrees_with_the_minutes_of_the_day() -> None:
    ticker = BUSY.get("/fapi/v1/ticker/24hr", symbol="BTCUSDT")

    rows = BUSY.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1m", startTime=ticker["openTime"], limit=1500)

    said = _union(rows)
    assert Decimal(ticker["openPrice"]) == said[1]
    assert (Decimal(ticker["highPrice"]), Decimal(ticker["lowPrice"])) == (said[2], said[3])
    assert (Decimal(ticker["volume"]), Decimal(ticker["quoteVolume"])) == (said[5], said[6])
    assert ticker["count"] == said[7]


@pytest.mark.parametrize("days_ago", [4, 30, 400])
@pytest.mark.parametrize("symbol", ["BTCUSDT", "DOGEUSDT"])
def test_the_average_price_of_an_old_minute_lies_inside_it(symbol: str, days_ago: int) -> None:
    rows = BUSY.get("/fapi/v1/klines", symbol=symbol, interval="1m", endTime=NOON_MS - days_ago * DAY_MS, limit=1440)

    assert all(
        Decimal(row[3]) * Decimal(row[5]) <= Decimal(row[7]) <= Decimal(row[2]) * Decimal(row[5]) for row in rows
    )
    assert all(
        Decimal(row[3]) * Decimal(row[9]) <= Decimal(row[10]) <= Decimal(row[2]) * Decimal(row[9]) for row in rows
    )
