"""Faults on an answer's way back, seen on the wire: which bytes arrive, when, and what the ledger says of it."""

import gzip
import json
import socket
import time
import zlib

import pytest
import requests

from tests.simulator.conftest import running
from tests.simulator.http.client import BareClient
from tests.simulator.http.wire import Wire, last_request, wait_until_over, wire_to

ORDER = "/fapi/v1/order"
PLACE = f"POST {ORDER}"

pytestmark = pytest.mark.slow


def place(client: BareClient, wire: Wire) -> None:
    wire.ask(client, "POST", ORDER, symbol="BTCUSDT")


def acting(client: BareClient) -> list[int]:
    return [row["acting"] for row in client.control("GET", "/faults")]


def test_a_dripping_answer_comes_a_byte_at_a_time(client: BareClient) -> None:
    client.fault(PLACE, "drip", seconds=0.05)

    with wire_to(client) as wire:
        begun = time.monotonic()
        place(client, wire)
        while b"}" not in wire.body:
            wire.take()
            assert len(wire.body) <= 1 + (time.monotonic() - begun) / 0.05  # however slow this machine is

    assert json.loads(wire.body) == {"orderId": 1}
    assert last_request(client) == (True, True, "drip")


def test_the_end_of_a_drip_lets_the_rest_through(client: BareClient) -> None:
    rule = client.fault(PLACE, "drip", seconds=60)
    with wire_to(client) as wire:
        place(client, wire)
        while b"\r\n\r\n{" not in wire.received:
            wire.take()
        before = (wire.body, last_request(client), acting(client))

        client.control("DELETE", f"/faults?id={rule}")

        assert json.loads(wire.take_whole()) == {"orderId": 1}
        place(client, wire)  # the connection is as good as before
        wire.pieces.clear()
        assert json.loads(wire.take_whole()) == {"orderId": 2}
    assert before == (b"{", (True, False, "drip"), [1])
    assert client.control("GET", "/faults") == []


@pytest.mark.parametrize("ending", [("POST", "/reset"), ("DELETE", "/faults")])
def test_whatever_clears_the_faults_ends_what_they_do(client: BareClient, ending: tuple[str, str]) -> None:
    client.fault(PLACE, "delay", seconds=60)
    with wire_to(client) as wire:
        place(client, wire)
        while acting(client) != [1]:
            pass

        client.control(*ending)

        assert json.loads(wire.take_whole()) == {"orderId": 1}


@pytest.mark.parametrize("kind", ["drip", "stall_headers", "delay", "dead_keepalive"])
def test_a_client_that_goes_ends_what_it_suffered_from(client: BareClient, kind: str) -> None:
    with wire_to(client) as wire:
        wire.send("GET", "/fapi/v1/ping")  # opens the connection before the rule is there
        wire.take_whole()
        client.fault(PLACE, kind, seconds=600)
        place(client, wire)
        while acting(client) != [1]:
            pass

    wait_until_over(client)

    assert last_request(client) == (kind != "dead_keepalive", False, kind)


def test_stalled_headers_stop_in_their_middle(client: BareClient) -> None:
    client.fault(PLACE, "stall_headers")
    with wire_to(client) as wire:
        place(client, wire)
        begun = wire.take()

        assert begun.startswith(b"HTTP/1.1 200 OK\r\n")
        assert b"\r\n\r\n" not in begun
        assert wire.silent(0.3)
        assert last_request(client) == (True, False, "stall_headers")

        client.control("DELETE", "/faults")
        assert json.loads(wire.take_whole()) == {"orderId": 1}
    assert last_request(client) == (True, True, "stall_headers")


def test_stalled_headers_go_on_after_their_seconds(client: BareClient) -> None:
    client.fault(PLACE, "stall_headers", seconds=0.2)

    assert client.signed("POST", ORDER, symbol="BTCUSDT").json() == {"orderId": 1}
    assert last_request(client) == (True, True, "stall_headers")


@pytest.mark.parametrize(("fraction", "left"), [("0", b""), ("0.5", b'{"orde'), ("1", b'{"orderId":1')])
def test_a_truncated_answer_ends_early_though_its_length_was_promised(
    client: BareClient, fraction: str, left: bytes
) -> None:
    client.fault(PLACE, "truncate", fraction=fraction)

    with wire_to(client) as wire:
        place(client, wire)
        while wire.take():
            pass

    assert wire.length == len(b'{"orderId":1}')
    assert wire.body == left
    assert last_request(client) == (True, False, "truncate")


