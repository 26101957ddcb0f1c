"""What an opening URL asks for, and which route delivers which stream."""

import pytest

from simulator.stream_names import Listening, Opening, delivers, parse_opening


@pytest.mark.parametrize(
    ("path", "query", "opening"),
    [
        ("/market/ws", "", Opening("/market/ws", "market", combined=False)),
        (
            "/ws/a@trade/b@trade",
            "",
            Opening("/ws/a@trade/b@trade", None, combined=False, streams=("a@trade", "b@trade")),
        ),
        (
            "/public/stream",
            "streams=a@bookTicker/!bookTicker",
            Opening("/public/stream", "public", combined=True, streams=("a@bookTicker", "!bookTicker")),
        ),
        (
            "/private/ws/K",
            "",
            Opening("/private/ws/K", "private", combined=False, keys=(Listening("K", None, in_path=True),)),
        ),
        (
            "/private/stream",
            "listenKey=K1&events=A/B&listenKey=K2",
            Opening(
                "/private/stream",
                "private",
                combined=True,
                keys=(Listening("K1", frozenset({"A", "B"})), Listening("K2", None)),
            ),
        ),
    ],
)
def test_all_documented_forms_are_understood(path: str, query: str, opening: Opening) -> None:
    assert parse_opening(path, query) == opening


@pytest.mark.parametrize("path", ["/", "/market", "/other/ws", "/fapi/v1/time"])
def test_other_paths_hold_no_socket(path: str) -> None:
    assert parse_opening(path, "") is None


@pytest.mark.parametrize(
    ("stream", "route"),
    [
        ("btcusdt@bookTicker", "public"),
        ("!bookTicker", "public"),
        ("btcusdt@depth20@100ms", "public"),
        ("btcusdt@rpiDepth@500ms", "public"),
        ("btcusdt@markPrice@1s", "market"),
        ("!markPrice@arr", "market"),
        ("btcusdt_perpetual@continuousKline_1m", "market"),
        ("!miniTicker@arr", "market"),
    ],
)
def test_every_stream_has_one_route(stream: str, route: str) -> None:
    others = {"public", "market", "private"} - {route}

    assert delivers(route, stream, strict=True)
    assert not any(delivers(other, stream, strict=True) for other in others)
    assert delivers(None, stream, strict=True) is (route == "public")
    assert all(delivers(other, stream, strict=False) for other in (*others, None))
