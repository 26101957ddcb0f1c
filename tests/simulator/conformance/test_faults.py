"""Every fault that can be asked for: executed or not, what the caller gets, what the ledger says."""

import time
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from tests.simulator.conformance.venue import ALGO, BTC, ORDER, Ear, Venue, listen_key, private_ear, venue_of, word_of

pytestmark = pytest.mark.slow

PLACE = f"POST {ORDER}"
BUY = {"symbol": BTC, "side": "BUY", "positionSide": "LONG", "type": "MARKET", "quantity": "0.010"}
UNKNOWN = "Unknown error, please check your request or try again later."


@pytest.fixture(scope="module")
def exchange() -> Iterator[Venue]:
    with venue_of() as venue:
        yield venue


@pytest.fixture
def venue(exchange: Venue) -> Venue:
    return exchange.fresh()


def _latest(venue: Venue) -> Any:
    return venue.control("GET", "/ledger?requests=1")["requests"][-1]


@pytest.mark.parametrize(
    ("kind", "status", "code", "executed"),
    [
        ("drop_before", None, None, False),
        ("drop_after", None, None, True),
        ("unknown_executed", 503, -1000, True),
        ("unknown_not_executed", 503, -1000, False),
        ("timeout_executed", 408, -1007, True),
        ("timeout_not_executed", 408, -1007, False),
        ("late", None, None, False),
        ("throttled", 503, -1008, False),
        ("rate_limited", 429, -1003, False),
        ("banned", 418, -1003, False),
        ("html_502", 502, None, False),
        ("delay", 200, None, True),
        ("partial_fill", 200, None, True),
        ("unfilled", 200, None, True),
    ],
)
def test_each_kind_executes_or_not_and_answers_its_way(
    venue: Venue, kind: str, status: int | None, code: int | None, executed: bool
) -> None:
    seconds = 3 if kind == "late" else 0
    rule = venue.fault(PLACE, kind, seconds=seconds, fraction="0.5")
    assert type(rule) is int
    if status is None:
        with pytest.raises(requests.ConnectionError):
            venue.signed("POST", ORDER, **BUY, newClientOrderId="e-1")
    else:
        answer = venue.signed("POST", ORDER, **BUY, newClientOrderId="e-1")
        assert answer.status_code == status
        if code is not None:
            assert answer.json()["code"] == code

    entry = _latest(venue)
    assert (entry["method"], entry["path"]) == ("POST", ORDER)
    assert (entry["executed"], entry["answered"], entry["fault"]) == (executed, status is not None, kind)
    assert type(entry["at"]) is int
    found = venue.signed("GET", ORDER, symbol=BTC, origClientOrderId="e-1")
    assert found.status_code == (200 if executed else 400)
    assert venue.control("GET", "/faults") == []


def test_texts_and_headers_of_refusals_are_the_exchanges(venue: Venue) -> None:
    for kind, text in (
        ("unknown_executed", UNKNOWN),
        ("timeout_executed", "Timeout waiting for response from backend server. Send status unknown; execution status"),
        ("throttled", "Request throttled by system-level protection. Reduce-only/close-position orders are exempt."),
        ("rate_limited", "Too many requests; current limit is 6000 requests per minute."),
        ("banned", "Way too many requests; IP"),
    ):
        venue.fault(PLACE, kind, seconds=3 if kind == "rate_limited" else 0)
        answer = venue.signed("POST", ORDER, **BUY)

        assert answer.json()["msg"].startswith(text)
        if kind == "rate_limited":
            assert answer.headers["Retry-After"] == "3"


def test_html_is_html(venue: Venue) -> None:
    venue.fault("GET /fapi/v3/account", "html_502")

    answer = venue.signed("GET", "/fapi/v3/account")

    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (502, "text/html")
    assert answer.text.startswith("<html>")


