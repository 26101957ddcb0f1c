"""Who may talk to the exchange, seen by a client that writes its own headers."""

import json
import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest
import requests

from simulator.connections import CONNECTIONS_PER_ADDRESS
from simulator.host_guard import SOCKETS_PER_ADDRESS, host_name, is_loopback
from tests.simulator.conftest import running
from tests.simulator.http.client import BareClient
from tests.simulator.http.wire import Wire, wire_to

SOCKET_HEADERS = (
    "Upgrade: websocket",
    "Connection: Upgrade",
    "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
)
READS = ["/fapi/v1/time", "/control/ledger", "/control/state", "/sapi/v1/anything", "/nowhere"]
SOCKETS = ["/market/ws/btcusdt@markPrice@1s", "/private/ws/key", "/stream?streams=btcusdt@markPrice"]


@pytest.fixture(scope="module")
def client() -> Iterator[BareClient]:
    with running("simulator", "--port", "0", "--prices", "hold", "--allow-host", "Practice.example.org") as (url, _):
        yield BareClient(url)


pytestmark = pytest.mark.slow


def status_of(client: BareClient, target: str, *headers: str, host: str | None = None, method: str = "GET") -> int:
    """Return the status that a request or, with an upgrade among its headers, a socket gets."""
    with wire_to(client) as wire:
        wire.host = host or wire.host
        wire.send(method, target, *headers)
        while b"\r\n\r\n" not in wire.received:
            assert wire.take(), "ended without an answer"
    return int(wire.received.split()[1])


def port_of(client: BareClient) -> str:
    return client.url.rsplit(":", 1)[1]


@pytest.mark.parametrize("target", READS + SOCKETS)
@pytest.mark.parametrize("host", ["evil.example", "evil.example:{port}", "127.0.0.1.evil.example:{port}", "10.1.2.3"])
def test_a_name_that_is_not_its_own_is_refused_everywhere(client: BareClient, target: str, host: str) -> None:
    headers = SOCKET_HEADERS if target in SOCKETS else ()

    assert status_of(client, target, *headers, host=host.format(port=port_of(client))) == 403


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:{port}", "127.0.0.1:{port}", "127.4.5.6", "[::1]:{port}"])
def test_loopback_names_and_those_allowed_are_served(client: BareClient, host: str) -> None:
    for name in (host.format(port=port_of(client)), "practice.example.org:8600"):
        assert status_of(client, "/fapi/v1/time", host=name) == 200
        assert status_of(client, SOCKETS[0], *SOCKET_HEADERS, host=name) == 101


@pytest.mark.parametrize("host", ["", "localhost@evil.example", "localhost/", "localhost:port", "localhost:1:2", "é"])
def test_a_host_that_is_no_name_is_refused(client: BareClient, host: str) -> None:
    with wire_to(client) as wire:
        wire.socket.sendall(f"GET /control/ledger HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        wire.take()

    assert wire.received.split()[1] in (b"400", b"403")


def test_the_refusal_says_what_would_work(client: BareClient) -> None:
    with wire_to(client) as wire:
        wire.host = "evil.example"
        wire.send("GET", "/control/ledger")

        error = json.loads(wire.take_whole())["error"]

    assert "'evil.example'" in error
    assert "--allow-host" in error


def test_two_hosts_are_no_host(client: BareClient) -> None:
    with wire_to(client) as wire:
        wire.send("GET", "/fapi/v1/time", "Host: evil.example")
        wire.take()

    assert wire.received.startswith(b"HTTP/1.1 400 ")


def test_a_request_of_old_without_a_host_is_refused(client: BareClient) -> None:
    with wire_to(client) as wire:
        wire.socket.sendall(b"GET /fapi/v1/time HTTP/1.0\r\n\r\n")
        wire.take()

    assert wire.received.startswith(b"HTTP/1.1 403 ")


@pytest.mark.parametrize("target", READS + SOCKETS)
@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "http://evil.example:{port}",
        "http://127.0.0.1:8501",
        "http://127.0.0.1",
        "https://127.0.0.1:{port}",
        "http://localhost:{port}",  # another origin than the one that is asked
        "http://127.0.0.1:{port}.evil.example",
        "http://127.0.0.1:{port}/",
        "null",
        "",
    ],
)
def test_pages_of_every_other_origin_are_refused(client: BareClient, target: str, origin: str) -> None:
    headers = SOCKET_HEADERS if target in SOCKETS else ()
    origin = origin.format(port=port_of(client))

    assert status_of(client, target, f"Origin: {origin}", *headers) == 403


