import queue
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from domain.allowed_hosts import ForbiddenHost
from exchange.errors import ExchangeUnreachable, ListenKeyGone
from exchange.private_forms import KeyPlace, PrivateForm
from exchange.streams import MOST_SYMBOLS, MarkPriceStream, StreamState
from exchange.user_events import UserEvent
from exchange.user_stream import UserStream
from tests.exchange.socket_server import PATIENCE_SECONDS, HandPlayedServer, send
from tests.support.waiting import eventually

D = Decimal
FILLED = {"e": "ORDER_TRADE_UPDATE", "E": 1, "T": 1, "o": {"s": "BTCUSDT", "c": "t1-abc123-7-e-1", "i": 7}}
MARKS = [
    {"e": "markPriceUpdate", "E": 1, "s": "BTCUSDT", "p": "61000.10000000", "i": "1", "P": "1", "r": "0", "T": 0},
    {"e": "markPriceUpdate", "E": 1, "s": "ETHUSDT", "p": "3000.5", "i": "1", "P": "1", "r": "0", "T": 0},
]


class Keys:
    """Hands out listen keys; fails as often as told."""

    def __init__(self) -> None:
        self.opened = 0
        self.kept: list[str] = []
        self.failures: list[Exception] = []
        self.keep_failures: list[Exception] = []

    def open_listen_key(self) -> str:
        if self.failures:
            raise self.failures.pop(0)
        self.opened += 1
        return f"key{self.opened}"

    def keep_listen_key(self, listen_key: str) -> None:
        self.kept.append(listen_key)
        if self.keep_failures:
            raise self.keep_failures.pop(0)


@pytest.fixture
def server() -> Iterator[HandPlayedServer]:
    made = HandPlayedServer()
    yield made
    made.stop()


@pytest.fixture
def keys() -> Keys:
    return Keys()


class Heard:
    """What the stream called back with."""

    def __init__(self) -> None:
        self.events: queue.Queue[UserEvent] = queue.Queue()
        self.gaps: queue.Queue[None] = queue.Queue()

    def event(self) -> UserEvent:
        return self.events.get(timeout=PATIENCE_SECONDS)

    def gap(self) -> None:
        self.gaps.get(timeout=PATIENCE_SECONDS)


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def user_stream(server: HandPlayedServer, keys: Keys, heard: Heard) -> Iterator[UserStream]:
    stream = UserStream(keys, server.url, heard.events.put, lambda: heard.gaps.put(None))
    yield stream
    stream.stop()


@pytest.fixture
def mark_stream(server: HandPlayedServer) -> Iterator[MarkPriceStream]:
    stream = MarkPriceStream(server.url)
    yield stream
    stream.stop()


def private(key: str) -> str:
    """Return the path under which the account's events are asked for, each by name."""
    return (
        f"/private/ws?listenKey={key}&events=ORDER_TRADE_UPDATE/TRADE_LITE/ALGO_UPDATE/"
        "CONDITIONAL_ORDER_TRIGGER_REJECT/ACCOUNT_UPDATE/ACCOUNT_CONFIG_UPDATE/MARGIN_CALL/listenKeyExpired"
    )


def test_no_stream_is_made_for_another_host(keys: Keys) -> None:
    for url in ("wss://fstream.binance.com", "ws://demo-fstream.binance.com", "wss://example.com"):
        with pytest.raises(ForbiddenHost):
            MarkPriceStream(url)
        with pytest.raises(ForbiddenHost):
            UserStream(keys, url, lambda event: None, lambda: None)


def test_a_stream_that_was_not_started_stops_too(mark_stream: MarkPriceStream) -> None:
    mark_stream.stop()

    assert mark_stream.state() == StreamState(False, None, None, 0)


def test_events_arrive_after_the_gap_is_told(user_stream: UserStream, server: HandPlayedServer, heard: Heard) -> None:
    user_stream.start()
    connection = server.next_connection()
    heard.gap()
    send(connection, FILLED)

    event = heard.event()

    assert event == UserEvent("BTCUSDT", "t1-abc123-7-e-1")
    assert server.paths == [private("key1")]
    state = user_stream.state()
    assert state.connected
    assert state.reconnects == 0
    assert state.last_message_age_seconds is not None


def test_strange_messages_and_doubles_do_no_harm(
    user_stream: UserStream, server: HandPlayedServer, heard: Heard
) -> None:
    user_stream.start()
    connection = server.next_connection()
    for strange in ("not json", b"\xff\x00", "[]", "null", {"e": "NEWS"}, {"e": "ORDER_TRADE_UPDATE"}, FILLED, FILLED):
        send(connection, strange)

    assert [heard.event().client_order_id for _ in range(3)] == [None, "t1-abc123-7-e-1", "t1-abc123-7-e-1"]
    assert user_stream.state().reconnects == 0


def test_a_storm_of_events_arrives_whole(user_stream: UserStream, server: HandPlayedServer, heard: Heard) -> None:
    user_stream.start()
    connection = server.next_connection()
    for number in range(1, 5001):
        send(connection, {"e": "TRADE_LITE", "s": "BTCUSDT", "c": f"t1-{number}"})

    assert [heard.event().client_order_id for _ in range(5000)] == [f"t1-{number}" for number in range(1, 5001)]


