"""Every kind of fault, seen from a client, and rules that cannot work."""

import time

import pytest
import requests

from simulator.fault_fields import BadFault
from simulator.fault_kinds import Kind
from simulator.faults import FaultBook
from tests.simulator.conftest import ROOT
from tests.simulator.http.client import BareClient
from tests.support.waiting import eventually

ORDER = "/fapi/v1/order"
PLACE = f"POST {ORDER}"

pytestmark = pytest.mark.slow


def orders(client: BareClient) -> int:
    return len(client.control("GET", "/ledger")["accounts"]["practice"]["orders"])


def place(client: BareClient, **parameters: object) -> requests.Response:
    return client.signed("POST", ORDER, symbol="BTCUSDT", **parameters)


@pytest.mark.parametrize(("kind", "executed"), [("drop_before", 0), ("drop_after", 1)])
def test_dropped_answers_differ_only_in_what_was_executed(client: BareClient, kind: str, executed: int) -> None:
    client.fault(PLACE, kind)

    with pytest.raises(requests.ConnectionError):
        place(client)

    assert orders(client) == executed
    entry = client.control("GET", "/ledger")["requests"][-1]
    assert entry["executed"] is bool(executed)
    assert (entry["method"], entry["path"], entry["answered"], entry["fault"]) == ("POST", ORDER, False, kind)


@pytest.mark.parametrize(
    ("kind", "status", "code", "executed"),
    [
        ("unknown_executed", 503, -1000, 1),
        ("unknown_not_executed", 503, -1000, 0),
        ("timeout_executed", 408, -1007, 1),
        ("timeout_not_executed", 408, -1007, 0),
        ("throttled", 503, -1008, 0),
        ("rate_limited", 429, -1003, 0),
        ("banned", 418, -1003, 0),
    ],
)
def test_answers_that_hide_the_outcome(client: BareClient, kind: str, status: int, code: int, executed: int) -> None:
    client.fault(PLACE, kind)

    answer = place(client)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert orders(client) == executed
    assert place(client).status_code == 200


def test_unknown_answer_has_the_documented_text(client: BareClient) -> None:
    client.fault(PLACE, "unknown_executed")

    assert place(client).json()["msg"] == "Unknown error, please check your request or try again later."


def test_a_refused_order_stays_hidden_behind_an_unknown_answer(client: BareClient) -> None:
    client.fault(PLACE, "unknown_executed")

    answer = client.signed("POST", ORDER, symbol="NOPE")

    assert answer.status_code == 503
    assert client.control("GET", "/ledger")["requests"][-1]["executed"] is False


def test_rate_limit_says_when_to_come_back(client: BareClient) -> None:
    client.fault(PLACE, "rate_limited", seconds=7)

    assert place(client).headers["Retry-After"] == "7"


def test_ban_lasts_for_its_seconds_and_names_its_end(client: BareClient) -> None:
    client.fault(PLACE, "banned", seconds=1)

    answers = [place(client) for _ in range(3)]
    end_ms = int(answers[0].json()["msg"].split("banned until ")[1].split(".")[0])
    time.sleep(1.1)

    assert [answer.status_code for answer in answers] == [418, 418, 418]
    assert 0 < end_ms - client.time() + 1100 < 2000
    assert place(client).status_code == 200


def test_closing_and_cancelling_pass_the_throttle(client: BareClient) -> None:
    place(client)
    client.fault(f"* {ORDER}", "throttled", times=5)

    assert place(client, side="SELL", positionSide="LONG").status_code == 200
    assert place(client, side="BUY", positionSide="SHORT").status_code == 200
    assert place(client, closePosition="true").status_code == 200
    assert place(client, reduceOnly="true").status_code == 200
    assert client.signed("DELETE", ORDER, orderId=1).status_code == 200
    assert place(client, side="BUY", positionSide="LONG").status_code == 503


def test_html_answer_is_not_json(client: BareClient) -> None:
    client.fault(PLACE, "html_502")

    answer = place(client)

    assert answer.status_code == 502
    assert answer.headers["Content-Type"].startswith("text/html")
    assert orders(client) == 0


def test_late_order_is_executed_after_its_answer_was_lost(client: BareClient) -> None:
    client.fault(PLACE, "late", seconds=0.4)

    with pytest.raises(requests.ConnectionError):
        place(client)
    at_once = orders(client)
    eventually(lambda: orders(client))

    assert (at_once, orders(client)) == (0, 1)
    assert [entry["executed"] for entry in client.control("GET", "/ledger")["requests"] if entry["fault"]] == [True]


def test_late_order_past_its_window_is_never_executed(client: BareClient) -> None:
    client.fault(PLACE, "late", seconds=5)

    with pytest.raises(requests.ConnectionError):
        place(client, recvWindow=2000)
    client.control("POST", "/clock", advance_seconds=6)

    assert orders(client) == 0


def test_skewed_clock_is_shown_and_checked_against(client: BareClient) -> None:
    now_ms = client.time()
    client.fault("*", "clock_skew", seconds=-30, times=2)

    shown_ms = client.time()
    refused = client.signed("GET", "/fapi/v1/allOrders", timestamp=now_ms)

    assert -30_000 <= shown_ms - now_ms < -29_000
    assert refused.json()["code"] == -1021
    assert client.time() >= now_ms


