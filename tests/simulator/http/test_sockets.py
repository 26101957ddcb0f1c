"""WebSockets: routes, control frames, user data, and the faults on the way."""

import json
import time

import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError

from tests.simulator.http.client import BareClient
from tests.simulator.http.listening import asked, key_of, opened, place, received, silent

MARK = "btcusdt@markPrice@1s"

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "path",
    ["/private/ws/{key}", "/private/ws?listenKey={key}", "/private/ws?listenKey={key}&events=ORDER_TRADE_UPDATE"],
)
def test_user_events_arrive_raw_on_every_form_of_the_private_route(client: BareClient, path: str) -> None:
    with opened(client, path.format(key=key_of(client))) as socket:
        order_id = place(client)

        event = received(socket)

    assert (event["e"], event["o"]["i"]) == ("ORDER_TRADE_UPDATE", order_id)


def test_combined_private_stream_wraps_events(client: BareClient) -> None:
    key = key_of(client)
    with opened(client, f"/private/stream?listenKey={key}") as socket:
        place(client)

        wrapped = received(socket)

    assert wrapped["stream"] == key
    assert wrapped["data"]["e"] == "ORDER_TRADE_UPDATE"


def test_events_not_asked_for_are_left_out(client: BareClient) -> None:
    with opened(client, f"/private/ws?listenKey={key_of(client)}&events=ACCOUNT_UPDATE") as socket:
        place(client)

        assert silent(socket)


def test_unknown_listen_key_connects_and_stays_silent(client: BareClient) -> None:
    key_of(client)
    with opened(client, "/private/ws/unknown") as socket:
        place(client)

        assert silent(socket)


@pytest.mark.parametrize("path", [f"/market/ws/{MARK}", f"/market/stream?streams={MARK}"])
def test_market_streams_on_the_market_route(client: BareClient, path: str) -> None:
    with opened(client, path) as socket:
        event = received(socket)

    payload = event["data"] if "stream" in path else event
    assert payload["e"] == "markPriceUpdate"


@pytest.mark.parametrize("path", [f"/public/ws/{MARK}", f"/ws/{MARK}", f"/private/ws/{MARK}"])
def test_market_streams_on_the_wrong_route_are_silent(client: BareClient, path: str) -> None:
    with opened(client, path) as socket:
        assert silent(socket)


def test_live_subscribing_and_listing(client: BareClient) -> None:
    with opened(client, "/market/ws") as socket:
        before = asked(socket, "LIST_SUBSCRIPTIONS")
        subscribed = asked(socket, "SUBSCRIBE", [MARK, "BTCUSDT@UNKNOWN"], 2)
        event = received(socket)
        listed = asked(socket, "LIST_SUBSCRIPTIONS", None, 3)
        asked(socket, "UNSUBSCRIBE", [MARK], 4)

        assert (before, subscribed) == ({"result": [], "id": 1}, {"result": None, "id": 2})
        assert event["e"] == "markPriceUpdate"
        assert listed == {"result": [MARK, "BTCUSDT@UNKNOWN"], "id": 3}
        assert silent(socket)


def test_combined_property_wraps_what_follows(client: BareClient) -> None:
    with opened(client, "/market/ws") as socket:
        assert asked(socket, "SET_PROPERTY", ["combined", True]) == {"result": None, "id": 1}
        assert asked(socket, "GET_PROPERTY", ["combined"]) == {"result": True, "id": 1}
        asked(socket, "SUBSCRIBE", [MARK])

        assert received(socket)["stream"] == MARK


def test_broken_control_frames_are_answered_with_their_code(client: BareClient) -> None:
    with opened(client, "/market/ws") as socket:
        socket.send("{")
        no_json = received(socket)
        socket.send('{"id":1}')
        no_method = received(socket)
        no_variant = asked(socket, "EXPLODE")
        no_boolean = asked(socket, "SET_PROPERTY", ["combined", 1])
        no_property = asked(socket, "SET_PROPERTY", ["colour", True])

    codes = [answer["code"] for answer in (no_json, no_method, no_variant, no_boolean, no_property)]
    assert codes == [3, 2, 2, 1, 0]


@pytest.mark.parametrize(("frame", "code"), [("[" * 100_000, 3), ('{"method":"LIST_SUBSCRIPTIONS","id":1.5}', 2)])
def test_odd_control_frames_leave_the_socket_open(client: BareClient, frame: str, code: int) -> None:
    with opened(client, "/market/ws") as socket:
        socket.send(frame)

        assert received(socket)["code"] == code
        assert asked(socket, "LIST_SUBSCRIPTIONS")["result"] == []