def test_a_corrupt_gzip_begins_well_and_cannot_be_unpacked(client: BareClient) -> None:
    client.fault(PLACE, "corrupt_gzip")

    with wire_to(client) as wire:
        place(client, wire)
        body = wire.take_whole()
    client.fault(PLACE, "corrupt_gzip")

    assert b"content-encoding: gzip" in wire.received.lower()
    assert body.startswith(b"\x1f\x8b\x08")
    with pytest.raises((OSError, EOFError, zlib.error)):
        gzip.decompress(body)
    with pytest.raises(requests.exceptions.ContentDecodingError):
        client.signed("POST", ORDER, symbol="BTCUSDT")
    assert last_request(client) == (True, True, "corrupt_gzip")


def test_a_wrong_answer_is_that_of_the_same_request_for_something_else(client: BareClient) -> None:
    for _ in range(2):
        client.signed("POST", ORDER, symbol="BTCUSDT")
    client.signed("GET", ORDER, orderId=1)
    client.signed("GET", ORDER, orderId=2)
    client.signed("GET", "/fapi/v1/allOrders")
    client.fault(f"GET {ORDER}", "wrong_answer", times=2)

    answers = [client.signed("GET", ORDER, orderId=number).json()["orderId"] for number in (2, 1)]

    assert answers == [1, 2]
    assert last_request(client) == (True, True, "wrong_answer")


def test_a_wrong_answer_may_be_a_refusal_that_another_request_got(client: BareClient) -> None:
    client.signed("POST", ORDER, symbol="NOPE")
    client.fault(PLACE, "wrong_answer")

    answer = client.signed("POST", ORDER, symbol="BTCUSDT")

    assert (answer.status_code, answer.json()["code"]) == (400, -1121)
    assert last_request(client) == (True, True, "wrong_answer")


def test_a_wrong_answer_comes_from_elsewhere_when_nothing_alike_was_asked(client: BareClient) -> None:
    client.fault(PLACE, "wrong_answer")

    assert list(client.signed("POST", ORDER, symbol="BTCUSDT").json()) == ["serverTime"]


def test_a_request_delivered_twice_is_executed_twice_and_answered_once(client: BareClient) -> None:
    client.fault(PLACE, "delivered_twice")

    with wire_to(client) as wire:
        place(client, wire)
        answer = json.loads(wire.take_whole())
        more = not wire.silent(0.2)

    rows = [row for row in client.control("GET", "/ledger")["requests"] if row["path"] == ORDER]
    assert answer == {"orderId": 2}
    assert not more
    assert [(row["executed"], row["answered"], row["fault"]) for row in rows] == [
        (True, False, "delivered_twice"),
        (True, True, "delivered_twice"),
    ]


def test_old_connections_are_dead_and_new_ones_work(client: BareClient) -> None:
    with wire_to(client) as idle, wire_to(client) as other:
        for wire in (idle, other):
            wire.send("GET", "/fapi/v1/ping")
            wire.take_whole()
        client.fault(PLACE, "dead_keepalive")

        place(client, idle)
        assert idle.silent(0.3)
        assert last_request(client) == (False, False, "dead_keepalive")
        with wire_to(client) as fresh:
            place(client, fresh)
            assert json.loads(fresh.take_whole()) == {"orderId": 1}
        other.pieces.clear()
        place(client, other)  # the rule has had its one time
        assert json.loads(other.take_whole()) == {"orderId": 2}

        client.control("DELETE", "/faults")
        assert idle.cut()


def test_a_dead_connection_stays_dead_for_whatever_is_asked_next(client: BareClient) -> None:
    with wire_to(client) as idle:
        idle.send("GET", "/fapi/v1/ping")
        idle.take_whole()
        client.fault("*", "dead_keepalive", seconds=1)
        begun, idle.pieces = time.monotonic(), []
        idle.send("GET", "/fapi/v1/ping")
        idle.send("GET", "/fapi/v1/ping")

        assert idle.cut()
        assert time.monotonic() - begun >= 1
        assert idle.received == b""
    client.session.close()
    assert [row["fault"] for row in client.control("GET", "/ledger")["requests"]] == [None, "dead_keepalive"]