def test_a_dropped_connection_comes_back_with_a_key_asked_anew_and_a_gap(
    user_stream: UserStream, server: HandPlayedServer, heard: Heard
) -> None:
    user_stream.start()
    server.next_connection().close()
    second = server.next_connection()
    heard.gap()
    heard.gap()
    send(second, FILLED)

    assert heard.event().client_order_id == "t1-abc123-7-e-1"
    assert server.paths == [private("key1"), private("key2")]
    assert user_stream.state().reconnects == 1


def test_an_expired_key_is_replaced_and_the_second_word_of_it_ignored(
    user_stream: UserStream, server: HandPlayedServer, heard: Heard
) -> None:
    user_stream.start()
    send(server.next_connection(), {"e": "listenKeyExpired", "E": 1, "listenKey": "key1"})
    second = server.next_connection()
    send(second, {"e": "listenKeyExpired", "E": 2, "listenKey": "key1"})
    send(second, FILLED)

    assert heard.event().client_order_id == "t1-abc123-7-e-1"
    assert user_stream.state().reconnects == 1


def test_failures_of_the_key_are_tried_again(
    user_stream: UserStream, server: HandPlayedServer, keys: Keys, heard: Heard
) -> None:
    keys.failures = [ExchangeUnreachable("no answer"), RuntimeError("a mistake")]

    user_stream.start()

    server.next_connection()
    heard.gap()
    assert server.paths == [private("key1")]


def test_a_mistake_in_a_callback_does_not_end_the_stream(server: HandPlayedServer, keys: Keys, heard: Heard) -> None:
    def stumble(event: UserEvent) -> None:
        heard.events.put(event)
        raise RuntimeError("a mistake")

    stream = UserStream(keys, server.url, stumble, lambda: heard.gaps.put(None))
    stream.start()
    send(server.next_connection(), FILLED)
    heard.event()

    send(server.next_connection(), FILLED)

    assert heard.event().client_order_id == "t1-abc123-7-e-1"
    stream.stop()