def test_more_than_ten_control_frames_a_second_close_the_socket(client: BareClient) -> None:
    with opened(client, "/market/ws") as socket:
        for number in range(11):
            socket.send(json.dumps({"method": "LIST_SUBSCRIPTIONS", "id": number}))

        with pytest.raises(ConnectionClosedError) as closed:
            while True:
                socket.recv(timeout=5)

    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "Too many requests")


def test_more_than_1024_streams_close_the_socket(client: BareClient) -> None:
    with opened(client, "/market/ws") as socket:
        socket.send(json.dumps({"method": "SUBSCRIBE", "params": [f"s{n}@aggTrade" for n in range(1025)], "id": 1}))

        assert received(socket)["code"] == 4
        with pytest.raises(ConnectionClosedError):
            while True:
                socket.recv(timeout=5)


def test_expired_listen_key_is_announced_and_then_silent(client: BareClient) -> None:
    key = key_of(client)
    with opened(client, f"/private/ws/{key}") as socket:
        client.control("POST", "/clock", advance_seconds=3601)
        event = received(socket)
        place(client)

        assert (event["e"], event["listenKey"]) == ("listenKeyExpired", key)
        assert silent(socket)
    assert key_of(client) != key


def test_ended_listen_key_closes_its_sockets(client: BareClient) -> None:
    with opened(client, f"/private/ws/{key_of(client)}") as socket:
        client.send("DELETE", "/fapi/v1/listenKey")

        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)


def test_a_socket_lives_for_a_day_of_the_exchange_clock(client: BareClient) -> None:
    with opened(client, "/market/ws") as socket:
        asked(socket, "LIST_SUBSCRIPTIONS")
        client.control("POST", "/clock", advance_seconds=86_400)

        with pytest.raises(ConnectionClosed):
            socket.recv(timeout=5)


def test_dropped_sockets_end_without_a_close_frame_and_can_come_back(client: BareClient) -> None:
    path = f"/private/ws/{key_of(client)}"
    with opened(client, path) as socket:
        client.fault("WS /private", "ws_drop", times=2)
        with pytest.raises(ConnectionClosedError) as cut:
            socket.recv(timeout=5)
    with opened(client, path) as socket, pytest.raises(ConnectionClosedError):
        socket.recv(timeout=5)
    with opened(client, path) as socket:
        place(client)

        assert received(socket)["e"] == "ORDER_TRADE_UPDATE"
    assert cut.value.rcvd is None


def test_silent_sockets_lose_events_and_stay_open(client: BareClient) -> None:
    with opened(client, f"/private/ws/{key_of(client)}") as socket:
        client.fault("WS /private", "ws_silent", times=2)

        placed = [place(client) for _ in range(3)]

        assert received(socket)["o"]["i"] == placed[2]


def test_silence_can_last_for_seconds(client: BareClient) -> None:
    with opened(client, f"/private/ws/{key_of(client)}") as socket:
        client.fault("WS /private/*", "ws_silent", seconds=0.4)
        place(client)
        time.sleep(0.5)
        second = place(client)

        assert received(socket)["o"]["i"] == second


def test_duplicated_events_arrive_twice(client: BareClient) -> None:
    with opened(client, f"/private/ws/{key_of(client)}") as socket:
        client.fault("WS /private", "ws_duplicate")

        order_id = place(client)

        assert [received(socket)["o"]["i"] for _ in range(2)] == [order_id, order_id]
        assert silent(socket)


def test_reordered_event_arrives_after_the_next_one(client: BareClient) -> None:
    with opened(client, f"/private/ws/{key_of(client)}") as socket:
        client.fault("WS /private", "ws_reorder")

        first, second = place(client), place(client)

        assert [received(socket)["o"]["i"] for _ in range(2)] == [second, first]


def test_reordered_event_without_a_next_one_arrives_within_about_a_second(client: BareClient) -> None:
    with opened(client, f"/private/ws/{key_of(client)}") as socket:
        client.fault("WS /private", "ws_reorder")

        order_id = place(client)

        assert received(socket)["o"]["i"] == order_id


def test_listen_key_can_be_made_to_expire(client: BareClient) -> None:
    key = key_of(client)
    with opened(client, f"/private/ws/{key}") as socket:
        client.fault("WS /private", "listen_key_expired")

        assert received(socket)["e"] == "listenKeyExpired"
    assert client.send("PUT", "/fapi/v1/listenKey", listenKey=key).json()["code"] == -1125


def test_path_without_streams_is_refused(client: BareClient) -> None:
    with pytest.raises(Exception, match="403"):
        opened(client, "/elsewhere")