def test_a_connection_opened_after_the_rule_is_never_dead(client: BareClient) -> None:
    client.fault(PLACE, "dead_keepalive", times=5)

    with wire_to(client) as wire:
        for number in (1, 2, 3):
            wire.pieces.clear()
            place(client, wire)
            assert json.loads(wire.take_whole()) == {"orderId": number}
    assert [row["hits"] for row in client.control("GET", "/faults")] == [0]


def test_a_small_answer_unpacks_to_four_hundred_megabytes(client: BareClient) -> None:
    client.fault(PLACE, "gzip_bomb")

    with wire_to(client) as wire:
        place(client, wire)
        body = wire.take_whole()

    unpacker = zlib.decompressobj(wbits=31)
    length, first, left = 0, b"", body
    while left:
        piece = unpacker.decompress(left, 1 << 22)
        first, length, left = first or piece[:1], length + len(piece), unpacker.unconsumed_tail
    assert (first, length, unpacker.eof) == (b"[", 400_000_002, True)
    assert len(body) < 1_000_000
    assert last_request(client) == (True, True, "gzip_bomb")


def test_a_deep_answer_is_json_that_hardly_anybody_can_read(client: BareClient) -> None:
    client.fault(PLACE, "deep_json")

    answer = client.signed("POST", ORDER, symbol="BTCUSDT")

    assert answer.text == "[" * 100_000 + "]" * 100_000
    with pytest.raises(RecursionError):
        answer.json()


def test_many_rows_are_those_of_the_true_answer_a_million_times(client: BareClient) -> None:
    for _ in range(2):
        client.signed("POST", ORDER, symbol="BTCUSDT")
    client.fault("GET /fapi/v1/allOrders", "many_rows")

    body = client.signed("GET", "/fapi/v1/allOrders").content

    assert body.count(b'"orderId":1,') == body.count(b'"orderId":2,') == 500_000
    assert body.startswith(b'[{"orderId":1,')
    assert body.endswith(b"}]")


def test_an_endless_answer_lasts_until_somebody_ends_it_and_others_are_served(client: BareClient) -> None:
    client.fault(PLACE, "endless")
    with wire_to(client) as wire:
        place(client, wire)
        while len(wire.received) < 1 << 21:
            assert wire.take()
        served = client.time()

        client.control("DELETE", "/faults")

        assert served
        assert wire.cut()
    assert last_request(client) == (True, False, "endless")


def test_a_client_that_does_not_read_an_endless_answer_can_still_be_cut(client: BareClient) -> None:
    client.fault(PLACE, "endless")
    with wire_to(client) as wire:
        place(client, wire)
        while acting(client) != [1]:
            pass

        client.control("DELETE", "/faults")
        wait_until_over(client)

        assert wire.cut()


@pytest.mark.parametrize("kind", ["drip", "stall_headers", "truncate", "corrupt_gzip"])
def test_a_refusal_suffers_like_any_answer(client: BareClient, kind: str) -> None:
    client.fault(PLACE, kind, seconds=0.001)

    with wire_to(client) as wire:
        wire.ask(client, "POST", ORDER, symbol="NOPE")
        if kind == "truncate":
            while wire.take():
                pass
        else:
            wire.take_whole()

    assert wire.received.startswith(b"HTTP/1.1 400 ")
    assert last_request(client) == (False, kind != "truncate", kind)


def test_the_exchange_ends_at_once_though_an_answer_drips() -> None:
    with running("tests.simulator.http.serve_tiny") as (url, process):
        client = BareClient(url)
        client.fault(PLACE, "drip", seconds=60)
        with wire_to(client) as wire:
            place(client, wire)
            while b"\r\n\r\n{" not in wire.received:
                wire.take()

            process.terminate()

            assert json.loads(wire.take_whole()) == {"orderId": 1}
            assert process.wait(timeout=10) == 0


def test_wire_counts_reset_as_cut_and_end_as_end() -> None:
    near, far = socket.socketpair()
    far.close()
    with near:
        assert not Wire(near, "").cut()
