"""Control requests: prices, clock, external orders, ledger, and sentences that say what would work."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from tests.simulator.conftest import running
from tests.simulator.http.client import BareClient

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def client() -> Iterator[BareClient]:
    with running("tests.simulator.http.serve_tiny") as (url, _):
        yield BareClient(url)


def refused(client: BareClient, path: str, **sent: object) -> str:
    answer = client.session.post(f"{client.url}/control{path}", json=sent, timeout=10)
    assert answer.status_code == 400
    return str(answer.json()["error"])


def post(client: BareClient, body: str) -> requests.Response:
    return client.session.post(
        f"{client.url}/control/price", data=body, headers={"Content-Type": "application/json"}, timeout=10
    )


def test_price_moves_mark_and_last_together(client: BareClient) -> None:
    answer = client.control("POST", "/price", symbol="BTCUSDT", price="61000.0")

    assert answer == {"symbol": "BTCUSDT", "mark": "61000.0", "last": "61000.0"}


def test_mark_and_last_can_be_set_apart(client: BareClient) -> None:
    client.control("POST", "/price", symbol="BTCUSDT", price="61000.0")

    mark = client.control("POST", "/price", symbol="BTCUSDT", mark="60900.5")
    both = client.control("POST", "/price", symbol="BTCUSDT", mark="60000", last="62000")

    assert (mark["mark"], mark["last"]) == ("60900.5", "61000.0")
    assert (both["mark"], both["last"]) == ("60000", "62000")


def test_json_numbers_keep_their_digits(client: BareClient) -> None:
    answer = post(client, '{"symbol":"BTCUSDT","price":61000.10}').json()

    assert answer["mark"] == "61000.10"


def test_prices_that_cannot_be_are_refused_with_what_would_work(client: BareClient) -> None:
    assert "use one of BTCUSDT" in refused(client, "/price", symbol="NOPE", price="1")
    assert "above zero" in refused(client, "/price", symbol="BTCUSDT", price="-1")
    assert "must be a number" in refused(client, "/price", symbol="BTCUSDT", price="much")
    assert 'give "price"' in refused(client, "/price", symbol="BTCUSDT")
    assert "not all of them" in refused(client, "/price", symbol="BTCUSDT", price="1", mark="1")
    assert "walk, hold" in refused(client, "/prices", mode="fly")


def test_body_that_is_not_a_json_object_is_refused(client: BareClient) -> None:
    broken, listed = post(client, "{"), post(client, "[1]")

    assert (broken.status_code, listed.status_code) == (400, 400)


def test_clock_only_moves_forwards(client: BareClient) -> None:
    before = client.time()
    client.control("POST", "/clock", advance_seconds=28800)

    assert client.time() - before >= 28_800_000
    assert "only moves forwards" in refused(client, "/clock", advance_seconds=-1)
    client.control("POST", "/reset")
    assert client.time() - before >= 28_800_000


def test_external_orders_reach_the_trading_core(client: BareClient) -> None:
    answer = client.control(
        "POST", "/position", account="second", symbol="BTCUSDT", side="SELL", positionSide="LONG", quantity="0.010"
    )

    assert answer == {"account": "second", "symbol": "BTCUSDT", "side": "SELL", "quantity": "0.010"}
    assert refused(client, "/cancel", account="second", orderId=5) == "Unknown order sent."
    assert "either orderId or algoId" in refused(client, "/cancel", account="second")
    assert "practice, second" in refused(client, "/wipe", account="third")


def test_ledger_holds_accounts_and_requests(client: BareClient) -> None:
    client.control("POST", "/reset")
    client.signed("POST", "/fapi/v1/order", symbol="BTCUSDT", timestamp=client.time())
    ledger = client.control("GET", "/ledger")

    assert sorted(ledger) == ["accounts", "requests", "time"]
    assert sorted(ledger["accounts"]) == ["practice", "second"]
    assert ledger["requests"][-1]["path"] == "/fapi/v1/order"
    assert ledger["requests"][-1]["executed"] is True
    assert ledger["requests"][-1]["answered"] is True
    assert ledger["requests"][-1]["fault"] is None
    assert len(client.control("GET", "/ledger?requests=1")["requests"]) == 1


def test_unknown_control_lists_the_known_ones(client: BareClient) -> None:
    answer = client.session.post(f"{client.url}/control/explode", timeout=10)

    assert answer.status_code == 404
    assert "POST /control/price" in answer.json()["error"]


def test_state_id_and_clock_survive_a_kill(tmp_path: Path) -> None:
    state = str(tmp_path / "state")
    with running("tests.simulator.http.serve_tiny", state) as (url, process):
        first = BareClient(url)
        identity = first.control("GET", "/state")
        listen_key = first.send("POST", "/fapi/v1/listenKey").json()
        first.control("POST", "/clock", advance_seconds=3600)
        listen_key = first.send("POST", "/fapi/v1/listenKey").json()
        shown_ms = first.time()
        process.kill()
        process.wait()

    with running("tests.simulator.http.serve_tiny", state) as (url, process):
        again = BareClient(url)
        state_now = again.control("GET", "/state")
        assert (state_now["id"], state_now["pid"]) == (identity["id"], process.pid)
        assert again.time() >= shown_ms
        assert again.send("POST", "/fapi/v1/listenKey").json() == listen_key
