from tests.simulator.market.playing import HOUR_MS, NOON_MS, open_room

ROOM = open_room("hold")
BTC = {"symbol": "BTCUSDT"}


def test_trades_are_paged_by_id_without_a_gap() -> None:
    newest = ROOM.get("/fapi/v1/historicalTrades", **BTC, limit=1)[0]["id"]

    first = ROOM.get("/fapi/v1/historicalTrades", **BTC, fromId=newest - 700, limit=500)
    second = ROOM.get("/fapi/v1/aggTrades", **BTC, fromId=first[-1]["id"] + 1, limit=1000)

    ids = [row["id"] for row in first] + [row["a"] for row in second]
    assert ids == list(range(newest - 700, newest + 1))


def test_an_id_that_is_not_there_yet_finds_nothing() -> None:
    newest = ROOM.get("/fapi/v1/aggTrades", **BTC, limit=1)[0]["a"]

    assert ROOM.get("/fapi/v1/aggTrades", **BTC, fromId=newest + 1) == []


def test_trades_of_a_window_come_oldest_first_and_stop_at_its_end() -> None:
    start = NOON_MS - 30_000

    rows = ROOM.get("/fapi/v1/aggTrades", **BTC, startTime=start, endTime=start + 9_999)

    assert [row["T"] - rows[0]["T"] for row in rows] == [second * 1000 for second in range(10)]
    assert start <= rows[0]["T"] < start + 1000


def test_a_window_without_an_end_is_an_hour_and_cut_at_the_limit() -> None:
    rows = ROOM.get("/fapi/v1/aggTrades", **BTC, startTime=NOON_MS - 5 * HOUR_MS, limit=1000)

    assert len(rows) == 1000
    assert rows[0]["T"] < NOON_MS - 5 * HOUR_MS + 1000


def test_trades_up_to_an_end_are_the_newest_before_it() -> None:
    rows = ROOM.get("/fapi/v1/aggTrades", **BTC, endTime=NOON_MS - HOUR_MS, limit=3)

    assert len(rows) == 3
    assert NOON_MS - HOUR_MS - 1000 < rows[-1]["T"] <= NOON_MS - HOUR_MS


def test_a_trade_is_shown_alike_by_all_three_endpoints() -> None:
    (aggregate,) = ROOM.get("/fapi/v1/aggTrades", **BTC, limit=1)
    (recent,) = ROOM.get("/fapi/v1/trades", **BTC, limit=1)
    (older,) = ROOM.get("/fapi/v1/historicalTrades", **BTC, fromId=aggregate["a"])

    assert recent == older
    assert [recent[key] for key in ("id", "price", "qty", "time", "isBuyerMaker")] == [
        aggregate[key] for key in ("a", "p", "q", "T", "m")
    ]
