"""State files that earlier versions wrote: what they hold is still there."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path

import pytest

from simulator.__main__ import account_spec
from simulator.app import PracticeExchange
from simulator.build import Settings, build
from simulator.endpoints import Call
from simulator.interfaces import Json
from simulator.params import Params

_WRITTEN_2026_11_30 = Path(__file__).parent / "states" / "2026-11-30.jsonl"


@contextmanager
def taken_up(folder: Path, *, made_up_symbols: int) -> Iterator[PracticeExchange]:
    """Build an exchange on a copy of the state file; time stands still until it is asked to go on."""
    state = folder / "state"
    shutil.copy(_WRITTEN_2026_11_30, state)
    accounts = (account_spec("practice:practice"), account_spec("other:other:500"))
    exchange = build(Settings(state, accounts, 1, "hold", None, Decimal(1), made_up_symbols))
    try:
        yield exchange
    finally:
        exchange.store.close()


def ledger(exchange: PracticeExchange) -> Json:
    answer = exchange.app.control.handle("GET", "/control/ledger", b"", b"")
    assert answer.status == 200
    accounts: Json = answer.content["accounts"]
    return accounts


@pytest.mark.parametrize("made_up_symbols", [3, 0, 5])
def test_money_positions_orders_and_history_are_still_there(tmp_path: Path, made_up_symbols: int) -> None:
    # Without --symbols the state still names a made-up pair: it stays listed.
    with taken_up(tmp_path, made_up_symbols=made_up_symbols) as exchange:
        accounts = ledger(exchange)

    practice = accounts["practice"]
    assert (practice["balance"], accounts["other"]["balance"]) == ("9999.35178329", "500.00000000")
    assert {(row["symbol"], row["positionSide"]): row["positionAmt"] for row in practice["positions"]} == {
        ("BABABAUSDT", "LONG"): "243",
        ("BTCUSDT", "LONG"): "0.006",
        ("BTCUSDT", "SHORT"): "-0.005",
        ("SOLUSDT", "LONG"): "0.50",
    }
    assert {row["clientAlgoId"]: row["algoStatus"] for row in practice["algoOrders"]} == {
        "stop-long": "NEW",
        "target-long": "NEW",
        "stop-made-up": "NEW",
    }
    states = {row["clientOrderId"]: row["status"] for row in practice["orders"]}
    assert (states["rest-1"], states["gone-1"]) == ("NEW", "CANCELED")
    assert (len(practice["trades"]), len(practice["income"])) == (6, 9)


def test_only_pairs_that_accounts_know_stay_beside_the_listed_ones(tmp_path: Path) -> None:
    with taken_up(tmp_path, made_up_symbols=0) as exchange:
        endpoint = exchange.app.pipeline.routes.find("GET", "/fapi/v1/exchangeInfo")
        assert endpoint is not None
        info = endpoint.handler(Call(Params({}), None, 0))

    assert [row["symbol"] for row in info["symbols"]][10:] == ["BABABAUSDT"]
