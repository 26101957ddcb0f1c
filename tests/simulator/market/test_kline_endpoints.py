from decimal import Decimal

import pytest

from tests.simulator.market.playing import HOUR_MS, NOON_MS, open_room

ROOM = open_room("hold")
BTC = {"symbol": "BTCUSDT"}


def test_candles_start_at_the_first_open_from_start_time_on() -> None:
    rows = ROOM.get("/fapi/v1/klines", **BTC, interval="1h", startTime=NOON_MS - 10 * HOUR_MS - 1, limit=3)

    assert [row[0] for row in rows] == [NOON_MS - 10 * HOUR_MS, NOON_MS - 9 * HOUR_MS, NOON_MS - 8 * HOUR_MS]
    assert [type(value) for value in rows[0]] == [int, str, str, str, str, str, int, str, int, str, str, str]


def test_without_times_the_newest_candles_come_ascending() -> None:
    rows = ROOM.get("/fapi/v1/klines", **BTC, interval="1d", limit=1500)

    assert len(rows) == 1500
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert rows[-1][0] == NOON_MS - 12 * HOUR_MS
    assert all(
        Decimal(row[3])
        <= min(Decimal(row[1]), Decimal(row[4]))
        <= max(Decimal(row[1]), Decimal(row[4]))
        <= Decimal(row[2])
        for row in rows
    )


@pytest.mark.parametrize("interval", ["1m", "1w", "1M"])
def test_no_candles_lie_in_the_future_or_before_the_listing(interval: str) -> None:
    assert ROOM.get("/fapi/v1/klines", **BTC, interval=interval, startTime=9_000_000_000_000_000) == []
    assert ROOM.get("/fapi/v1/klines", **BTC, interval=interval, endTime=1_000_000_000_000) == []


@pytest.mark.parametrize("interval", ["1m", "1d", "1w", "1M"])
def test_a_start_before_the_listing_gives_the_very_first_candles(interval: str) -> None:
    first, second = ROOM.get("/fapi/v1/klines", **BTC, interval=interval, startTime=0, endTime=NOON_MS, limit=2)

    assert second[0] == first[6] + 1
    assert ROOM.get("/fapi/v1/klines", **BTC, interval=interval, endTime=first[0] - 1) == []


def test_contracts_that_are_not_traded_have_no_candles() -> None:
    asked = {"pair": "BTCUSDT", "interval": "1h", "limit": 3}

    assert ROOM.get("/fapi/v1/continuousKlines", **asked, contractType="CURRENT_QUARTER") == []
    perpetual = ROOM.get("/fapi/v1/continuousKlines", **asked, contractType="PERPETUAL")
    assert perpetual == ROOM.get("/fapi/v1/klines", **BTC, interval="1h", limit=3)
