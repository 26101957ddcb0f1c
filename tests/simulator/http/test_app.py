"""The exchange over real HTTP: keys, signatures, time, headers, unknown paths."""

import hashlib
import hmac
import socket
from collections.abc import Iterator

import pytest
import requests

from tests.simulator.conftest import running
from tests.simulator.http.client import BareClient, sign

ORDER = "/fapi/v1/order"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client() -> Iterator[BareClient]:
    with running("tests.simulator.http.serve_tiny") as (url, _):
        yield BareClient(url)


def test_spot_ping_and_time_answer_as_client_libraries_expect(client: BareClient) -> None:
    assert client.send("GET", "/api/v3/ping").json() == {}
    assert isinstance(client.send("GET", "/api/v3/time").json()["serverTime"], int)
    assert client.send("GET", "/fapi/v1/ping").json() == {}


def test_unknown_path_is_a_json_404_that_names_it(client: BareClient) -> None:
    answer = client.send("GET", "/fapi/v1/balance")

    assert answer.status_code == 404
    assert answer.json() == {"code": -5000, "msg": "Path /fapi/v1/balance, Method GET is invalid"}


def test_signature_is_accepted_in_the_query_and_in_upper_case(client: BareClient) -> None:
    query = f"symbol=BTCUSDT&timestamp={client.time()}"

    answer = requests.post(
        f"{client.url}{ORDER}?{query}&signature={sign('practice', query).upper()}",
        headers={"X-MBX-APIKEY": "practice"},
        timeout=10,
    )

    assert answer.status_code == 200


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_signature_is_accepted_in_a_form_body(client: BareClient, method: str) -> None:
    client.signed("POST", ORDER, symbol="BTCUSDT")
    body = f"orderId=1&symbol=BTCUSDT&timestamp={client.time()}"

    answer = requests.request(
        method,
        client.url + ORDER,
        data=f"{body}&signature={sign('practice', body)}",
        headers={"X-MBX-APIKEY": "practice", "Content-Type": "application/x-www-form-urlencoded"},
        timeout=10,
    )

    assert answer.status_code == 200


def test_query_and_body_are_signed_put_together_without_an_ampersand(client: BareClient) -> None:
    query, body = "symbol=BTCUSDT&side=BUY", f"quantity=1&timestamp={client.time()}"
    signature = sign("practice", query + body)

    answer = requests.post(
        f"{client.url}{ORDER}?{query}",
        data=f"{body}&signature={signature}",
        headers={"X-MBX-APIKEY": "practice", "Content-Type": "application/x-www-form-urlencoded"},
        timeout=10,
    )

    assert answer.status_code == 200


def test_values_signed_before_percent_encoding_are_accepted(client: BareClient) -> None:
    raw = f"newClientOrderId=a:b/c d&symbol=BTCUSDT&timestamp={client.time()}"
    signature = hmac.new(b"practice", raw.encode(), hashlib.sha256).hexdigest()

    answer = requests.post(
        client.url + ORDER,
        data={**dict(pair.split("=") for pair in raw.split("&")), "signature": signature},
        headers={"X-MBX-APIKEY": "practice"},
        timeout=10,
    )

    assert answer.status_code == 200


def test_wrong_signature_is_1022(client: BareClient) -> None:
    answer = BareClient(client.url, secret="other").signed("GET", "/fapi/v1/allOrders")

    assert (answer.status_code, answer.json()["code"]) == (400, -1022)
    assert answer.json()["msg"] == "Signature for this request is not valid."


def test_missing_key_is_2014_and_unknown_key_2015(client: BareClient) -> None:
    without = requests.get(f"{client.url}/fapi/v1/allOrders?timestamp=1&signature=1", timeout=10)
    unknown = BareClient(client.url, key="nobody").signed("GET", "/fapi/v1/allOrders")

    assert (without.status_code, without.json()) == (401, {"code": -2014, "msg": "API-key format invalid."})
    assert (unknown.status_code, unknown.json()["code"]) == (401, -2015)


def test_missing_timestamp_and_signature_are_1102_by_name(client: BareClient) -> None:
    timestamp = client.send("GET", "/fapi/v1/allOrders", signature="x").json()
    signature = client.send("GET", "/fapi/v1/allOrders", timestamp=client.time()).json()

    assert timestamp["msg"] == "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed."
    assert signature["msg"] == "Mandatory parameter 'signature' was not sent, was empty/null, or malformed."


