"""Sockets that are told more than anybody can keep."""

import pytest
from websockets.exceptions import ConnectionClosedError
from websockets.sync.client import connect

from tests.simulator.http.client import BareClient
from tests.simulator.http.listening import asked, opened, received
from tests.simulator.http.wire import wait_until_over

MARK = "btcusdt@markPrice@1s"

pytestmark = pytest.mark.slow


def test_a_flood_tells_of_ever_new_symbols_until_it_is_ended(client: BareClient) -> None:
    with opened(client, f"/market/ws/{MARK}") as socket:
        assert received(socket)["p"]
        client.fault("WS /market", "ws_flood")
        seen: set[str] = set()
        while len(seen) < 20_000:
            event = received(socket)
            seen |= {row["s"] for row in event} if isinstance(event, list) else set()
        served = client.time()

        client.control("DELETE", "/faults")

        assert served
        assert asked(socket, "LIST_SUBSCRIPTIONS")["result"] == [MARK]  # the socket goes on


def test_a_flood_lasts_for_its_seconds(client: BareClient) -> None:
    client.fault("WS /market", "ws_flood", seconds=0.3)
    with opened(client, f"/market/ws/{MARK}") as socket:
        assert isinstance(received(socket), list)
        while isinstance(received(socket), list):
            pass

    wait_until_over(client)


def test_a_client_that_does_not_read_a_flood_does_not_fill_the_exchange(client: BareClient) -> None:
    with opened(client, f"/market/ws/{MARK}") as socket:
        client.fault("WS /market", "ws_flood")
        while client.control("GET", "/faults")[0]["acting"] != 1:
            pass
        assert client.time()
        socket.socket.close()

        wait_until_over(client)


def test_an_endless_message_never_ends_and_its_socket_is_reset_afterwards(client: BareClient) -> None:
    address = f"{client.url.replace('http', 'ws')}/market/ws/{MARK}"
    with connect(address, max_size=None) as socket:
        received(socket)
        client.fault("WS /market", "ws_endless")
        long_parts = 0
        with pytest.raises(ConnectionClosedError) as ended:
            for part in socket.recv_streaming():
                long_parts += len(part) > 60_000
                if long_parts == 50:
                    client.control("DELETE", "/faults")

    assert long_parts >= 50
    assert ended.value.rcvd is None