@pytest.mark.parametrize("host", ["127.0.0.1:{port}", "localhost:{port}", "[::1]:{port}", "localhost"])
def test_its_own_origin_is_welcome(client: BareClient, host: str) -> None:
    host = host.format(port=port_of(client))

    assert status_of(client, "/fapi/v1/time", f"Origin: http://{host}", host=host) == 200
    assert status_of(client, SOCKETS[0], f"Origin: http://{host}", *SOCKET_HEADERS, host=host) == 101


def test_one_good_origin_does_not_hide_a_bad_one(client: BareClient) -> None:
    origins = (f"Origin: {client.url}", "Origin: https://evil.example")

    assert status_of(client, "/fapi/v1/time", *origins) == 403


@pytest.mark.parametrize(
    ("site", "status"), [("cross-site", 403), ("same-site", 403), ("same-origin", 200), ("none", 200)]
)
def test_what_pages_only_embed_is_told_by_the_browser(client: BareClient, site: str, status: int) -> None:
    assert status_of(client, "/fapi/v1/time", f"Sec-Fetch-Site: {site}") == status


def test_a_page_asking_whether_it_may_is_told_no(client: BareClient) -> None:
    preflight = ("Origin: http://127.0.0.1:8501", "Access-Control-Request-Method: POST")

    assert status_of(client, "/control/price", *preflight, method="OPTIONS") == 403


def test_what_is_refused_leaves_no_trace_and_costs_no_weight(client: BareClient) -> None:
    client.control("POST", "/reset")
    for _ in range(3):
        status_of(client, "/fapi/v1/exchangeInfo", "Origin: https://evil.example")

    used = client.send("GET", "/fapi/v1/ping").headers["X-MBX-USED-WEIGHT-1M"]

    assert used == "1"
    assert [row["path"] for row in client.control("GET", "/ledger")["requests"]] == ["/fapi/v1/ping"]


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "text/json", "application/jsonp", None],
)
@pytest.mark.parametrize("path", ["/control/price", "/control/faults", "/control/nothing"])
def test_control_requests_are_json_and_say_so(client: BareClient, content_type: str | None, path: str) -> None:
    headers = () if content_type is None else (f"Content-Type: {content_type}",)
    with wire_to(client) as wire:
        wire.send("POST", path, *headers, body=b'{"symbol":"BTCUSDT","price":"1.0"}')
        error = json.loads(wire.take_whole())["error"]

    assert wire.received.startswith(b"HTTP/1.1 415 ")
    assert "Content-Type: application/json" in error
    assert client.send("GET", "/fapi/v1/premiumIndex", symbol="BTCUSDT").json()["markPrice"] != "1.0"


@pytest.mark.parametrize("content_type", ["application/json", "Application/JSON; charset=utf-8"])
def test_json_may_name_its_charset(client: BareClient, content_type: str) -> None:
    answer = client.session.post(
        f"{client.url}/control/prices", data='{"mode":"hold"}', headers={"Content-Type": content_type}, timeout=10
    )

    assert answer.status_code == 200


@pytest.mark.parametrize(("method", "path"), [("POST", "/control/reset"), ("DELETE", "/control/faults")])
def test_a_control_request_without_a_body_needs_no_type(client: BareClient, method: str, path: str) -> None:
    assert status_of(client, path, method=method) == 200


def test_headers_of_a_proxy_make_nobody_somebody_else(client: BareClient) -> None:
    forwarded = ("X-Forwarded-For: 10.1.2.3", "X-Forwarded-Proto: https", "X-Forwarded-Host: evil.example")

    assert status_of(client, "/control/state", *forwarded) == 200  # from this machine still
    assert status_of(client, "/fapi/v1/time", *forwarded, f"Origin: {client.url}") == 200


def test_a_body_of_hostile_size_is_refused_while_it_arrives(client: BareClient) -> None:
    client.control("POST", "/reset")
    with wire_to(client) as wire:
        wire.socket.sendall(
            f"POST /fapi/v1/order HTTP/1.1\r\nHost: {wire.host}\r\nContent-Length: 9999999999\r\n\r\n".encode()
        )
        wire.socket.sendall(b"a=" + b"x" * 1_100_000)

        error = json.loads(wire.take_whole())["error"]

        assert wire.received.startswith(b"HTTP/1.1 413 ")
        assert "1000000 bytes" in error
        wire.pieces.clear()
        assert wire.cut() or wire.received == b""  # it does not wait for the rest
    assert client.control("GET", "/ledger")["requests"] == []


