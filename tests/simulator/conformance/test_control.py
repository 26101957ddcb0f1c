"""Control requests and the command line, as written in the contract."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator.conformance.venue import ALGO, BTC, ORDER, Venue, private_ear, venue_of, word_of
from tests.simulator.conftest import ROOT, running

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def exchange() -> Iterator[Venue]:
    with venue_of("--account", "practice:practice", "--account", "other:secret:250.5") as venue:
        yield venue


@pytest.fixture
def venue(exchange: Venue) -> Venue:
    return exchange.fresh()


def _refused(venue: Venue, path: str, **sent: Any) -> str:
    answer = requests.post(f"{venue.url}/control{path}", json=sent, timeout=5)
    assert answer.status_code == 400, answer.text
    return str(answer.json()["error"])


def test_a_fresh_account_is_one_way_at_twenty_times(venue: Venue) -> None:
    venue.control("POST", "/reset")
    other = Venue(venue.url, "other", "secret")

    assert other.ok("GET", "/fapi/v1/positionSide/dual") == {"dualSidePosition": False}
    assert {row["leverage"] for row in other.ok("GET", "/fapi/v1/symbolConfig")} == {20}
    (mine,), (theirs,) = venue.ok("GET", "/fapi/v3/balance"), other.ok("GET", "/fapi/v3/balance")
    assert theirs["balance"] == "250.50000000"
    assert mine["accountAlias"] != theirs["accountAlias"]


def test_a_price_moves_mark_and_last_and_triggers_before_the_answer(venue: Venue) -> None:
    venue.market()
    venue.stop("83000", clientAlgoId="sl")

    venue.control("POST", "/price", symbol=BTC, price="82000.0")

    assert venue.ok("GET", ALGO, clientAlgoId="sl")["algoStatus"] == "FINISHED"
    assert venue.send("GET", "/fapi/v1/premiumIndex", symbol=BTC).json()["markPrice"] == "82000.00000000"
    assert venue.send("GET", "/fapi/v1/ticker/price", symbol=BTC).json()["price"] == "82000.00"


def test_mark_and_last_can_be_set_apart(venue: Venue) -> None:
    venue.control("POST", "/price", symbol=BTC, mark="82000.0", last="83000.0")

    assert venue.send("GET", "/fapi/v1/premiumIndex", symbol=BTC).json()["markPrice"] == "82000.00000000"
    assert venue.send("GET", "/fapi/v1/ticker/price", symbol=BTC).json()["price"] == "83000.00"


@pytest.mark.parametrize(
    ("path", "sent"),
    [
        ("/price", {"symbol": "NOPE", "price": "1"}),
        ("/price", {"symbol": BTC}),
        ("/price", {"symbol": BTC, "price": "-1"}),
        ("/price", {"symbol": [], "price": "1"}),
        ("/prices", {"mode": "run"}),
        ("/clock", {"advance_seconds": -1}),
        ("/clock", {"advance_seconds": 10**12}),
        ("/position", {"account": "nobody", "symbol": BTC, "side": "BUY", "positionSide": "LONG", "quantity": "1"}),
        ("/position", {"account": "practice", "symbol": BTC, "side": "SELL", "positionSide": "LONG", "quantity": "1"}),
        ("/position", {"symbol": BTC, "side": "BUY", "positionSide": "LONG", "quantity": "1e999999999"}),
        ("/faults", {"match": "POST /fapi/v1/order", "kind": "late", "seconds": "1e999"}),
        ("/cancel", {"account": "practice", "orderId": "1e999999999"}),
        ("/cancel", {"account": "practice"}),
        ("/cancel", {"account": "practice", "orderId": 1}),
        ("/wipe", {"account": "nobody"}),
    ],
)
def test_what_cannot_be_followed_is_refused_in_words(venue: Venue, path: str, sent: dict[str, Any]) -> None:
    assert _refused(venue, path, **sent)


def test_external_orders_trade_and_are_cancelled(venue: Venue) -> None:
    venue.market(quantity="0.020")
    order_id = venue.limit("80000")["orderId"]
    algo_id = venue.stop("80000")["algoId"]
    with private_ear(venue, "ORDER_TRADE_UPDATE/ALGO_UPDATE") as ear:
        hand = {"account": "practice", "symbol": BTC}
        venue.control("POST", "/position", **hand, side="SELL", positionSide="LONG", quantity="0.010")
        venue.control("POST", "/cancel", account="practice", orderId=order_id)
        venue.control("POST", "/cancel", account="practice", algoId=algo_id)
        events = ear.until(lambda event: word_of(event) == "ALGO CANCELED")

    assert [word_of(event) for event in events] == [
        "ORDER NEW NEW",
        "ORDER TRADE FILLED",
        "ORDER CANCELED CANCELED",
        "ALGO CANCELED",
    ]
    assert not events[0]["o"]["c"].startswith(("t1-", "autoclose-", "adl_autoclose"))
    assert str(venue.position()) == "0.010"


def test_a_wipe_leaves_the_settings_and_nothing_else(venue: Venue) -> None:
    venue.market(newClientOrderId="e")
    venue.stop("80000", clientAlgoId="sl")

    venue.control("POST", "/wipe", account="practice")

    assert venue.refusal("GET", ORDER, symbol=BTC, origClientOrderId="e")[1] == -2013
    assert venue.refusal("GET", ALGO, clientAlgoId="sl")[1] == -2013
    assert venue.ok("GET", "/fapi/v3/positionRisk") == venue.ok("GET", "/fapi/v1/openAlgoOrders") == []
    assert venue.ok("GET", "/fapi/v1/userTrades", symbol=BTC) == []
    assert venue.ok("GET", "/fapi/v3/balance")[0]["balance"] == "10000.00000000"
    assert venue.ok("GET", "/fapi/v1/positionSide/dual") == {"dualSidePosition": True}


def test_numbers_and_the_clock_go_on_after_a_reset(venue: Venue) -> None:
    def numbers() -> tuple[int, ...]:
        order, algo = venue.market()["orderId"], venue.stop("80000")["algoId"]
        trade = venue.ok("GET", "/fapi/v1/userTrades", symbol=BTC)[-1]["id"]
        return order, algo, trade, venue.ok("GET", "/fapi/v1/income")[-1]["tranId"], venue.time()

    before = numbers()
    venue.advance(100)
    after = (venue.fresh(), numbers())[1]

    assert all(late > early for early, late in zip(before, after, strict=True))
    assert after[-1] - before[-1] >= 100_000


def test_the_ledger_speaks_the_wires_words(venue: Venue) -> None:
    venue.market()
    venue.stop("80000")
    ledger = venue.control("GET", "/ledger")
    mine = ledger["accounts"]["practice"]

    assert set(ledger) == {"time", "accounts", "requests"}
    assert set(mine) == {"balance", "orders", "algoOrders", "trades", "income", "positions"}
    assert mine["orders"] == [venue.ok("GET", ORDER, symbol=BTC, orderId=mine["orders"][0]["orderId"])]
    assert mine["algoOrders"] == [venue.ok("GET", ALGO, algoId=mine["algoOrders"][0]["algoId"])]
    assert mine["trades"] == venue.ok("GET", "/fapi/v1/userTrades", symbol=BTC)
    assert mine["income"] == venue.ok("GET", "/fapi/v1/income")
    assert mine["positions"] == venue.ok("GET", "/fapi/v3/positionRisk")
    assert {"at", "method", "path", "executed", "answered", "fault"} <= ledger["requests"][-1].keys()


def test_a_killed_exchange_goes_on_where_it_stood(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    with venue_of("--state", state) as venue:
        venue.fresh().market()
        venue.stop("80000", clientAlgoId="sl")
        venue.advance(5000)
        before, clock = venue.account_ledger(), venue.time()
        pid = venue.control("GET", "/state")["pid"]
        second = subprocess.run(
            [sys.executable, "-m", "simulator", "--port", "0", "--state", state],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert second.returncode != 0
        assert "in use" in second.stderr
        subprocess.run(["kill", f"-{signal.SIGKILL.value}", str(pid)], check=True)
    with venue_of("--state", state) as venue:
        assert venue.time() >= clock
        after = venue.account_ledger()
        for row in before["positions"] + after["positions"]:
            del row["markPrice"], row["unRealizedProfit"], row["notional"], row["adl"]
        assert after == before
        venue.move("80000.0")
        assert venue.ok("GET", ALGO, clientAlgoId="sl")["algoStatus"] == "FINISHED"


def _closes(*arguments: str) -> Any:
    with running("simulator", "--port", "0", *arguments) as (url, _):
        query = {"symbol": BTC, "interval": "1d", "limit": "30", "endTime": "1790000000000"}
        rows = requests.get(f"{url}/fapi/v1/klines", params=query, timeout=10).json()
        return [row[4] for row in rows]


def test_a_seed_decides_the_shape_of_prices() -> None:
    assert _closes("--seed", "5") != _closes("--seed", "6")


def test_speed_plays_funding_faster_while_the_clock_runs_one_to_one() -> None:
    with venue_of("--speed", "480", "--symbols", "3") as venue:
        first = venue.send("GET", "/fapi/v1/premiumIndex", symbol=BTC).json()
        began = venue.time()

        assert first["nextFundingTime"] - began <= 60_000
        assert len(venue.send("GET", "/fapi/v1/exchangeInfo").json()["symbols"]) == 13
        assert venue.time() - began < 5_000


def test_a_csv_is_played(tmp_path: Path) -> None:
    prices = tmp_path / "prices.csv"
    prices.write_text(f"time_ms,symbol,price\n0,{BTC},70000\n3600000,{BTC},71000\n")
    with running("simulator", "--port", "0", "--prices", str(prices)) as (url, _):
        venue = Venue(url)
        venue.advance(1)
        early = venue.send("GET", "/fapi/v1/ticker/price", symbol=BTC).json()["price"]
        venue.advance(3600)

        assert early == "70000.00"
        assert venue.send("GET", "/fapi/v1/ticker/price", symbol=BTC).json()["price"] == "71000.00"


def test_a_stop_can_be_made_to_go_with_its_position_and_refusals_to_have_another_status() -> None:
    with venue_of("--switch", "quantity_stop_outlives_position=false", "--switch", "refusal_status=422") as venue:
        venue.fresh()
        venue.market()
        venue.stop("80000", quantity="0.010", clientAlgoId="plain")
        venue.market("SELL", "LONG")

        assert venue.ok("GET", ALGO, clientAlgoId="plain")["algoStatus"] == "EXPIRED"
        assert venue.refusal("GET", ORDER, symbol=BTC, orderId=1)[:2] == (422, -2013)


@pytest.mark.parametrize(
    ("switch", "value"),
    [("accept_capitalised_booleans", "false"), ("list_flat_side", "true"), ("legacy_order_answer", "true")],
)
def test_open_questions_can_be_switched(switch: str, value: str) -> None:
    with venue_of("--switch", f"{switch}={value}") as venue:
        venue.fresh()
        order = venue.market()
        sides = [row["positionSide"] for row in venue.ok("GET", "/fapi/v3/positionRisk")]
        sent = f'{{"symbol":"{BTC}","side":"BUY","positionSide":"LONG","type":"MARKET","closePosition":"False"}}'
        (batch,) = venue.ok("POST", "/fapi/v1/batchOrders", batchOrders=f"[{sent}]")
        capital = venue.signed("POST", "/fapi/v1/multiAssetsMargin", multiAssetsMargin="True")

    assert ("avgPrice" in order and "cumQuote" in order) == (switch == "legacy_order_answer")
    assert sides == (["LONG", "SHORT"] if switch == "list_flat_side" else ["LONG"])
    assert (capital.status_code == 200) == (switch != "accept_capitalised_booleans")
    assert batch["code"] == (-1130 if switch == "accept_capitalised_booleans" else -1102)  # it then misses a quantity
