"""How requests are signed, timed, refused, counted and limited."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import requests

from tests.simulator.conformance.venue import ALGO, BTC, ORDER, Venue, venue_of
from tests.simulator.http.client import BareClient, sign

pytestmark = pytest.mark.slow

CONFIG = "/fapi/v1/accountConfig"


@pytest.fixture(scope="module")
def exchange() -> Iterator[Venue]:
    with venue_of() as venue:
        yield venue


@pytest.fixture
def venue(exchange: Venue) -> Venue:
    return exchange.fresh()


def _raw(venue: Venue, method: str, path: str, query: str = "", body: str = "") -> requests.Response:
    headers = {"X-MBX-APIKEY": venue.key, "Content-Type": "application/x-www-form-urlencoded"}
    return requests.request(method, f"{venue.url}{path}?{query}", data=body, headers=headers, timeout=10)


@pytest.mark.parametrize("spot", ["/api/v3", "/fapi/v1"])
def test_ping_and_time_are_open_to_all(venue: Venue, spot: str) -> None:
    ping, clock = (requests.get(f"{venue.url}{spot}/{name}", timeout=5) for name in ("ping", "time"))

    assert (ping.status_code, ping.json()) == (200, {})
    assert list(clock.json()) == ["serverTime"]
    assert type(clock.json()["serverTime"]) is int


@pytest.mark.parametrize("path", ["/fapi/v1/balance", "/fapi/v1/positionRisk", "/fapi/v1/listenKey", "/nowhere"])
def test_old_and_unknown_paths_are_404(venue: Venue, path: str) -> None:
    assert venue.signed("GET", path).status_code == 404


def test_paths_of_the_spot_exchange_are_forbidden(venue: Venue) -> None:
    answer = venue.signed("GET", "/sapi/v1/capital/config/getall")

    assert (answer.status_code, answer.headers["Content-Type"].split(";")[0]) == (403, "text/html")


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_parameters_may_come_in_the_body_of_every_verb(venue: Venue, method: str) -> None:
    venue.limit("80000", newClientOrderId="o1")
    requests = {
        "POST": ("/fapi/v1/leverage", f"leverage=7&symbol={BTC}"),
        "PUT": (ORDER, f"origClientOrderId=o1&price=79000&quantity=0.010&side=BUY&symbol={BTC}"),
        "DELETE": (ORDER, f"origClientOrderId=o1&symbol={BTC}"),
    }
    path, payload = requests[method]
    body = f"{payload}&recvWindow=10000&timestamp={venue.time()}"

    answer = _raw(venue, method, path, body=f"{body}&signature={sign('practice', body)}")

    assert answer.status_code == 200, answer.text


def test_query_and_body_are_signed_together_without_an_ampersand(venue: Venue) -> None:
    query, body = f"symbol={BTC}", f"leverage=5&timestamp={venue.time()}"

    answer = _raw(venue, "POST", "/fapi/v1/leverage", query, f"{body}&signature={sign('practice', query + body)}")

    assert answer.json()["leverage"] == 5


def test_the_query_wins_over_the_body(venue: Venue) -> None:
    query, body = "leverage=6", f"leverage=5&symbol={BTC}&timestamp={venue.time()}"

    answer = _raw(venue, "POST", "/fapi/v1/leverage", query, f"{body}&signature={sign('practice', query + body)}")

    assert answer.json()["leverage"] == 6


def test_a_signature_may_be_upper_case_and_anywhere(venue: Venue) -> None:
    query = f"timestamp={venue.time()}"
    signature = sign("practice", query).upper()

    assert _raw(venue, "GET", CONFIG, f"signature={signature}&{query}").status_code == 200


def test_odd_ids_may_be_signed_raw_or_encoded(venue: Venue) -> None:
    for client_id in ("a:b/c", "d:e/f"):
        fields = f"price=80000&quantity=0.010&side=BUY&symbol={BTC}&timeInForce=GTC&type=LIMIT&positionSide=LONG"
        fields += f"&timestamp={venue.time()}&newClientOrderId="
        raw, encoded = fields + client_id, fields + quote(client_id, safe="")
        signed = raw if client_id == "a:b/c" else encoded

        answer = _raw(venue, "POST", ORDER, body=f"{encoded}&signature={sign('practice', signed)}")

        assert answer.json()["clientOrderId"] == client_id


def test_a_parameter_sent_twice_is_refused(venue: Venue) -> None:
    query = f"symbol={BTC}&symbol={BTC}&timestamp={venue.time()}"

    answer = _raw(venue, "GET", "/fapi/v1/openOrders", f"{query}&signature={sign('practice', query)}")

    assert (answer.status_code, answer.json()["code"]) == (400, -1101)


@pytest.mark.parametrize(
    ("age_ms", "window", "code"),
    [
        (4000, None, None),
        (6000, None, -1021),
        (6000, 10_000, None),
        (11_000, 10_000, -1021),
        (-500, None, None),
        (-2000, None, -1021),
    ],
)
def test_a_timestamp_must_lie_within_its_window(venue: Venue, age_ms: int, window: int | None, code: int) -> None:
    extra = {} if window is None else {"recvWindow": window}

    answer = venue.signed("GET", CONFIG, timestamp=venue.time() - age_ms, **extra)

    assert answer.json().get("code") == code
    assert answer.status_code == (200 if code is None else 400)
    if code is not None:
        ahead = "Timestamp for this request was 1000ms ahead of the server's time."
        outside = "Timestamp for this request is outside of the recvWindow."
        assert answer.json()["msg"] == (ahead if age_ms < 0 else outside)


def test_what_is_wrong_with_key_and_signature_is_said(venue: Venue) -> None:
    keyless = requests.post(f"{venue.url}/fapi/v1/listenKey", timeout=5)
    unknown = BareClient(venue.url, key="unknown").signed("GET", CONFIG)
    forged = BareClient(venue.url, secret="wrong").signed("GET", CONFIG)
    unsigned = _raw(venue, "GET", CONFIG, f"timestamp={venue.time()}")

    assert (keyless.status_code, keyless.json()["code"]) == (401, -2014)
    assert (unknown.status_code, unknown.json()["code"]) == (401, -2015)
    assert unknown.json()["msg"].startswith("Invalid API-key, IP, or permissions for action.")
    assert (forged.status_code, forged.json()["code"]) == (400, -1022)
    assert unsigned.json()["msg"] == "Mandatory parameter 'signature' was not sent, was empty/null, or malformed."


Row = tuple[str, str, dict[str, Any], int]

SIGNED_WEIGHTS: list[Row] = [
    ("GET", ORDER, {"symbol": BTC, "orderId": 1}, 1),
    ("GET", "/fapi/v1/openOrder", {"symbol": BTC, "orderId": 1}, 1),
    ("GET", "/fapi/v1/openOrders", {"symbol": BTC}, 1),
    ("GET", "/fapi/v1/openOrders", {}, 40),
    ("GET", "/fapi/v1/allOrders", {"symbol": BTC}, 5),
    ("DELETE", "/fapi/v1/allOpenOrders", {"symbol": BTC}, 1),
    ("GET", ALGO, {"algoId": 1}, 1),
    ("DELETE", ALGO, {"algoId": 1}, 1),
    ("GET", "/fapi/v1/openAlgoOrders", {"symbol": BTC}, 1),
    ("GET", "/fapi/v1/openAlgoOrders", {}, 40),
    ("GET", "/fapi/v1/allAlgoOrders", {"symbol": BTC}, 5),
    ("DELETE", "/fapi/v1/algoOpenOrders", {"symbol": BTC}, 1),
    ("POST", ORDER, {}, 0),
    ("POST", ALGO, {}, 0),
    ("PUT", ORDER, {}, 0),
    ("POST", "/fapi/v1/batchOrders", {"batchOrders": "[]"}, 5),
    ("POST", "/fapi/v1/countdownCancelAll", {"symbol": BTC, "countdownTime": 0}, 10),
    ("POST", "/fapi/v1/leverage", {}, 1),
    ("POST", "/fapi/v1/marginType", {}, 1),
    ("POST", "/fapi/v1/positionSide/dual", {}, 1),
    ("GET", "/fapi/v1/positionSide/dual", {}, 30),
    ("POST", "/fapi/v1/multiAssetsMargin", {}, 1),
    ("GET", "/fapi/v1/multiAssetsMargin", {}, 30),
    ("GET", "/fapi/v2/positionRisk", {}, 5),
    ("GET", "/fapi/v3/positionRisk", {}, 5),
    ("GET", "/fapi/v2/account", {}, 5),
    ("GET", "/fapi/v3/account", {}, 5),
    ("GET", "/fapi/v2/balance", {}, 5),
    ("GET", "/fapi/v3/balance", {}, 5),
    ("GET", CONFIG, {}, 5),
    ("GET", "/fapi/v1/symbolConfig", {}, 5),
    ("GET", "/fapi/v1/leverageBracket", {}, 1),
    ("GET", "/fapi/v1/rateLimit/order", {}, 1),
    ("GET", "/fapi/v1/userTrades", {"symbol": BTC}, 5),
    ("GET", "/fapi/v1/income", {}, 30),
    ("GET", "/fapi/v1/forceOrders", {"symbol": BTC}, 20),
    ("GET", "/fapi/v1/forceOrders", {}, 50),
    ("GET", "/fapi/v1/commissionRate", {"symbol": BTC}, 20),
]
KLINES = {"symbol": BTC, "interval": "1m"}
PUBLIC_WEIGHTS: list[Row] = [
    ("GET", "/fapi/v1/ping", {}, 1),
    ("GET", "/fapi/v1/time", {}, 1),
    ("GET", "/fapi/v1/exchangeInfo", {}, 1),
    ("GET", "/fapi/v1/klines", KLINES | {"limit": 99}, 1),
    ("GET", "/fapi/v1/klines", KLINES | {"limit": 499}, 2),
    ("GET", "/fapi/v1/klines", KLINES, 5),
    ("GET", "/fapi/v1/klines", KLINES | {"limit": 1000}, 5),
    ("GET", "/fapi/v1/klines", KLINES | {"limit": 1001}, 10),
    ("GET", "/fapi/v1/premiumIndex", {"symbol": BTC}, 1),
    ("GET", "/fapi/v1/premiumIndex", {}, 10),
    ("GET", "/fapi/v1/ticker/price", {"symbol": BTC}, 1),
    ("GET", "/fapi/v2/ticker/price", {}, 2),
    ("GET", "/fapi/v1/ticker/bookTicker", {"symbol": BTC}, 2),
    ("GET", "/fapi/v1/ticker/bookTicker", {}, 5),
    ("GET", "/fapi/v1/ticker/24hr", {"symbol": BTC}, 1),
    ("GET", "/fapi/v1/ticker/24hr", {}, 40),
    ("GET", "/fapi/v1/depth", {"symbol": BTC, "limit": 50}, 2),
    ("GET", "/fapi/v1/depth", {"symbol": BTC, "limit": 100}, 5),
    ("GET", "/fapi/v1/depth", {"symbol": BTC, "limit": 500}, 10),
    ("GET", "/fapi/v1/depth", {"symbol": BTC, "limit": 1000}, 20),
    ("GET", "/fapi/v1/aggTrades", {"symbol": BTC, "limit": 5}, 20),
    ("GET", "/fapi/v1/fundingRate", {}, 0),
    ("GET", "/fapi/v1/fundingInfo", {}, 0),
    ("POST", "/fapi/v1/listenKey", {}, 1),
]


def test_every_request_costs_its_weight_refused_ones_too(venue: Venue) -> None:
    venue.begin_minute()
    wrong: list[object] = []
    moment = venue.time()
    used = int(venue.send("GET", "/fapi/v1/ping").headers["X-MBX-USED-WEIGHT-1M"])
    stamp = {"timestamp": moment, "recvWindow": 60000}
    signed = [(venue.signed, method, path, sent | stamp, weight) for method, path, sent, weight in SIGNED_WEIGHTS]
    public = [(venue.send, *row) for row in PUBLIC_WEIGHTS]
    for ask, method, path, parameters, weight in signed + public:
        now = int(ask(method, path, **parameters).headers["X-MBX-USED-WEIGHT-1M"])
        if now - used != weight:
            wrong.append((method, path, parameters, now - used, weight))
        used = now

    assert wrong == []


def test_only_placing_and_amending_raise_the_order_counters(venue: Venue) -> None:
    placed = venue.signed(
        "POST",
        ORDER,
        symbol=BTC,
        side="BUY",
        positionSide="LONG",
        type="LIMIT",
        quantity="0.010",
        price="80000",
        timeInForce="GTC",
        newClientOrderId="o1",
    )
    cancelled = venue.signed("DELETE", ORDER, symbol=BTC, origClientOrderId="o1")

    assert int(placed.headers["X-MBX-ORDER-COUNT-10S"]) >= 1
    assert int(placed.headers["X-MBX-ORDER-COUNT-1M"]) >= 1
    assert "X-MBX-ORDER-COUNT-1M" not in cancelled.headers


def test_too_many_orders_are_refused_until_the_ten_seconds_are_over(venue: Venue) -> None:
    venue.begin_minute()
    sent = {"symbol": "NOPE", "timestamp": venue.time(), "recvWindow": 60000}
    counted = [venue.signed("POST", ORDER, **sent).headers["X-MBX-ORDER-COUNT-10S"] for _ in range(300)]
    status, code, text = venue.refusal("POST", ORDER, **sent)

    assert counted == [str(number) for number in range(1, 301)]
    assert (status, code, text) == (429, -1015, "Too many new orders; current limit is 300 orders per 10 SECOND.")
    venue.advance(10)

    assert venue.limit("80000")["status"] == "NEW"


def test_past_the_weight_limit_it_is_429_and_going_on_418(venue: Venue) -> None:
    venue.begin_minute()
    sent: dict[str, Any] = {"timestamp": venue.time(), "recvWindow": 60000}
    while (answer := venue.signed("GET", "/fapi/v1/openOrders", **sent)).status_code == 200:
        pass
    assert (answer.status_code, answer.json()["code"]) == (429, -1003)
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert answer.json()["msg"].startswith("Too many requests; current limit is 6000 requests per minute.")

    while (answer := venue.send("GET", "/fapi/v1/ping")).status_code == 429:
        pass

    assert (answer.status_code, answer.json()["code"]) == (418, -1003)
    assert "banned until" in answer.json()["msg"]
    assert 1 <= int(answer.headers["Retry-After"]) <= 120
    venue.advance(121)
    assert venue.send("GET", "/fapi/v1/ping").status_code == 200


ODD = [
    ("GET", "/fapi/v1/klines", {"symbol": BTC, "interval": "1m", "limit": "9" * 5000}),
    ("GET", "/fapi/v1/depth", {"symbol": BTC, "limit": "9" * 5000}),
    ("DELETE", "/fapi/v1/batchOrders", {"symbol": BTC, "orderIdList": "[" * 50_000}),
    ("POST", "/fapi/v1/batchOrders", {"batchOrders": "[" * 50_000}),
    ("POST", ORDER, {"symbol": BTC, "side": "BUY", "positionSide": "LONG", "type": "MARKET", "quantity": "\u0661"}),
]


@pytest.mark.parametrize(("method", "path", "odd"), ODD)
def test_odd_values_are_refused_and_never_break_the_server(
    venue: Venue, method: str, path: str, odd: dict[str, str]
) -> None:
    answer = venue.signed(method, path, **odd)

    assert answer.status_code == 400, answer.text
    assert answer.json()["code"] < 0


def test_an_id_ends_where_its_characters_end(venue: Venue) -> None:
    sent = {"symbol": BTC, "side": "BUY", "positionSide": "LONG", "type": "MARKET", "quantity": "0.010"}

    assert venue.refusal("POST", ORDER, **sent, newClientOrderId="ab%0A")[1] == -4015


def test_a_path_that_nobody_serves_is_named_in_the_refusal(venue: Venue) -> None:
    answer = venue.send("GET", "/fapi/v1/nothing")

    assert answer.json() == {"code": -5000, "msg": "Path /fapi/v1/nothing, Method GET is invalid"}