def test_old_and_early_timestamps_are_1021_each_in_its_words(client: BareClient) -> None:
    old = client.signed("GET", "/fapi/v1/allOrders", timestamp=client.time() - 5100).json()
    early = client.signed("GET", "/fapi/v1/allOrders", timestamp=client.time() + 3000).json()

    assert old == {"code": -1021, "msg": "Timestamp for this request is outside of the recvWindow."}
    assert early == {"code": -1021, "msg": "Timestamp for this request was 1000ms ahead of the server's time."}


def test_recv_window_widens_what_is_accepted_up_to_a_minute(client: BareClient) -> None:
    wide = client.signed("GET", "/fapi/v1/allOrders", timestamp=client.time() - 9000, recvWindow=10000)
    wider = client.signed("GET", "/fapi/v1/allOrders", timestamp=client.time(), recvWindow=60001)

    assert wide.status_code == 200
    assert wider.json() == {"code": -1131, "msg": "recvWindow must be less than 60000"}


def test_same_parameter_twice_is_1101(client: BareClient) -> None:
    answer = client.session.get(f"{client.url}/fapi/v1/time?a=1&a=2", timeout=10)

    assert answer.json() == {"code": -1101, "msg": "Duplicate values for a parameter detected."}


def test_every_answer_carries_the_weight_and_order_answers_the_order_counts(client: BareClient) -> None:
    before = int(client.send("GET", "/fapi/v1/ping").headers["X-MBX-USED-WEIGHT-1M"])
    after = int(client.send("GET", "/fapi/v1/balance").headers["X-MBX-USED-WEIGHT-1M"])
    order = client.signed("POST", ORDER, symbol="BTCUSDT")

    assert after in (before + 1, 1)  # 1: a new minute began in between
    assert int(order.headers["X-MBX-ORDER-COUNT-10S"]) >= 1
    assert int(order.headers["X-MBX-ORDER-COUNT-1M"]) >= 1
    assert "X-MBX-ORDER-COUNT-10S" not in client.signed("GET", "/fapi/v1/allOrders").headers


def test_a_bug_in_a_handler_is_answered_as_unknown(client: BareClient) -> None:
    answer = client.signed("GET", "/fapi/v1/income")

    assert answer.status_code == 500
    assert answer.json() == {"code": -1000, "msg": "An unknown error occured while processing the request."}


def test_listen_key_is_the_same_until_ended(client: BareClient) -> None:
    first = client.send("POST", "/fapi/v1/listenKey").json()
    again = client.send("POST", "/fapi/v1/listenKey").json()
    kept = client.send("PUT", "/fapi/v1/listenKey", listenKey=first["listenKey"]).json()
    ended = client.send("DELETE", "/fapi/v1/listenKey").json()
    gone = client.send("PUT", "/fapi/v1/listenKey").json()

    assert first == again == kept
    assert len(first["listenKey"]) == 64
    assert ended == {}
    assert gone["code"] == -1125


def test_listen_key_needs_a_key(client: BareClient) -> None:
    assert requests.post(f"{client.url}/fapi/v1/listenKey", timeout=10).status_code == 401


def test_parameters_of_the_query_win_over_the_body(client: BareClient) -> None:
    query, body = f"symbol=BTCUSDT&timestamp={client.time()}", "symbol=NOPE"
    answer = requests.post(
        f"{client.url}{ORDER}?{query}&signature={sign('practice', query + body)}",
        data=body,
        headers={"X-MBX-APIKEY": "practice", "Content-Type": "application/x-www-form-urlencoded"},
        timeout=10,
    )

    assert answer.status_code == 200


def test_a_request_whose_client_went_midway_is_not_executed(client: BareClient) -> None:
    client.control("POST", "/reset")
    host, port = client.url.removeprefix("http://").split(":")
    head = f"POST /fapi/v1/listenKey HTTP/1.1\r\nHost: {host}\r\nX-MBX-APIKEY: practice\r\nContent-Length: 99\r\n\r\n"
    with socket.create_connection((host, int(port))) as connection:
        connection.sendall(head.encode() + b"a=")
    client.time()

    assert [row["path"] for row in client.control("GET", "/ledger")["requests"]] == ["/fapi/v1/time"]
