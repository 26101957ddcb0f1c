from decimal import Decimal

import pytest

from simulator.endpoints import Security
from simulator.errors import ApiError
from tests.simulator.market.playing import HOUR_MS, NOON_MS, open_room

ROOM = open_room("hold")
BTC = {"symbol": "BTCUSDT"}


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("/fapi/v1/depth", {}, -1102),
        ("/fapi/v1/depth", {"symbol": "btcusdt"}, -1121),
        ("/fapi/v1/depth", {**BTC, "limit": 7}, -4021),
        ("/fapi/v1/klines", {"interval": "1m"}, -1102),
        ("/fapi/v1/klines", BTC, -1102),
        ("/fapi/v1/klines", {**BTC, "interval": "2m"}, -1120),
        ("/fapi/v1/klines", {**BTC, "interval": "1m", "limit": 1501}, -1130),
        ("/fapi/v1/klines", {**BTC, "interval": "1m", "limit": 0}, -1130),
        ("/fapi/v1/klines", {**BTC, "interval": "1m", "startTime": 2, "endTime": 1}, -1023),
        ("/fapi/v1/indexPriceKlines", {**BTC, "interval": "1m"}, -1102),
        ("/fapi/v1/continuousKlines", {"pair": "BTCUSDT", "interval": "1m"}, -1102),
        ("/fapi/v1/continuousKlines", {"pair": "BTCUSDT", "interval": "1m", "contractType": "SPOT"}, -4104),
        ("/fapi/v1/trades", {**BTC, "limit": 1001}, -1130),
        ("/fapi/v1/historicalTrades", {**BTC, "limit": 501}, -1130),
        ("/fapi/v1/aggTrades", {**BTC, "fromId": 5, "startTime": 1}, -1128),
        ("/fapi/v1/aggTrades", {**BTC, "startTime": 1, "endTime": 3_600_002}, -1127),
        ("/fapi/v1/premiumIndex", {"symbol": "XYZUSDT"}, -1121),
        ("/fapi/v1/fundingRate", {**BTC, "limit": 1001}, -1130),
        ("/fapi/v1/openInterest", {}, -1102),
    ],
)
def test_wrong_questions_are_refused_in_the_exchange_s_words(path: str, params: dict[str, object], code: int) -> None:
    with pytest.raises(ApiError) as refusal:
        ROOM.get(path, **params)

    assert refusal.value.code == code
    assert refusal.value.status == 400


def test_the_depth_refusal_names_the_limit() -> None:
    with pytest.raises(ApiError, match="400 is not valid depth limit"):
        ROOM.get("/fapi/v1/depth", **BTC, limit=400)


@pytest.mark.parametrize(
    ("path", "params", "weight"),
    [
        ("/fapi/v1/exchangeInfo", {}, 1),
        ("/fapi/v1/klines", {"limit": "99"}, 1),
        ("/fapi/v1/klines", {"limit": "499"}, 2),
        ("/fapi/v1/klines", {}, 5),
        ("/fapi/v1/klines", {"limit": "1500"}, 10),
        ("/fapi/v1/premiumIndex", BTC, 1),
        ("/fapi/v1/premiumIndex", {}, 10),
        ("/fapi/v2/ticker/price", BTC, 1),
        ("/fapi/v1/ticker/price", {}, 2),
        ("/fapi/v1/ticker/bookTicker", BTC, 2),
        ("/fapi/v1/ticker/bookTicker", {}, 5),
        ("/fapi/v1/ticker/24hr", BTC, 1),
        ("/fapi/v1/ticker/24hr", {}, 40),
        ("/fapi/v1/depth", {"limit": "50"}, 2),
        ("/fapi/v1/depth", {"limit": "100"}, 5),
        ("/fapi/v1/depth", {}, 10),
        ("/fapi/v1/depth", {"limit": "1000"}, 20),
        ("/fapi/v1/aggTrades", {}, 20),
        ("/fapi/v1/fundingRate", {}, 0),
    ],
)
def test_weights_are_as_documented(path: str, params: dict[str, str], weight: int) -> None:
    endpoint = ROOM.routes.find("GET", path)

    assert endpoint is not None
    assert (endpoint.weight(params) if callable(endpoint.weight) else endpoint.weight) == weight


def test_only_historical_trades_want_a_key() -> None:
    keyed = [path for verb, path in ROOM.routes.paths() if ROOM.routes.find(verb, path).security != Security.NONE]  # type: ignore[union-attr]

    assert keyed == ["/fapi/v1/historicalTrades"]


def test_prices_and_best_prices_have_the_documented_shape() -> None:
    assert list(ROOM.get("/fapi/v2/ticker/price", **BTC)) == ["symbol", "price", "time"]
    assert ROOM.get("/fapi/v1/ticker/price", **BTC)["price"] == "84000.00"
    best = ROOM.get("/fapi/v1/ticker/bookTicker", **BTC)
    assert (best["bidPrice"], best["askPrice"]) == ("84000.00", "84000.10")
    assert len(ROOM.get("/fapi/v1/ticker/bookTicker")) == 10


def test_premium_index_has_the_documented_shape() -> None:
    row = ROOM.get("/fapi/v1/premiumIndex", **BTC)

    assert row["markPrice"] == "84000.00000000"
    assert row["nextFundingTime"] == NOON_MS + 4 * HOUR_MS
    assert abs(Decimal(row["indexPrice"]) / 84000 - 1) < Decimal("0.002")
    assert len(ROOM.get("/fapi/v1/premiumIndex")) == 10


def test_depth_is_cut_to_the_limit() -> None:
    book = ROOM.get("/fapi/v1/depth", **BTC, limit=5)

    assert list(book) == ["lastUpdateId", "E", "T", "bids", "asks"]
    assert len(book["bids"]) == len(book["asks"]) == 5


def test_funding_history_is_ascending_and_on_the_hour() -> None:
    rows = ROOM.get("/fapi/v1/fundingRate", **BTC, limit=5)

    last = NOON_MS - 4 * HOUR_MS
    assert [row["fundingTime"] for row in rows] == [last - k * 8 * HOUR_MS for k in (4, 3, 2, 1, 0)]
    assert set(rows[0]) == {"symbol", "fundingRate", "fundingTime", "markPrice", "rateType"}
    from_start = ROOM.get("/fapi/v1/fundingRate", **BTC, startTime=rows[0]["fundingTime"], limit=2)
    assert from_start == rows[:2]


def test_funding_marks_are_those_of_the_mark_candles() -> None:
    (row,) = ROOM.get("/fapi/v1/fundingRate", **BTC, limit=1)

    (candle,) = ROOM.get("/fapi/v1/markPriceKlines", **BTC, interval="1m", endTime=row["fundingTime"] - 1, limit=1)

    assert row["markPrice"] == candle[4]


def test_made_up_symbols_are_served_like_the_others() -> None:
    room = open_room("walk", symbols=40)
    names = [row["symbol"] for row in room.get("/fapi/v1/exchangeInfo")["symbols"]]

    room.play(2000)

    assert len(names) == 50
    assert len(room.get("/fapi/v1/klines", symbol=names[-1], interval="1h", limit=500)) == 500
