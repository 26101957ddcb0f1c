from pathlib import Path

import pytest

from simulator.errors import ApiError
from simulator.store import LogStore
from tests.simulator.trading.venue import D, Venue


def _busy(venue: Venue) -> None:
    """Trade a little of everything."""
    venue.market_order("BUY", "0.010", positionSide="LONG")
    venue.market_order("SELL", "0.004", positionSide="SHORT")
    venue.limit_order("BUY", "0.010", "59000", positionSide="LONG")
    venue.stop("SELL", "58000", positionSide="LONG")
    venue.stop("BUY", "62000", positionSide="SHORT", quantity="0.004")
    venue.post("/fapi/v1/leverage", symbol="SOLUSDT", leverage="7")
    venue.move("60500")
    venue.market_order("SELL", "0.003", positionSide="LONG")


def test_a_killed_exchange_comes_back_with_the_same_ledger(tmp_path: Path) -> None:
    store = LogStore(tmp_path / "state")
    venue = Venue(store=store, dual_side=True)
    _busy(venue)
    store.commit()
    before = venue.exchange.ledger("practice")
    alias = venue.get("/fapi/v3/balance")[0]["accountAlias"]
    store.close()

    venue.store = LogStore(tmp_path / "state")
    venue.start()

    assert venue.exchange.ledger("practice") == before
    assert venue.get("/fapi/v3/balance")[0]["accountAlias"] == alias
    assert venue.get("/fapi/v1/symbolConfig", symbol="SOLUSDT")[0]["leverage"] == 7
    assert venue.get("/fapi/v1/positionSide/dual") == {"dualSidePosition": True}
    venue.store.close()


def test_orders_that_rested_before_a_restart_still_trigger() -> None:
    venue = Venue(dual_side=True)
    _busy(venue)

    venue.start()
    venue.move("57900")

    assert venue.position("LONG") == 0
    assert venue.get("/fapi/v1/openOrders") == []


def test_a_wiped_account_has_its_first_balance_and_nothing_else() -> None:
    venue = Venue(dual_side=True)
    _busy(venue)

    venue.exchange.wipe("practice")

    ledger = venue.exchange.ledger("practice")
    assert ledger["balance"] == "10000.00000000"
    assert [row["incomeType"] for row in ledger["income"]] == ["TRANSFER"]
    assert [ledger[name] for name in ("orders", "algoOrders", "trades", "positions")] == [[], [], [], []]
    assert venue.get("/fapi/v1/positionSide/dual") == {"dualSidePosition": True}


def test_a_reset_starts_afresh_but_numbers_go_on() -> None:
    venue = Venue(dual_side=True)
    _busy(venue)
    latest = max(row["orderId"] for row in venue.exchange.ledger("practice")["orders"])
    latest_algo = max(row["algoId"] for row in venue.exchange.ledger("practice")["algoOrders"])
    latest_tran = max(row["tranId"] for row in venue.exchange.ledger("practice")["income"])

    venue.exchange.reset()

    assert venue.get("/fapi/v1/positionSide/dual") == {"dualSidePosition": False}
    assert venue.get("/fapi/v1/symbolConfig", symbol="SOLUSDT")[0]["leverage"] == 20
    assert venue.market_order("BUY", "0.010")["orderId"] == latest + 1
    assert venue.stop("SELL", "58000")["algoId"] == latest_algo + 1
    assert venue.exchange.ledger("practice")["income"][0]["tranId"] == latest_tran + 1


def test_a_wipe_survives_a_restart() -> None:
    venue = Venue(dual_side=True)
    _busy(venue)
    venue.exchange.wipe("practice")
    before = venue.exchange.ledger("practice")

    venue.start()

    assert venue.exchange.ledger("practice") == before


def test_an_external_order_trades_on_the_same_position() -> None:
    venue = Venue(dual_side=True)
    venue.market_order("BUY", "0.010", positionSide="LONG")

    row = venue.exchange.external_order("practice", "BTCUSDT", "SELL", "LONG", D("0.010"))

    assert row["status"] == "FILLED"
    assert row["clientOrderId"].startswith("web_")
    assert venue.position("LONG") == 0
    with pytest.raises(ApiError) as refusal:
        venue.exchange.external_order("practice", "BTCUSDT", "SELL", "LONG", D("0.010"))
    assert refusal.value.code == -2022


def test_orders_are_cancelled_from_outside_of_both_kinds() -> None:
    venue = Venue()
    order_id = venue.limit_order("BUY", "0.010", "59000")["orderId"]
    algo_id = venue.stop("SELL", "59000", quantity="0.010")["algoId"]
    venue.events.take()

    assert venue.exchange.external_cancel("practice", order_id=order_id)["status"] == "CANCELED"
    assert venue.exchange.external_cancel("practice", algo_id=algo_id)["algoStatus"] == "CANCELED"
    assert venue.events.words() == ["ORDER CANCELED CANCELED", "ALGO CANCELED"]
    with pytest.raises(ApiError):
        venue.exchange.external_cancel("practice", order_id=order_id)


def test_at_stake_is_every_symbol_with_a_position_or_an_open_order() -> None:
    venue = Venue(dual_side=True)
    _busy(venue)
    venue.market_order("SELL", "0.007", positionSide="LONG")
    venue.market_order("BUY", "0.004", positionSide="SHORT")
    venue.post(
        "/fapi/v1/order",
        symbol="SOLUSDT",
        side="BUY",
        positionSide="LONG",
        type="LIMIT",
        quantity="1.00",
        price="90",
        timeInForce="GTC",
    )

    assert venue.exchange.symbols_at_stake() == {"BTCUSDT", "SOLUSDT"}

    venue.delete("/fapi/v1/allOpenOrders", symbol="BTCUSDT")
    venue.delete("/fapi/v1/algoOpenOrders", symbol="BTCUSDT")

    assert venue.exchange.symbols_at_stake() == {"SOLUSDT"}


def test_accounts_do_not_see_each_other() -> None:
    venue = Venue(names=("one", "two"))
    venue.market_order("BUY", "0.010", account="one")
    venue.limit_order("BUY", "0.010", "59000", account="one")

    venue.events.sent.clear()
    venue.move("58000")

    assert {account for account, _ in venue.events.sent} == {"one"}
    assert venue.get("/fapi/v1/openOrders", account="two") == []
    assert venue.wallet("two") == 10000


def test_keys_name_their_account() -> None:
    venue = Venue()

    spec = venue.exchange.account_of_key("practice")

    assert spec is not None
    assert spec.secret == "secret"
    assert venue.exchange.account_of_key("other") is None


def test_times_never_go_back() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.010")
    now = venue.clock.now_ms()

    venue.limit_order("SELL", "0.010", "61000")
    venue.market.lasts["BTCUSDT"] = D("61000")
    venue.exchange.on_step(now - 60_000, {"BTCUSDT"})

    times = [row["time"] for row in venue.exchange.ledger("practice")["trades"]]
    assert times == sorted(times)