def test_throttling_spares_closing_and_cancelling(venue: Venue) -> None:
    venue.market()
    venue.limit("80000", newClientOrderId="o1")
    venue.fault("* /fapi/v1/*rder", "throttled", times=50)

    assert venue.stop("80000")["algoStatus"] == "NEW"
    assert venue.ok("DELETE", ORDER, symbol=BTC, origClientOrderId="o1")["status"] == "CANCELED"
    assert venue.market("SELL", "LONG")["status"] == "FILLED"
    assert venue.refusal("POST", ORDER, **BUY)[:2] == (503, -1008)


def test_a_late_order_executes_once_its_time_has_come(venue: Venue) -> None:
    venue.fault(PLACE, "late", seconds=3)
    with pytest.raises(requests.ConnectionError):
        venue.signed("POST", ORDER, **BUY, newClientOrderId="e-1")
    assert venue.position() == 0

    venue.advance(3)

    assert str(venue.position()) == "0.010"
    placed = [row for row in venue.control("GET", "/ledger")["requests"] if row["fault"] == "late"]
    assert [(row["executed"], row["answered"]) for row in placed] == [(True, False)]


def test_a_late_order_past_its_window_never_executes(venue: Venue) -> None:
    venue.fault(PLACE, "late", seconds=3)
    with pytest.raises(requests.ConnectionError):
        venue.signed("POST", ORDER, **BUY, recvWindow=5000)

    venue.advance(6)

    assert venue.position() == 0
    assert venue.account_ledger()["orders"] == []


def test_amnesia_finds_nothing_for_its_seconds(venue: Venue) -> None:
    venue.market()
    venue.stop("80000", clientAlgoId="sl")
    venue.fault("GET *", "amnesia", seconds=0.5)

    assert venue.refusal("GET", ALGO, clientAlgoId="sl") == (400, -2013, "Order does not exist.")
    for path in ("openAlgoOrders", "openOrders"):
        assert venue.ok("GET", f"/fapi/v1/{path}") == []
    assert venue.ok("GET", "/fapi/v1/userTrades", symbol=BTC) == []
    assert venue.ok("GET", "/fapi/v3/positionRisk") == []
    time.sleep(0.55)

    assert venue.ok("GET", ALGO, clientAlgoId="sl")["algoStatus"] == "NEW"


def test_a_lagging_read_shows_what_was(venue: Venue) -> None:
    venue.market()
    venue.advance(5)
    venue.market("SELL", "LONG")
    venue.fault("GET /fapi/v3/positionRisk", "read_lag", seconds=4)

    lagging, now = (venue.ok("GET", "/fapi/v3/positionRisk") for _ in range(2))

    assert [row["positionAmt"] for row in lagging] == ["0.010"]
    assert now == []


@pytest.mark.parametrize(
    "path", ["/fapi/v1/income", "/fapi/v1/userTrades", "/fapi/v1/allOrders", "/fapi/v1/openOrders"]
)
def test_every_list_can_lag(venue: Venue, path: str) -> None:
    venue.advance(5)
    before = len(venue.ok("GET", path, symbol=BTC))
    venue.limit("80000")
    venue.market()
    venue.fault(f"GET {path}", "read_lag", seconds=4)

    lagging, now = (len(venue.ok("GET", path, symbol=BTC)) for _ in range(2))

    assert lagging == before < now


def test_a_skewed_clock_is_shown_and_judges(venue: Venue) -> None:
    venue.fault("GET /fapi/v1/time", "clock_skew", seconds=60)
    skewed, true = venue.time(), venue.time()
    assert 59_000 < skewed - true < 61_000

    venue.fault(PLACE, "clock_skew", seconds=60)
    assert venue.refusal("POST", ORDER, **BUY)[:2] == (400, -1021)
    venue.fault(PLACE, "clock_skew", seconds=-60)
    assert venue.refusal("POST", ORDER, **BUY)[2].startswith("Timestamp for this request was 1000ms ahead")
    assert venue.position() == 0


