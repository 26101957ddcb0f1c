"""Kills in the middle of trading: what was acknowledged is there again, and the books still add up."""

import os
import signal
import threading
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.simulator.conftest import running
from tests.simulator.http.client import BareClient

pytestmark = pytest.mark.slow

ROUNDS = (0.3, 0.5, 0.7)
TRADES = (("BUY", "LONG"), ("SELL", "SHORT"), ("SELL", "LONG"), ("BUY", "SHORT"))


def trade_until_killed(client: BareClient, pid: int, seconds: float) -> set[int]:
    """Trade until the exchange is killed; return the orders whose acceptance arrived."""
    acknowledged: set[int] = set()
    threading.Timer(seconds, os.kill, (pid, signal.SIGKILL)).start()
    try:
        while True:
            for side, position_side in TRADES:
                answer = client.signed(
                    "POST",
                    "/fapi/v1/order",
                    symbol="BTCUSDT",
                    side=side,
                    positionSide=position_side,
                    type="MARKET",
                    quantity="0.010",
                )
                if answer.status_code == 200:
                    acknowledged.add(answer.json()["orderId"])
    except requests.RequestException:
        return acknowledged


def check_books(account: dict[str, Any]) -> None:
    """Check that balance, positions and trades of a ledger tell the same story."""
    traded: defaultdict[str, Decimal] = defaultdict(Decimal)
    for trade in account["trades"]:
        traded[trade["positionSide"]] += Decimal(trade["qty"]) * (1 if trade["side"] == "BUY" else -1)
    held = {row["positionSide"]: Decimal(row["positionAmt"]) for row in account["positions"]}

    assert Decimal(account["balance"]) == sum(Decimal(row["income"]) for row in account["income"])
    assert {side: amount for side, amount in traded.items() if amount} == held
    assert len({trade["id"] for trade in account["trades"]}) == len(account["trades"])


def test_acknowledged_orders_survive_and_the_books_add_up(tmp_path: Path) -> None:
    acknowledged: set[int] = set()
    for seconds in (*ROUNDS, None):
        with running("simulator", "--port", "0", "--state", str(tmp_path / "state")) as (url, process):
            client = BareClient(url)
            account = client.control("GET", "/ledger")["accounts"]["practice"]
            check_books(account)
            assert acknowledged <= {order["orderId"] for order in account["orders"]}
            if seconds is not None:
                client.signed("POST", "/fapi/v1/positionSide/dual", dualSidePosition="true")
                acknowledged |= trade_until_killed(client, process.pid, seconds)

    assert acknowledged
