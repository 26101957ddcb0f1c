"""Sockets whose other side is gone without having said so."""

import json
import time

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import ClientConnection

from tests.simulator.http.client import BareClient
from tests.simulator.http.listening import asked, key_of, opened, place, received, silent
from tests.simulator.http.wire import wait_until_over

MARK = "btcusdt@markPrice@1s"

pytestmark = pytest.mark.slow


def lost(socket: ClientConnection) -> bool:
    """Return whether the connection ended without a word."""
    with pytest.raises(ConnectionClosedError) as ended:
        while True:
            socket.recv(timeout=5)
    return ended.value.rcvd is None


def test_half_open_sockets_say_nothing_and_hear_nothing_while_new_ones_work(client: BareClient) -> None:
    key = key_of(client)
    with opened(client, f"/private/ws/{key}") as dead, opened(client, f"/market/ws/{MARK}") as other:
        asked(dead, "LIST_SUBSCRIPTIONS")  # both are attached before the rule is there
        received(other)
        client.fault("WS /private", "half_open")

        order_id = place(client)
        assert silent(dead)
        assert not dead.ping().wait(0.3)
        dead.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": 7}))
        assert silent(dead)
        assert received(other)["e"] == "markPriceUpdate"
        with opened(client, f"/private/ws/{key}") as fresh:
            asked(fresh, "LIST_SUBSCRIPTIONS")
            assert place(client) == order_id + 1
            assert received(fresh)["o"]["i"] == order_id + 1
        assert client.control("GET", "/faults")[0]["acting"] == 1

        client.control("DELETE", "/faults")
        assert lost(dead)


def test_a_half_open_socket_is_forgotten_when_its_client_goes(client: BareClient) -> None:
    with opened(client, f"/private/ws/{key_of(client)}") as dead:
        asked(dead, "LIST_SUBSCRIPTIONS")
        client.fault("WS /private", "half_open")
        dead.socket.close()  # no close frame: nobody would answer it

        wait_until_over(client)

    assert client.control("GET", "/state")["sockets"]["private"] == 0


def test_the_next_socket_is_half_open_when_none_was(client: BareClient) -> None:
    client.fault("WS /market", "half_open")
    with opened(client, f"/market/ws/{MARK}") as first, opened(client, f"/market/ws/{MARK}") as second:
        assert received(second)["e"] == "markPriceUpdate"
        assert silent(first)
        first.socket.close()


def test_half_open_lasts_for_its_seconds(client: BareClient) -> None:
    client.fault("WS /market", "half_open", seconds=1)
    begun, dead = time.monotonic(), 0
    while True:
        assert time.monotonic() - begun < 60
        with opened(client, f"/market/ws/{MARK}") as socket:
            if not silent(socket):
                break
            dead += 1
            socket.socket.close()

    assert dead >= 1
    assert time.monotonic() - begun >= 1