def test_partial_fills_expire_the_rest(venue: Venue) -> None:
    venue.fault(PLACE, "partial_fill", fraction="0.3")
    venue.fault(PLACE, "unfilled")
    with private_ear(venue, "ORDER_TRADE_UPDATE") as ear:
        partial, unfilled = venue.market(), venue.market()
        events = [ear.hear() for _ in range(5)]

    assert (partial["status"], partial["executedQty"], partial["origQty"]) == ("EXPIRED", "0.003", "0.010")
    assert (unfilled["status"], unfilled["executedQty"]) == ("EXPIRED", "0.000")
    assert [word_of(event) for event in events] == [
        "ORDER NEW NEW",
        "ORDER TRADE PARTIALLY_FILLED",
        "ORDER EXPIRED EXPIRED",
        "ORDER NEW NEW",
        "ORDER EXPIRED EXPIRED",
    ]
    assert events[2]["o"]["er"] == "9"


@pytest.mark.parametrize("asked_first", [True, False])
def test_a_child_is_refused_at_its_trigger_whenever_that_was_asked_for(venue: Venue, asked_first: bool) -> None:
    venue.market()
    if asked_first:
        venue.fault(f"POST {ALGO}", "reject_at_trigger")
    venue.stop("83000", clientAlgoId="sl")
    if not asked_first:
        venue.fault(f"POST {ALGO}", "reject_at_trigger")

    venue.move("83000.0")

    assert venue.ok("GET", ALGO, clientAlgoId="sl")["algoStatus"] == "REJECTED"
    assert str(venue.position()) == "0.010"
    assert venue.control("GET", "/faults") == []


def test_a_ban_lasts_its_seconds(venue: Venue) -> None:
    venue.fault("*", "banned", seconds=0.5)

    assert [venue.send("GET", "/fapi/v1/ping").status_code for _ in range(3)] == [418] * 3
    time.sleep(0.55)
    assert venue.send("GET", "/fapi/v1/ping").status_code == 200


def test_a_delayed_answer_holds_nobody_else_up(venue: Venue) -> None:
    venue.fault("GET /fapi/v1/time", "delay", seconds=0.4)
    began = time.monotonic()
    venue.time()

    assert time.monotonic() - began >= 0.4


def test_rules_combine_in_order_and_count_down(venue: Venue) -> None:
    venue.fault(PLACE, "unknown_not_executed", times=2)
    venue.fault("POST *", "timeout_not_executed")

    codes = [venue.refusal("POST", ORDER, **BUY)[1] for _ in range(3)]

    assert codes == [-1000, -1000, -1007]
    assert venue.market()["status"] == "FILLED"


def test_rules_are_listed_and_cleared(venue: Venue) -> None:
    number = venue.fault(PLACE, "drop_after", times=7)

    (row,) = venue.control("GET", "/faults")
    assert (row["id"], row["match"], row["kind"], row["times"]) == (number, PLACE, "drop_after", 7)
    venue.control("DELETE", "/faults")
    assert venue.control("GET", "/faults") == []


@pytest.mark.parametrize(
    "sent", [{"kind": "nonsense", "match": PLACE}, {"kind": "delay"}, {"match": "POST /nowhere", "kind": "delay"}]
)
def test_a_rule_that_cannot_work_is_refused_with_a_sentence(venue: Venue, sent: dict[str, str]) -> None:
    answer = requests.post(f"{venue.url}/control/faults", json=sent, timeout=5)

    assert answer.status_code == 400
    assert len(answer.json()["error"]) > 20


@pytest.mark.parametrize("match", ["WS /private", "/private/ws", "*"])
def test_dropped_sockets_end_without_a_close_frame(venue: Venue, match: str) -> None:
    with Ear(venue, f"/private/ws?listenKey={listen_key(venue)}") as ear:
        venue.fault(match, "ws_drop")
        with pytest.raises(Exception, match="no close frame"):
            ear.hear()
    with private_ear(venue) as ear:
        venue.limit("80000")

        assert word_of(ear.hear()) == "ORDER NEW NEW"


