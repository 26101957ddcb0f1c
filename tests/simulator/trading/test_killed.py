"""A practice exchange killed in the middle of trading comes back with everything it had answered."""

import time
from decimal import Decimal
from pathlib import Path
from threading import Timer

import pytest
import requests
from binance.client import Client

from tests.simulator.conftest import running
from tests.support.forks import Forked

_ROUNDS = 3
_KILL_AFTER = 10


def _client(url: str) -> Client:
    client = Client("practice", "practice", testnet=True, ping=False)
    client.FUTURES_TESTNET_URL = f"{url}/fapi"
    server_ms = requests.get(f"{url}/fapi/v1/time", timeout=5).json()["serverTime"]
    client.timestamp_offset = server_ms - int(time.time() * 1000)
    return client


def _ledger(url: str) -> dict[str, list[dict[str, str]]]:
    accounts = requests.get(f"{url}/control/ledger", timeout=10).json()["accounts"]
    ledger: dict[str, list[dict[str, str]]] = accounts["practice"]
    return ledger


def _trade_until_killed(client: Client, process: Forked, prefix: str) -> list[str]:
    """Buy and sell on while the exchange is killed; return the client ids it answered for."""
    answered = []
    for turn in range(10_000):
        name = f"{prefix}-{turn}"
        side = "BUY" if turn % 2 == 0 else "SELL"
        order = {"symbol": "BTCUSDT", "side": side, "type": "MARKET", "quantity": "0.010", "newClientOrderId": name}
        try:
            client.futures_create_order(**order)
        except requests.exceptions.RequestException:
            break
        answered.append(name)
        if turn == _KILL_AFTER:
            Timer(0.01, process.kill).start()  # strikes in the middle of some later order
    return answered


@pytest.mark.slow
def test_nothing_answered_is_lost_by_a_kill(tmp_path: Path) -> None:
    state = ("--state", str(tmp_path / "state"), "--prices", "hold", "--port", "0")
    answered: list[str] = []
    for number in range(_ROUNDS):
        with running("simulator", *state) as (url, process):
            answered += _trade_until_killed(_client(url), process, f"round-{number}")
            process.wait(timeout=10)

    with running("simulator", *state) as (url, _):
        ledger = _ledger(url)

    assert len(answered) > _ROUNDS * _KILL_AFTER
    kept = {order["clientOrderId"]: order["status"] for order in ledger["orders"]}
    assert all(kept[name] == "FILLED" for name in answered)
    assert len({trade["id"] for trade in ledger["trades"]}) == len(ledger["trades"]) == len(ledger["orders"])
    assert Decimal(str(ledger["balance"])) == sum(Decimal(row["income"]) for row in ledger["income"])
    bought = sum(Decimal(row["qty"]) * (1 if row["side"] == "BUY" else -1) for row in ledger["trades"])
    assert bought == sum(Decimal(row["positionAmt"]) for row in ledger["positions"])