@pytest.mark.parametrize("head", ["GET /{long} HTTP/1.1\r\n", "GET / HTTP/1.1\r\nX: {long}", "{long}"])
def test_headers_of_hostile_size_are_refused(client: BareClient, head: str) -> None:
    with wire_to(client) as wire:
        wire.socket.sendall(head.format(long="x" * 200_000).encode())
        with suppress(ConnectionResetError):  # more was on its way when it hung up
            wire.take()

    assert wire.received[:13] in (b"", b"HTTP/1.1 400 ")
    assert client.time()


def test_a_frame_of_hostile_size_ends_its_socket(client: BareClient) -> None:
    with wire_to(client) as wire:
        wire.send("GET", SOCKETS[1], *SOCKET_HEADERS)
        while b"\r\n\r\n" not in wire.received:
            wire.take()
        wire.socket.sendall(b"\x81\xff" + (1 << 30).to_bytes(8, "big") + b"mask")

        while wire.take():
            pass

    assert b"\x03\xf1" in wire.received.partition(b"\r\n\r\n")[2]  # 1009, message too big


def test_deeply_nested_control_requests_are_refused(client: BareClient) -> None:
    answer = client.session.post(
        f"{client.url}/control/price",
        data='{"symbol":' + "[" * 100_000 + "]" * 100_000 + "}",
        headers={"Content-Type": "application/json"},
        timeout=10,
    )

    assert (answer.status_code, "too deeply" in answer.text) == (400, True)


def test_an_address_has_so_many_sockets_and_no_more() -> None:
    with running("simulator", "--port", "0", "--prices", "hold") as (url, _):
        client = BareClient(url)
        wires = []
        for _ in range(SOCKETS_PER_ADDRESS):
            wire = Wire(socket.create_connection(("127.0.0.1", int(port_of(client)))), f"127.0.0.1:{port_of(client)}")
            wire.send("GET", SOCKETS[1], *SOCKET_HEADERS)
            assert b"101" in wire.take()
            wires.append(wire)

        one_more = status_of(client, SOCKETS[1], *SOCKET_HEADERS)
        wires.pop().socket.close()
        while sum(client.control("GET", "/state")["sockets"].values()) == SOCKETS_PER_ADDRESS:
            pass
        after_one_went = status_of(client, SOCKETS[1], *SOCKET_HEADERS)
        for wire in wires:
            wire.socket.close()

    assert (one_more, after_one_went) == (503, 101)


def address_in_the_network() -> str | None:
    """Return an address of this machine that is not a loopback one; nothing is sent to find it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
        except OSError:
            return None
        return str(probe.getsockname()[0])


def test_other_machines_may_trade_when_asked_for_but_never_control() -> None:
    address = address_in_the_network()
    if address is None:
        pytest.skip("this machine has loopback addresses only")
    with running("simulator", "--port", "0", "--host", address, "--prices", "hold") as (url, _):
        trading = requests.get(f"{url}/fapi/v1/time", timeout=10)
        control = requests.get(f"{url}/control/state", timeout=10)

    assert (trading.status_code, control.status_code) == (200, 403)
    assert "on this machine only" in control.json()["error"]


@pytest.mark.parametrize(
    ("host", "here"),
    [
        ("127.0.0.1", True),
        ("127.8.9.10", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("localhost", True),
        ("10.0.0.1", False),
        ("0.0.0.0", False),
        ("localhost.evil.example", False),
        ("", False),
    ],
)
def test_loopback_names_are_those_that_no_resolver_decides(host: str, here: bool) -> None:
    assert is_loopback(host) is here


@pytest.mark.parametrize(
    ("text", "name"), [("Box.Lan", "box.lan"), ("192.168.1.5", "192.168.1.5"), ("::1", "::1"), ("[fe80::1]", "fe80::1")]
)
def test_allowed_names_are_read(text: str, name: str) -> None:
    assert host_name(text) == name


@pytest.mark.parametrize("text", ["", "http://box.lan", "box.lan:8600", "box lan", "*", "box.lan/"])
def test_names_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a host name such as"):
        host_name(text)


def test_an_address_has_so_many_connections_and_no_more() -> None:
    with running("tests.simulator.http.serve_tiny") as (url, _):
        client = BareClient(url)
        wires = [
            Wire(socket.create_connection(("127.0.0.1", int(port_of(client)))), "localhost")
            for _ in range(CONNECTIONS_PER_ADDRESS + 1)
        ]
        wires[0].send("GET", "/fapi/v1/ping")

        assert wires[0].take_whole() == b"{}"
        assert wires[-1].take() == b""
        for wire in wires:
            wire.socket.close()