def test_silent_doubled_and_swapped_events(venue: Venue) -> None:
    new, cancelled = "ORDER NEW NEW", "ORDER CANCELED CANCELED"
    with private_ear(venue, "ORDER_TRADE_UPDATE") as ear:
        for kind, expected in (
            ("ws_silent", [cancelled]),
            ("ws_duplicate", [new, new, cancelled]),
            ("ws_reorder", [cancelled, new]),
        ):
            venue.fault("WS /private", kind)
            venue.limit("80000", newClientOrderId="o")
            venue.ok("DELETE", ORDER, symbol=BTC, origClientOrderId="o")

            assert [word_of(ear.hear()) for _ in expected] == expected
            assert ear.silent_for(0.1)


def test_an_expired_listen_key_is_told_and_gone(venue: Venue) -> None:
    key = listen_key(venue)
    with Ear(venue, f"/private/ws?listenKey={key}") as ear:
        venue.fault("*", "listen_key_expired")
        event = ear.hear()

        assert (event["e"], event["listenKey"]) == ("listenKeyExpired", key)
        venue.limit("80000")
        assert ear.silent_for(0.2)
    assert venue.send("PUT", "/fapi/v1/listenKey").json()["code"] == -1125
    assert listen_key(venue) != key


def test_half_an_hour_of_forgotten_stops_together_with_everything_else(venue: Venue) -> None:
    venue.market()
    venue.stop("80000", clientAlgoId="sl")
    venue.fault("GET *lgo*", "amnesia", seconds=1800)
    venue.fault(PLACE, "drop_after")
    venue.fault("GET /fapi/v3/positionRisk", "delay", seconds=0.05)
    venue.fault("GET /fapi/v1/income", "unknown_not_executed")

    with pytest.raises(requests.ConnectionError):
        venue.signed("POST", ORDER, **BUY)

    assert venue.refusal("GET", ALGO, clientAlgoId="sl")[1] == -2013
    assert venue.ok("GET", "/fapi/v1/openAlgoOrders") == venue.ok("GET", "/fapi/v1/allAlgoOrders", symbol=BTC) == []
    assert venue.signed("GET", "/fapi/v1/income").status_code == 503
    held = venue.position()
    venue.move("79990.0")
    assert held > venue.position() == 0  # forgotten, and yet it fired
    assert venue.refusal("GET", ALGO, clientAlgoId="sl")[1] == -2013
    venue.control("DELETE", "/faults")
    assert venue.ok("GET", ALGO, clientAlgoId="sl")["algoStatus"] == "FINISHED"


@pytest.mark.parametrize(("code", "status"), [(-4400, 400), (-4014, 400), (-2015, 401)])
def test_a_refusal_answers_its_code_and_executes_nothing(venue: Venue, code: int, status: int) -> None:
    venue.control("POST", "/faults", match=PLACE, kind="refused", code=code)

    answer = venue.signed("POST", ORDER, **BUY)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert venue.control("GET", "/ledger")["accounts"]["practice"]["orders"] == []


def test_a_refusal_to_open_lets_closing_pass(venue: Venue) -> None:
    venue.signed("POST", ORDER, **BUY)
    venue.control("POST", "/faults", match=PLACE, kind="refused", code=-4400, times=2)

    closed = venue.signed("POST", ORDER, **(BUY | {"side": "SELL"}))
    opened = venue.signed("POST", ORDER, **BUY)

    assert (closed.status_code, opened.json()["code"]) == (200, -4400)


def test_an_odd_row_stands_behind_the_others(venue: Venue) -> None:
    venue.signed("POST", ORDER, **BUY)
    venue.fault("GET /fapi/v3/positionRisk", "odd_row")

    rows = venue.signed("GET", "/fapi/v3/positionRisk").json()

    assert [row["symbol"] for row in rows] == [BTC, "ODDUSDT"]