def test_the_key_is_kept_alive_and_a_lost_one_replaced(
    user_stream: UserStream, server: HandPlayedServer, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.user_stream.KEEP_LISTEN_KEY_SECONDS", 0.05)
    monkeypatch.setattr("exchange.user_stream.KEEP_AGAIN_SECONDS", 0.05)
    keys.keep_failures = [ExchangeUnreachable("no answer"), ListenKeyGone(-1125, "This listenKey does not exist.")]

    user_stream.start()
    server.next_connection()
    server.next_connection()
    eventually(lambda: "key2" in keys.kept)

    assert keys.kept[:2] == ["key1", "key1"]
    assert server.paths == [private("key1"), private("key2")]


def test_redirects_lead_nowhere(user_stream: UserStream, server: HandPlayedServer, keys: Keys, heard: Heard) -> None:
    elsewhere = HandPlayedServer()
    server.redirect_to = elsewhere.url + "/private/ws"
    user_stream.start()
    eventually(lambda: len(server.paths) >= 2)
    server.redirect_to = None

    server.next_connection()

    heard.gap()
    assert elsewhere.paths == []
    elsewhere.stop()


def test_stop_ends_the_thread_and_silences_the_callbacks(
    user_stream: UserStream, server: HandPlayedServer, heard: Heard
) -> None:
    user_stream.start()
    connection = server.next_connection()
    heard.gap()

    user_stream.stop()

    assert not user_stream.state().connected
    assert "user-stream" not in {thread.name for thread in threading.enumerate()}
    eventually(lambda: connection.protocol.close_code is not None)


def test_stop_interrupts_a_pause_between_attempts(keys: Keys) -> None:
    stream = UserStream(keys, "ws://127.0.0.1:9", lambda event: None, lambda: None)
    stream.start()
    eventually(lambda: keys.opened >= 2)

    stream.stop()

    assert "user-stream" not in {thread.name for thread in threading.enumerate()}


def test_a_mark_price_of_zero_is_no_price(mark_stream: MarkPriceStream, server: HandPlayedServer) -> None:
    def marks(*prices: tuple[str, str]) -> dict[str, Any]:
        rows = [{"e": "markPriceUpdate", "s": symbol, "p": price} for symbol, price in prices]
        return {"stream": "!markPrice@arr@1s", "data": rows}

    mark_stream.start()
    connection = server.next_connection()
    send(connection, marks(("BTCUSDT", "61000.1")))
    eventually(lambda: mark_stream.mark_price("BTCUSDT"))

    send(connection, marks(("BTCUSDT", "0.00000000"), ("ETHUSDT", "3000")))

    eventually(lambda: mark_stream.mark_price("ETHUSDT"))
    assert mark_stream.mark_price("BTCUSDT") is None


def test_mark_prices_of_all_symbols_are_kept(mark_stream: MarkPriceStream, server: HandPlayedServer) -> None:
    mark_stream.start()
    connection = server.next_connection()
    send(connection, {"stream": "!markPrice@arr@1s", "data": MARKS})
    eventually(lambda: mark_stream.mark_price("ETHUSDT"))

    assert server.paths == ["/market/stream?streams=!markPrice@arr@1s/!contractInfo"]
    assert mark_stream.mark_price("BTCUSDT") == D("61000.1")
    assert mark_stream.mark_price("ETHUSDT") == D("3000.5")
    assert mark_stream.mark_price("XRPUSDT") is None


@pytest.mark.parametrize("price", ["", "abc", "-1", "1e5", "NaN", None, 5])
def test_a_price_that_is_none_is_not_kept(mark_stream: MarkPriceStream, server: HandPlayedServer, price: Any) -> None:
    mark_stream.start()
    connection = server.next_connection()
    odd_messages: list[Any] = [
        "not json",
        [],
        {"data": None},
        {"data": [None, [], {"e": "markPriceUpdate", "s": "X", "p": price}]},
    ]
    for odd in odd_messages:
        send(connection, odd)
    send(connection, {"stream": "!markPrice@arr@1s", "data": MARKS})
    eventually(lambda: mark_stream.mark_price("BTCUSDT"))

    assert mark_stream.mark_price("X") is None
    assert mark_stream.state().reconnects == 0


def test_a_silent_mark_price_stream_is_opened_again_though_other_messages_come(
    mark_stream: MarkPriceStream, server: HandPlayedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.streams.MARK_SILENCE_SECONDS", 0.2)
    mark_stream.start()
    first = server.next_connection()
    talking = threading.Event()

    def talk() -> None:
        with suppress(ConnectionClosed):
            while not talking.wait(0.05):
                send(first, {"stream": "!markPrice@arr@1s", "data": []})

    talker = threading.Thread(target=talk)
    talker.start()
    try:
        second = server.next_connection()
    finally:
        talking.set()
        talker.join()
    send(second, {"stream": "!markPrice@arr@1s", "data": MARKS})

    eventually(lambda: mark_stream.mark_price("BTCUSDT"))
    assert mark_stream.state().last_message_age_seconds is not None


def test_endless_symbols_and_prices_do_not_fill_the_memory(
    mark_stream: MarkPriceStream, server: HandPlayedServer
) -> None:
    mark_stream.start()
    connection = server.next_connection()
    for batch in range(8):
        rows = [{"e": "markPriceUpdate", "s": f"S{batch}X{number}", "p": "1.5"} for number in range(1000)]
        send(connection, {"stream": "!markPrice@arr@1s", "data": rows})
    overlong = [("L" * 41, "1"), ("BTCUSDT", "1" * 100_000), ("S0X0", "1." + "0" * 100_000)]
    rows = [{"e": "markPriceUpdate", "s": symbol, "p": price} for symbol, price in overlong]
    send(
        connection, {"stream": "!markPrice@arr@1s", "data": [*rows, {"e": "markPriceUpdate", "s": "S0X1", "p": "2.5"}]}
    )
    eventually(lambda: mark_stream.mark_price("S0X1") == D("2.5"))

    assert len(mark_stream._marks) <= MOST_SYMBOLS
    assert max(len(text) for known in mark_stream._marks.items() for text in known) <= 40
    assert mark_stream.mark_price("S0X0") is None  # what came last was no price


def test_a_stream_that_proves_deaf_is_opened_in_the_other_form(
    user_stream: UserStream, server: HandPlayedServer, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.hearing.DEAF_AFTER_SECONDS", 0.05)
    monkeypatch.setattr("exchange.user_stream.JUDGE_EVERY_SECONDS", 0.01)
    user_stream.start()
    server.next_connection()
    heard.gap()

    user_stream.changed_since(time.monotonic())
    second = server.next_connection()
    heard.gap()
    deaf = user_stream.state().deaf
    send(second, FILLED)
    heard.event()

    assert deaf
    assert not user_stream.state().deaf
    assert server.paths == [private("key1"), "/private/ws/key2"]


def test_a_host_that_cannot_be_reached_is_left_for_the_other(
    server: HandPlayedServer, keys: Keys, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.user_stream.FAILURES_BEFORE_ANOTHER_HOST", 2)
    forms = [PrivateForm("ws://127.0.0.1:9", KeyPlace.QUERY), PrivateForm(server.url, KeyPlace.PATH)]
    stream = UserStream(keys, server.url, heard.events.put, lambda: heard.gaps.put(None), forms=forms)

    stream.start()
    server.next_connection()
    stream.stop()

    assert server.paths == ["/private/ws/key3"]


def test_a_form_that_was_heard_elsewhere_is_preferred(
    user_stream: UserStream, server: HandPlayedServer, heard: Heard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchange.user_stream.JUDGE_EVERY_SECONDS", 0.01)
    user_stream.start()
    server.next_connection()
    heard.gap()

    user_stream.prefer([PrivateForm(server.url, KeyPlace.PATH)])
    server.next_connection()

    assert server.paths == [private("key1"), "/private/ws/key2"]