def test_amnesia_finds_nothing_until_it_is_over(client: BareClient) -> None:
    place(client)
    client.fault("GET *", "amnesia", seconds=0.5)

    single = client.signed("GET", ORDER, orderId=1)
    listed = client.signed("GET", "/fapi/v1/allOrders")
    time.sleep(0.6)

    assert (single.status_code, single.json()) == (400, {"code": -2013, "msg": "Order does not exist."})
    assert (listed.status_code, listed.json()) == (200, [])
    assert len(client.signed("GET", "/fapi/v1/allOrders").json()) == 1


def test_delayed_answer_was_executed_on_arrival(client: BareClient) -> None:
    client.fault(PLACE, "delay", seconds=0.3)

    begun = time.monotonic()
    answer = place(client)

    assert answer.status_code == 200
    assert time.monotonic() - begun >= 0.3


@pytest.mark.parametrize("kind", ["partial_fill", "unfilled"])
def test_engine_faults_reach_the_trading_core(client: BareClient, kind: str) -> None:
    client.fault(PLACE, kind, fraction="0.25")

    place(client)

    rows = client.control("GET", "/ledger")["accounts"]["practice"]["orders"]
    assert rows[-1]["fault"] == kind


def test_rules_on_one_path_are_used_up_in_order(client: BareClient) -> None:
    client.fault(PLACE, "unknown_executed", times=2)
    client.fault(PLACE, "html_502")

    statuses = [place(client).status_code for _ in range(4)]

    assert statuses == [503, 503, 502, 200]
    assert client.control("GET", "/faults") == []


def test_first_matching_rule_wins_over_a_narrower_later_one(client: BareClient) -> None:
    client.fault("POST /fapi/v1/*", "html_502")
    client.fault(PLACE, "rate_limited")

    assert [place(client).status_code for _ in range(3)] == [502, 429, 200]


def test_faults_are_listed_and_ended(client: BareClient) -> None:
    first = client.fault(PLACE, "html_502", times=3)
    client.fault(PLACE, "delay", seconds=1)
    place(client)

    rows = client.control("GET", "/faults")
    client.control("DELETE", f"/faults?id={first}")
    left = client.control("GET", "/faults")
    client.control("DELETE", "/faults")

    assert (rows[0]["id"], rows[0]["kind"], rows[0]["times"], rows[0]["hits"]) == (first, "html_502", 2, 1)
    assert [row["kind"] for row in left] == ["delay"]
    assert client.control("GET", "/faults") == []


def test_control_says_what_is_wrong_with_a_rule(client: BareClient) -> None:
    answer = client.session.post(f"{client.url}/control/faults", json={"match": PLACE, "kind": "explode"}, timeout=10)

    assert answer.status_code == 400
    assert "drop_after" in answer.json()["error"]


@pytest.mark.parametrize(
    ("sent", "hint"),
    [
        ({"match": PLACE, "kind": "explode"}, "use one of drop_before"),
        ({"kind": "delay"}, "match must be"),
        ({"match": "POST /fapi/v1/odrer", "kind": "delay"}, "POST /fapi/v1/order"),
        ({"match": PLACE, "kind": "delay", "times": 0}, "from 1 up"),
        ({"match": PLACE, "kind": "delay", "times": True}, "from 1 up"),
        ({"match": PLACE, "kind": "delay", "seconds": -1}, "must not be negative"),
        ({"match": PLACE, "kind": "delay", "seconds": "soon"}, "must be a number"),
        ({"match": PLACE, "kind": "partial_fill", "fraction": "1.5"}, 'between "0" and "1"'),
        ({"match": "GET /fapi/v1/order", "kind": "partial_fill"}, "placing orders only"),
        ({"match": PLACE, "kind": "amnesia"}, "reads only"),
        ({"match": "WS /private", "kind": "drop_after"}, "ws_drop"),
        ({"match": PLACE, "kind": "ws_drop"}, "match WS /private"),
        ({"match": PLACE, "kind": "delay", "count": 2}, "unknown field count"),
    ],
)
def test_rules_that_cannot_work_are_refused_with_what_would(sent: dict[str, object], hint: str) -> None:
    book = FaultBook([("POST", ORDER), ("GET", ORDER)])

    with pytest.raises(BadFault) as refusal:
        book.add(sent, now=0)

    assert hint in str(refusal.value)


def test_socket_rules_match_what_lies_below_their_path() -> None:
    book = FaultBook([("POST", ORDER)])
    rule = book.add({"match": "WS /private", "kind": Kind.WS_SILENT}, now=0)

    assert rule.matches("WS", "/private/ws/abc")
    assert not rule.matches("WS", "/market/stream")


def test_many_stars_match_as_quickly_as_one() -> None:
    book = FaultBook([("POST", ORDER), ("GET", "/fapi/v1/time")])

    with pytest.raises(BadFault, match="nothing answers"):
        book.add({"match": "*f" * 30 + "x", "kind": "drop_after"}, now=0)
    rule = book.add({"match": "P*T **fapi*ord*r", "kind": "drop_after"}, now=0)

    assert rule.matches("POST", ORDER)
    assert not rule.matches("POST", f"{ORDER}/test")


def test_every_kind_is_documented() -> None:
    words = (ROOT / "docs" / "practice-exchange.md").read_text()

    assert [kind for kind in Kind if f"| `{kind}` |" not in words] == []
