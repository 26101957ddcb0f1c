import hashlib
import hmac
import logging
import socket
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from domain.allowed_hosts import ForbiddenHost
from exchange.errors import Failure, RequestFailed
from exchange.gate import RequestGate
from exchange.transport import GuardedLibrary
from tests.exchange.scripted_server import Answer, ScriptedServer, json_answer

D = Decimal

NOW = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)
SECRET = "practice-secret"


@pytest.fixture
def seen_headers() -> list[Any]:
    return []


@pytest.fixture
def library(server: ScriptedServer, seen_headers: list[Any]) -> Iterator[GuardedLibrary]:
    made = GuardedLibrary("practice-key", SECRET, server.url + "/", lambda: NOW, seen_headers.append, RequestGate())
    yield made
    made.session.close()


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every address that anything in this process tries to reach or look up."""
    addresses: list[Any] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def noted_connect(self: socket.socket, address: Any) -> None:
        addresses.append(address[0])
        connect(self, address)

    def noted_look_up(host: Any, *arguments: Any, **options: Any) -> Any:
        addresses.append(host)
        return look_up(host, *arguments, **options)

    monkeypatch.setattr(socket.socket, "connect", noted_connect)
    monkeypatch.setattr(socket, "getaddrinfo", noted_look_up)
    return addresses


@pytest.mark.parametrize(
    "call",
    [
        lambda library: library.get_account(),
        lambda library: library.ping(),
        lambda library: library.get_all_coins_info(),
        lambda library: library.get_isolated_margin_account(),
        lambda library: library.options_ping(),
        lambda library: library.papi_get_balance(),
        lambda library: library.get_products(),
    ],
)
def test_calls_that_the_library_sends_elsewhere_never_leave(library: Any, dialled: list[Any], call: Any) -> None:
    with pytest.raises(ForbiddenHost):
        call(library)

    assert dialled == []


def test_futures_calls_reach_loopback_only(library: Any, server: ScriptedServer, dialled: list[Any]) -> None:
    server.script("GET /fapi/v1/time", json_answer({"serverTime": 5}))

    assert library.futures_time() == {"serverTime": 5}
    assert set(dialled) == {"127.0.0.1"}


def test_a_redirect_is_an_answer_not_a_way(library: Any, server: ScriptedServer, dialled: list[Any]) -> None:
    for status in (301, 302, 303, 307, 308):
        server.script(
            "POST /fapi/v1/order", Answer(b"", status, {"Location": "https://fapi.binance.com/fapi/v1/order"})
        )

        with pytest.raises(RequestFailed) as failed:
            library.futures_market_order(symbol="BTCUSDT")

        assert failed.value.failure == Failure(status, None, f"HTTP {status}, not JSON")
    assert set(dialled) == {"127.0.0.1"}
    assert len(server.asked) == 5


def test_a_proxy_of_the_environment_is_not_used(
    library: Any, server: ScriptedServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    server.script("GET /fapi/v1/time", json_answer({"serverTime": 5}))

    assert library.futures_time() == {"serverTime": 5}


def test_a_given_timestamp_is_signed_and_sent_as_it_is(library: Any, server: ScriptedServer) -> None:
    server.script("POST /fapi/v1/order", json_answer({"ok": True}))

    library.futures_market_order(symbol="BTCUSDT", newClientOrderId="t1-a", quantity="0.00001", timestamp=1795340000123)

    [asked] = server.asked
    payload, signature = asked.raw.split("&signature=")
    assert asked.parameters["timestamp"] == "1795340000123"
    assert asked.parameters["recvWindow"] == "5000"
    assert asked.parameters["quantity"] == "0.00001"
    assert asked.headers["X-MBX-APIKEY"] == "practice-key"
    assert signature == hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest()


def test_without_a_timestamp_the_exchanges_time_is_used(library: Any, server: ScriptedServer) -> None:
    server.script("GET /fapi/v3/positionRisk", json_answer([]))
    server.script("DELETE /fapi/v1/algoOrder", json_answer({}))

    library.futures_position_information()
    library.futures_cancel_algo_order(clientAlgoId="t1-a")

    for asked in server.asked:
        payload, signature = asked.raw.split("&signature=")
        assert asked.parameters["timestamp"] == str(int(NOW.timestamp() * 1000))
        assert signature == hmac.new(SECRET.encode(), payload.encode(), hashlib.sha256).hexdigest()


def test_numbers_of_an_answer_are_exact(library: Any, server: ScriptedServer) -> None:
    server.script("GET /fapi/v1/leverageBracket", Answer(b'{"ratio":0.004,"cap":300000}'))

    answer = library.futures_leverage_bracket(symbol="BTCUSDT")

    assert answer == {"ratio": D("0.004"), "cap": 300000}
    assert isinstance(answer["ratio"], D)


@pytest.mark.parametrize(
    ("answer", "failure"),
    [
        (
            json_answer({"code": -2019, "msg": "Margin is insufficient."}, 400),
            Failure(400, -2019, "Margin is insufficient."),
        ),
        (Answer(b"<html>Bad Gateway</html>", 502), Failure(502, None, "HTTP 502, not JSON")),
        (Answer(b"", 200), Failure(200, None, "HTTP 200, not JSON")),
        (Answer(b"\xff\xfe", 200), Failure(200, None, "HTTP 200, not JSON")),
        (json_answer(["no", "object"], 503), Failure(503, None, "HTTP 503")),
        (json_answer(None, 500), Failure(500, None, "HTTP 500")),
        (json_answer({"code": -1000, "msg": "An unknown error"}, 200), Failure(200, -1000, "An unknown error")),
        (json_answer({"code": "odd", "msg": None}, 400), Failure(400, None, "HTTP 400")),
        (
            json_answer({"code": -1003, "msg": "Too many requests"}, 429, **{"Retry-After": "7"}),
            Failure(429, -1003, "Too many requests", timedelta(seconds=7)),
        ),
        (json_answer({"code": -1003, "msg": "x"}, 429, **{"Retry-After": "soon"}), Failure(429, -1003, "x")),
        (
            json_answer({"code": -1003, "msg": "x"}, 429, **{"Retry-After": "9" * 400}),
            Failure(429, -1003, "x", timedelta(minutes=2)),
        ),
        (
            json_answer({"code": -1003, "msg": "x"}, 418, **{"Retry-After": "9" * 400}),
            Failure(418, -1003, "x", timedelta(days=3)),
        ),
        (Answer(drop=True), Failure(None, None, "no answer (ConnectionError)")),
    ],
)
def test_an_answer_without_success_is_told_as_received(
    library: Any, server: ScriptedServer, answer: Answer, failure: Failure
) -> None:
    server.script("POST /fapi/v1/order", answer)

    with pytest.raises(RequestFailed) as failed:
        library.futures_market_order(symbol="BTCUSDT")

    assert failed.value.failure == failure


def test_success_codes_are_no_failure(library: Any, server: ScriptedServer) -> None:
    server.script("DELETE /fapi/v1/algoOrder", json_answer({"algoId": 1, "code": "200", "msg": "success"}))
    server.script("POST /fapi/v1/marginType", json_answer({"code": 200, "msg": "success"}))

    assert library.futures_cancel_algo_order(clientAlgoId="a")["code"] == "200"
    assert library.futures_change_margin_type(symbol="BTCUSDT", marginType="CROSSED")["code"] == 200


def test_a_read_over_a_broken_connection_is_asked_again_an_order_never(library: Any, server: ScriptedServer) -> None:
    server.script("GET /fapi/v1/time", Answer(drop=True), json_answer({"serverTime": 5}))
    server.script("POST /fapi/v1/order", Answer(drop=True), json_answer({"ok": True}))
    server.script("DELETE /fapi/v1/order", Answer(drop=True), json_answer({"ok": True}))

    assert library.futures_time() == {"serverTime": 5}
    with pytest.raises(RequestFailed):
        library.futures_market_order(symbol="BTCUSDT")
    with pytest.raises(RequestFailed):
        library.futures_cancel_order(symbol="BTCUSDT")

    assert len(server.requests_to("POST /fapi/v1/order")) == 1
    assert len(server.requests_to("DELETE /fapi/v1/order")) == 1


def test_nothing_listening_is_no_answer(seen_headers: list[Any]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
    library = GuardedLibrary(
        "key", "secret", f"http://127.0.0.1:{port}", lambda: NOW, seen_headers.append, RequestGate()
    )

    with pytest.raises(RequestFailed) as failed:
        library.futures_time()

    assert failed.value.failure == Failure(None, None, "no answer (ConnectionError)")


def test_no_error_carries_a_signature_or_a_secret(
    library: Any, server: ScriptedServer, caplog: pytest.LogCaptureFixture
) -> None:
    server.script(
        "GET /fapi/v1/order", Answer(drop=True), Answer(b"<html>", 502), json_answer({"code": -1, "msg": "m"}, 400)
    )
    caplog.set_level(logging.DEBUG)

    for _ in range(3):
        with pytest.raises(RequestFailed) as failed:
            library.futures_get_order(symbol="BTCUSDT", origClientOrderId="t1-a")

        assert failed.value.__cause__ is None
        assert failed.value.__context__ is None
        logged = "".join(traceback.format_exception(failed.value)) + caplog.text
        assert "signature=" not in logged
        assert SECRET not in logged


def test_threads_are_never_given_each_others_answers(library: Any, server: ScriptedServer) -> None:
    server.compute("GET /fapi/v1/premiumIndex", lambda asked: json_answer({"symbol": asked.parameters["symbol"]}))

    def ask(number: int) -> bool:
        asked = {"symbol": f"S{number}USDT"}
        return all(library.futures_mark_price(**asked) == asked for _ in range(10))

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(ask, range(8)))
        library.response = "the main thread's"
        assert pool.submit(lambda: library.response).result() != "the main thread's"


def test_usage_headers_of_every_answer_are_noted(library: Any, server: ScriptedServer, seen_headers: list[Any]) -> None:
    server.script("GET /fapi/v1/time", json_answer({"code": -1003, "msg": "m"}, 429, **{"X-MBX-USED-WEIGHT-1M": "9"}))

    with pytest.raises(RequestFailed):
        library.futures_time()

    assert [headers["x-mbx-used-weight-1m"] for headers in seen_headers] == ["9"]


def test_connections_are_used_again(library: Any, server: ScriptedServer, dialled: list[Any]) -> None:
    server.script("GET /fapi/v1/time", json_answer({"serverTime": 5}))

    for _ in range(5):
        library.futures_time()

    assert len([address for address in dialled if address == "127.0.0.1"]) <= 2  # one look-up, one connect
