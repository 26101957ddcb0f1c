"""Answers that drip, stall, break or swell: each is cut, and nothing else waits for it."""

import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from exchange import dialling, transport
from exchange.errors import RequestFailed
from exchange.gate import RequestGate
from exchange.transport import GuardedLibrary, urgent
from tests.exchange.raw_server import HEADERS_END, PATIENCE_SECONDS, Play, RawConnection, RawServer
from tests.support.waiting import eventually

TIME = b'{"serverTime":5}'
ORDER = {"symbol": "BTCUSDT", "side": "BUY", "quantity": "1", "newClientOrderId": "t1-a"}
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked" + HEADERS_END
Start = Callable[[Play], tuple[Any, RawServer]]


@pytest.fixture
def start(monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Give a library on a server that plays as told; deadlines are short."""
    monkeypatch.setattr(transport, "READ_SECONDS", 0.6)
    monkeypatch.setattr(transport, "ORDER_SECONDS", 0.4)
    made: list[tuple[GuardedLibrary, RawServer]] = []

    def started(play: Play) -> tuple[Any, RawServer]:
        server = RawServer(play)
        library = GuardedLibrary(
            "key", "secret", server.url, lambda: datetime.now(UTC), lambda headers: None, RequestGate()
        )
        made.append((library, server))
        return library, server

    yield started
    for library, server in made:
        library.session.close()
        server.stop()


def whole(body: bytes, *headers: str) -> bytes:
    lines = ["HTTP/1.1 200 OK", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + HEADERS_END + body


def dripping_headers(connection: RawConnection) -> None:
    connection.drip(whole(TIME, *(f"X-{number}: y" for number in range(90))), 0.05)


def dripping_body(connection: RawConnection) -> None:
    connection.send(whole(b" " * 10_000)[:-10_000])
    connection.drip(b" " * 10_000, 0.05)


def dripping_chunks(connection: RawConnection) -> None:
    connection.send(CHUNKED)
    connection.drip(b"1\r\n \r\n" * 10_000, 0.05)


def one_endless_chunk_size(connection: RawConnection) -> None:
    connection.send(CHUNKED)
    connection.drip(b"0" * 10_000, 0.05)


def stalled_headers(connection: RawConnection) -> None:
    connection.wait_until_cut()


def stalled_body(connection: RawConnection) -> None:
    connection.send(whole(TIME)[:-3])
    connection.wait_until_cut()


def endless_interim_answers(connection: RawConnection) -> None:
    while connection.send(b"HTTP/1.1 100 Continue" + HEADERS_END):
        time.sleep(0.01)


SLOW = (
    dripping_headers,
    dripping_body,
    dripping_chunks,
    one_endless_chunk_size,
    stalled_headers,
    stalled_body,
    endless_interim_answers,
)


@pytest.mark.parametrize("slow", SLOW)
def test_an_answer_that_takes_too_long_is_cut_whatever_trickles_in(
    start: Start, slow: Callable[[RawConnection], None]
) -> None:
    def play(connection: RawConnection, number: int) -> None:
        connection.next_request()
        slow(connection)
        connection.wait_until_cut()

    library, server = start(play)

    for call in (library.futures_time, lambda: library.futures_market_order(**ORDER)):
        with pytest.raises(RequestFailed) as failed:
            call()
        assert failed.value.failure.status is None

    eventually(lambda: all(connection.cut.is_set() for connection in server.connections))
    assert [request[:4] for request in server.requests] == [b"GET ", b"POST"]


def test_a_slow_first_try_leaves_its_repetition_only_the_rest_of_the_time(start: Start) -> None:
    def play(connection: RawConnection, number: int) -> None:
        connection.next_request()
        if number == 0:
            connection.drip(whole(TIME)[:-3], 0.002)
            connection._socket.shutdown(socket.SHUT_RDWR)
        else:
            dripping_body(connection)

    library, server = start(play)

    with pytest.raises(RequestFailed):
        library.futures_time()

    assert len(server.requests) == 2
    eventually(server.connections[1].cut.is_set)


def bomb() -> bytes:
    return gzip.compress(b" " * 400_000_000, 1)


def many_rows() -> bytes:
    return b"[" + b",".join([b"{}"] * 1_000_000) + b"]"


def deep() -> bytes:
    return b"[" * 50_000 + b"]" * 50_000


def corrupt() -> bytes:
    packed = bytearray(gzip.compress(TIME * 50))
    packed[len(packed) // 2] ^= 0xFF
    return bytes(packed)


GZIP = "Content-Encoding: gzip"


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda: whole(bomb(), GZIP), id="gzip bomb"),
        pytest.param(lambda: whole(gzip.compress(many_rows()), GZIP), id="a million rows"),
        pytest.param(lambda: whole(deep()), id="deeply nested"),
        pytest.param(lambda: whole(corrupt(), GZIP), id="damaged gzip"),
        pytest.param(lambda: whole(gzip.compress(TIME)[:-4], GZIP), id="gzip without its end"),
        pytest.param(lambda: whole(b"\x00" * 100, "Content-Encoding: br"), id="packed another way"),
        pytest.param(lambda: whole(b" " * 9_000_000), id="too many bytes"),
        pytest.param(lambda: CHUNKED + b"7FFFFFFF\r\n" + b" " * 9_000_000, id="an endless chunk"),
        pytest.param(lambda: b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000, id="endless headers"),
        pytest.param(lambda: whole(b'{"a":' + b"9" * 5_000 + b"}"), id="a number of 5,000 digits"),
        pytest.param(lambda: whole(b'{"a":NaN}'), id="no number"),
        pytest.param(lambda: whole(b'{"serverTime":5}')[:-4], id="cut off"),
        pytest.param(lambda: b"nonsense\r\n\r\n", id="no HTTP"),
    ],
)
def test_an_answer_that_cannot_be_one_is_no_answer_and_the_next_one_counts(
    start: Start, answer: Callable[[], bytes]
) -> None:
    bad = answer()

    def play(connection: RawConnection, number: int) -> None:
        while request := connection.next_request():
            if b"/time" in request:
                if not connection.answer(TIME):
                    return
            else:
                connection.send(bad)
                connection._socket.shutdown(socket.SHUT_WR)

    library, server = start(play)

    with pytest.raises(RequestFailed) as read:
        library.futures_position_information()
    with pytest.raises(RequestFailed) as order:
        library.futures_market_order(**ORDER)

    assert read.value.failure.code is None
    assert order.value.failure.code is None
    assert library.futures_time() == {"serverTime": 5}
    assert len([request for request in server.requests if request.startswith(b"POST")]) == 1


def test_packed_answers_are_read(start: Start) -> None:
    def play(connection: RawConnection, number: int) -> None:
        while connection.next_request():
            connection.answer(gzip.compress(TIME), GZIP)

    library, server = start(play)

    assert library.futures_time() == {"serverTime": 5}
    assert b"\r\nAccept-Encoding: gzip\r\n" in server.requests[0]


def deaf_after_one(connection: RawConnection, number: int) -> None:
    """Answer the first request of the first connection, then take in everything and say nothing more."""
    connection.next_request()
    connection.answer(TIME)
    while connection.next_request():
        if number > 0:
            connection.answer(TIME)


@pytest.fixture
def quick_to_doubt(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a connection that was idle for a moment be in doubt, and a read give it only a moment."""
    monkeypatch.setattr("exchange.deadlines.PROVEN_SECONDS", 0.0)
    monkeypatch.setattr(transport, "PROVEN_SECONDS", 0.0)
    monkeypatch.setattr(transport, "FIRST_BYTE_SECONDS", 0.1)


def test_a_read_over_a_connection_that_died_unnoticed_takes_a_fresh_one(start: Start, quick_to_doubt: None) -> None:
    library, server = start(deaf_after_one)
    library.futures_time()

    assert library.futures_time() == {"serverTime": 5}

    assert [len(connection.requests) for connection in server.connections] == [2, 1]


def test_an_order_never_goes_over_a_connection_in_doubt(start: Start, quick_to_doubt: None) -> None:
    library, server = start(deaf_after_one)
    with urgent():
        library.futures_time()

    assert library.futures_market_order(**ORDER) == {"serverTime": 5}

    assert [len(connection.requests) for connection in server.connections] == [1, 1]


def test_a_connection_that_has_just_answered_serves_orders_too(start: Start) -> None:
    def play(connection: RawConnection, number: int) -> None:
        while connection.next_request():
            connection.answer(TIME)

    library, server = start(play)
    with urgent():
        library.futures_time()

    library.futures_market_order(**ORDER)

    assert len(server.connections) == 1


def test_a_closed_client_leaves_no_connection_open(start: Start) -> None:
    def play(connection: RawConnection, number: int) -> None:
        while connection.next_request():
            connection.answer(TIME)

    library, server = start(play)
    library.futures_time()
    library.futures_market_order(**ORDER)

    library.session.close()

    assert len(server.connections) == 2
    eventually(lambda: all(connection.cut.is_set() for connection in server.connections))


def test_reads_cannot_occupy_the_connections_of_orders(start: Start) -> None:
    def play(connection: RawConnection, number: int) -> None:
        while request := connection.next_request():
            if b"/time" in request:
                connection.wait_until_cut()
            connection.answer(TIME)

    library, server = start(play)
    hanging = [threading.Thread(target=_ignoring(library.futures_time)) for _ in range(40)]
    for thread in hanging:
        thread.start()
    eventually(lambda: len(server.requests) == 40)

    assert library.futures_market_order(**ORDER) == {"serverTime": 5}
    with urgent():
        assert library.futures_position_information() == {"serverTime": 5}

    for thread in hanging:
        thread.join(PATIENCE_SECONDS)
    assert not any(thread.is_alive() for thread in hanging)


def test_a_name_server_that_hangs_costs_no_more_than_the_time_to_connect(
    monkeypatch: pytest.MonkeyPatch, start: Start
) -> None:
    monkeypatch.setattr(transport, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(transport, "require_test_host", lambda url: None)
    hang = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: hang.wait(PATIENCE_SECONDS))
    library, _ = start(lambda connection, number: None)
    library.FUTURES_TESTNET_URL = "http://hanging.test/fapi"

    with pytest.raises(RequestFailed) as failed:
        library.futures_time()

    assert failed.value.failure.text == "no answer (ConnectTimeout)"
    hang.set()


def test_a_name_keeps_its_last_addresses_while_its_name_server_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    look_ups = dialling._LookUps()
    known = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: known)
    assert look_ups.find("venue.test", 80, time.monotonic() + 5) == known

    def fails(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-3, "temporary failure")

    monkeypatch.setattr(socket, "getaddrinfo", fails)

    assert look_ups.find("venue.test", 80, time.monotonic() + 5) == known
    with pytest.raises(socket.gaierror):
        look_ups.find("other.test", 80, time.monotonic() + 5)


def test_all_addresses_of_a_name_share_the_time_and_the_last_one_still_gets_its_part(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener, _deaf_listener() as deaf:
        port = listener.getsockname()[1]
        addresses = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
            for address in (deaf.getsockname(), ("127.0.0.1", 1), ("127.0.0.1", port))
        ]
        monkeypatch.setattr(dialling._look_ups, "find", lambda *_: addresses)

        connected = dialling.dial("venue.test", port, time.monotonic() + 1.5)

        assert connected.getpeername() == ("127.0.0.1", port)
        assert connected.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 1000
        assert connected.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        connected.close()


def _deaf_listener() -> socket.socket:
    """Return a listener whose queue is full: connecting to it hangs."""
    deaf = socket.socket()
    deaf.bind(("127.0.0.1", 0))
    deaf.listen(0)
    for _ in range(2):
        filler = socket.socket()
        filler.setblocking(False)
        filler.connect_ex(deaf.getsockname())
        _fillers.append(filler)
    return deaf


_fillers: list[socket.socket] = []


def _ignoring(call: Callable[[], object]) -> Callable[[], None]:
    def run() -> None:
        try:
            call()
        except RequestFailed:
            return

    return run
