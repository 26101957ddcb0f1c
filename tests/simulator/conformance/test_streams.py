"""Sockets: routed paths, control frames, listenKeys, user events and market events."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.simulator.conformance.venue import (
    BTC,
    ORDER,
    Ear,
    Venue,
    listen_key,
    private_ear,
    venue_of,
    word_of,
)

pytestmark = pytest.mark.slow

FILL = """s c S o f q p ap sp x X i l z L n N T t b a m R wt ot ps cp rp pP si ss V pm gtd er"""


@pytest.fixture(scope="module")
def exchange() -> Iterator[Venue]:
    with venue_of() as venue:
        yield venue


@pytest.fixture
def venue(exchange: Venue) -> Venue:
    return exchange.fresh()


PRIVATE = [
    "/private/ws/{key}",
    "/private/ws?listenKey={key}",
    "/private/ws?listenKey={key}&events=ORDER_TRADE_UPDATE/ACCOUNT_UPDATE",
    "/private/stream?listenKey={key}&events=ORDER_TRADE_UPDATE",
    "/private/stream?listenKey={key}",
]


@pytest.mark.parametrize("path", PRIVATE)
def test_user_data_comes_on_every_private_form(venue: Venue, path: str) -> None:
    key = listen_key(venue)
    with Ear(venue, path.format(key=key)) as ear:
        venue.limit("80000")
        heard = ear.hear()

    event = heard["data"] if "/stream" in path else heard
    assert word_of(event) == "ORDER NEW NEW"
    if "/stream" in path:
        assert list(heard) == ["stream", "data"]


@pytest.mark.parametrize("path", ["/ws/{key}", "/market/ws?listenKey={key}", "/private/ws?listenKey=unknown"])
def test_user_data_is_silent_elsewhere(venue: Venue, path: str) -> None:
    with Ear(venue, path.format(key=listen_key(venue))) as ear:
        venue.limit("80000")

        assert ear.silent_for(0.3)


@pytest.mark.parametrize(
    ("path", "heard"),
    [
        ("/market/ws/btcusdt@markPrice@1s", "markPriceUpdate"),
        ("/market/stream?streams=btcusdt@markPrice@1s/ethusdt@markPrice@1s", "markPriceUpdate"),
        ("/market/ws/btcusdt@aggTrade", "aggTrade"),
        ("/public/ws/btcusdt@trade", "trade"),
        ("/market/ws/btcusdt@kline_1m", "kline"),
        ("/market/ws/btcusdt_perpetual@continuousKline_1m", "continuous_kline"),
        ("/market/ws/btcusdt@ticker", "24hrTicker"),
        ("/market/ws/btcusdt@miniTicker", "24hrMiniTicker"),
        ("/public/ws/btcusdt@bookTicker", "bookTicker"),
        ("/public/ws/btcusdt@depth5@100ms", "depthUpdate"),
    ],
)
def test_market_data_comes_on_its_route(venue: Venue, path: str, heard: str) -> None:
    with Ear(venue, path) as ear:
        message = ear.hear()

    event = message["data"] if "/stream" in path else message
    assert event["e"] == heard


@pytest.mark.parametrize(
    "path", ["/public/ws/btcusdt@markPrice@1s", "/market/ws/btcusdt@bookTicker", "/ws/btcusdt@markPrice@1s"]
)
def test_market_data_is_silent_on_the_wrong_route(venue: Venue, path: str) -> None:
    with Ear(venue, f"/{path}@1s".replace("Ticker@1s", "Ticker")) as ear:
        venue.move("84001.0")

        assert ear.silent_for(1.2)


def test_mark_prices_have_every_key(venue: Venue) -> None:
    with Ear(venue, "/market/ws/btcusdt@markPrice@1s") as ear:
        event = ear.hear()
    with Ear(venue, "/market/stream?streams=!markPrice@arr@1s") as ear:
        every = ear.hear()

    assert set(event) == {"e", "E", "s", "p", "ap", "i", "P", "r", "T", "st"}
    assert (event["s"], event["p"], event["st"]) == (BTC, "84000.00000000", 1)
    assert all(type(event[name]) is int for name in ("E", "T"))
    assert {row["s"] for row in every["data"]} >= {BTC, "AVAXUSDT"}


def test_candle_events_have_every_key(venue: Venue) -> None:
    with Ear(venue, "/market/ws/btcusdt@kline_1m") as ear:
        event = ear.hear()
    with Ear(venue, "/market/ws/btcusdt_perpetual@continuousKline_1m") as ear:
        continuous = ear.hear()

    keys = {"t", "T", "s", "i", "f", "L", "o", "c", "h", "l", "v", "n", "x", "q", "V", "Q", "B"}
    assert set(event) == {"e", "E", "s", "k"}
    assert set(event["k"]) == keys
    assert set(continuous) == {"e", "E", "ps", "ct", "k"}
    assert (continuous["ps"], continuous["ct"], set(continuous["k"])) == (BTC, "PERPETUAL", keys - {"s"})


def test_book_and_trade_events_have_every_key(venue: Venue) -> None:
    with Ear(venue, "/public/ws/btcusdt@bookTicker") as book, Ear(venue, "/market/ws/btcusdt@aggTrade") as tape:
        best, trade = book.hear(), tape.hear()

    assert set(best) == {"e", "u", "E", "T", "s", "ps", "b", "B", "a", "A", "st"}
    assert set(trade) == {"e", "E", "s", "a", "p", "q", "nq", "f", "l", "T", "m", "st"}


def test_control_frames_are_answered(venue: Venue) -> None:
    with Ear(venue, "/market/ws") as ear:
        answers: list[Any] = []
        for method, params in (
            ("SUBSCRIBE", ["btcusdt@nothing", "BTCUSDT@MARKPRICE"]),
            ("LIST_SUBSCRIPTIONS", None),
            ("UNSUBSCRIBE", ["btcusdt@nothing"]),
            ("LIST_SUBSCRIPTIONS", None),
            ("SET_PROPERTY", ["combined", True]),
        ):
            ear.say({"method": method, "id": len(answers)} | ({"params": params} if params else {}))
            answers.append(ear.hear())
        ear.say("{no json")
        broken = ear.hear()
        ear.say({"method": "DANCE", "id": 9})
        unknown = ear.hear()

    assert answers == [
        {"result": None, "id": 0},
        {"result": ["btcusdt@nothing", "BTCUSDT@MARKPRICE"], "id": 1},
        {"result": None, "id": 2},
        {"result": ["BTCUSDT@MARKPRICE"], "id": 3},
        {"result": None, "id": 4},
    ]
    assert (broken["code"], unknown["code"]) == (3, 2)


def test_combined_wraps_what_follows(venue: Venue) -> None:
    with Ear(venue, "/market/ws") as ear:
        ear.say({"method": "SUBSCRIBE", "params": ["btcusdt@markPrice@1s"], "id": 1})
        assert ear.until(lambda message: message.get("e") == "markPriceUpdate")
        ear.say({"method": "SET_PROPERTY", "params": ["combined", True], "id": 2})

        wrapped = ear.until(lambda message: "stream" in message)[-1]

    assert wrapped["stream"] == "btcusdt@markPrice@1s"
    assert wrapped["data"]["s"] == BTC


def test_a_listen_key_is_one_per_account_until_it_is_closed(venue: Venue) -> None:
    first, again = listen_key(venue), listen_key(venue)
    kept = venue.send("PUT", "/fapi/v1/listenKey")

    assert first == again
    assert kept.json() == {"listenKey": first}
    assert venue.send("DELETE", "/fapi/v1/listenKey").json() == {}
    gone = venue.send("PUT", "/fapi/v1/listenKey")
    assert (gone.status_code, gone.json()["code"]) == (400, -1125)
    assert gone.json()["msg"] == (
        "This listenKey does not exist. Please use `POST /fapi/v1/listenKey` to recreate `listenKey`"
    )
    assert listen_key(venue) != first


def test_a_listen_key_lives_an_hour_from_its_last_extension(venue: Venue) -> None:
    key = listen_key(venue)
    with Ear(venue, f"/private/ws/{key}") as ear:
        venue.advance(3500)
        venue.send("PUT", "/fapi/v1/listenKey")
        venue.advance(3500)
        assert ear.silent_for(0.1)
        venue.advance(101)
        event = ear.hear()
        venue.limit("80000")

        assert (event["e"], event["listenKey"], type(event["E"])) == ("listenKeyExpired", key, int)
        assert ear.silent_for(0.2)


def test_a_market_order_tells_new_then_its_fill(venue: Venue) -> None:
    with private_ear(venue) as ear:
        venue.market(newClientOrderId="e-1")
        new, lite, account, fill = (ear.hear() for _ in range(4))

    assert [word_of(event) for event in (new, lite, account, fill)] == [
        "ORDER NEW NEW",
        "TRADE_LITE",
        "ACCOUNT ORDER",
        "ORDER TRADE FILLED",
    ]
    order = fill["o"]
    assert set(order) == set(FILL.split())
    assert (order["c"], order["x"], order["X"], order["l"], order["z"]) == ("e-1", "TRADE", "FILLED", "0.010", "0.010")
    assert (order["L"], order["ap"], order["n"], order["N"]) == ("84000.1", "84000.10000", "0.42000050", "USDT")
    assert (order["rp"], order["m"], order["ps"], order["cp"], order["er"]) == ("0", False, "LONG", False, "0")
    assert (new["o"]["t"], new["o"]["x"]) == (0, "NEW")
    assert (new["o"]["n"], new["o"]["N"]) == ("0", "USDT")
    assert set(lite) == {"e", "E", "T", "s", "q", "p", "m", "c", "S", "L", "l", "t", "i"}
    assert lite["t"] == order["t"]
    assert list(account["a"]) == ["m", "B", "P"]
    (balance,), (position,) = account["a"]["B"], account["a"]["P"]
    assert balance == {"a": "USDT", "wb": "9999.57999950", "cw": "9999.57999950", "bc": "0"}
    assert set(position) == {"s", "pa", "ep", "bep", "cr", "up", "mt", "iw", "ps", "ma"}
    assert (position["pa"], position["ep"], position["mt"], position["ps"]) == ("0.010", "84000.1", "cross", "LONG")


def test_a_short_position_is_negative_everywhere(venue: Venue) -> None:
    with private_ear(venue, "ACCOUNT_UPDATE") as ear:
        venue.market("SELL", "SHORT")
        position = ear.hear()["a"]["P"][0]

    assert (position["pa"], position["ps"]) == ("-0.010", "SHORT")
    assert str(venue.position("SHORT")) == "-0.010"


def test_configuration_changes_are_told(venue: Venue) -> None:
    with private_ear(venue) as ear:
        venue.ok("POST", "/fapi/v1/leverage", symbol=BTC, leverage=9)
        leverage = ear.hear()
        venue.ok("POST", "/fapi/v1/multiAssetsMargin", multiAssetsMargin="true")
        assets = ear.hear()

    assert (leverage["e"], leverage["ac"]) == ("ACCOUNT_CONFIG_UPDATE", {"s": BTC, "l": 9})
    assert (assets["e"], assets["ai"]) == ("ACCOUNT_CONFIG_UPDATE", {"j": True})


def test_orders_that_do_not_fill_leave_the_account_silent(venue: Venue) -> None:
    with private_ear(venue) as ear:
        venue.limit("80000", newClientOrderId="o1")
        venue.ok("DELETE", ORDER, symbol=BTC, origClientOrderId="o1")
        events = ear.until(lambda event: word_of(event).startswith("ORDER CANCELED"))

        assert [word_of(event) for event in events] == ["ORDER NEW NEW", "ORDER CANCELED CANCELED"]
        assert ear.silent_for(0.1)


def test_a_socket_lives_a_day(venue: Venue) -> None:
    with Ear(venue, "/market/ws") as ear:
        venue.advance(86_401)
        began = time.monotonic()
        with pytest.raises(Exception, match=r"1001|going away"):
            ear.hear()

    assert time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("switch", "silent", "heard"),
    [
        ("private_stream_without_events=none", "/private/ws?listenKey={key}", "/private/ws/{key}"),
        (
            "private_stream_without_events=none",
            "/private/stream?listenKey={key}",
            "/private/ws?listenKey={key}&events=ORDER_TRADE_UPDATE",
        ),
        ("listen_key_in_path=none", "/private/ws/{key}", "/private/ws?listenKey={key}"),
    ],
)
def test_contested_forms_of_the_private_stream_fall_silent(switch: str, silent: str, heard: str) -> None:
    with venue_of("--switch", switch) as venue:
        venue.fresh()
        key = listen_key(venue)
        with Ear(venue, silent.format(key=key)) as deaf, Ear(venue, heard.format(key=key)) as hearing:
            venue.limit("80000")

            assert hearing.hear()["e"] == "ORDER_TRADE_UPDATE"
            assert deaf.silent_for(0.3)
