"""Pairs that are changed, listed and ended while the market is played."""

from decimal import Decimal
from typing import Any

import pytest

from simulator.errors import ApiError
from simulator.interfaces import ContractType, RulesChange, SymbolStatus
from tests.simulator.market.playing import HOUR_MS, Room, open_room

D = Decimal


def row_of(room: Room, symbol: str) -> Any:
    rows = room.get("/fapi/v1/exchangeInfo")["symbols"]
    return next((row for row in rows if row["symbol"] == symbol), None)


def filters_of(room: Room, symbol: str) -> dict[str, Any]:
    return {entry["filterType"]: entry for entry in row_of(room, symbol)["filters"]}


def test_a_coarser_tick_holds_for_every_new_price_and_leaves_the_old_ones() -> None:
    room = open_room("walk")
    room.play(3 * 60_000, tick_ms=1000)
    before = room.get("/fapi/v1/trades", symbol="BTCUSDT", limit=100)

    room.market.change_symbol("BTCUSDT", RulesChange(tick_size=D(10)))
    room.play(60_000, tick_ms=1000)

    trades = room.get("/fapi/v1/trades", symbol="BTCUSDT", limit=50)
    book = room.get("/fapi/v1/depth", symbol="BTCUSDT")
    assert filters_of(room, "BTCUSDT")["PRICE_FILTER"]["tickSize"] == "10.00"
    assert all(D(row["price"]) % 10 == 0 for row in trades)
    assert all(D(price) % 10 == 0 for side in ("bids", "asks") for price, _ in book[side])
    assert any(D(row["price"]) % 10 for row in before)
    assert room.get("/fapi/v1/historicalTrades", symbol="BTCUSDT", fromId=before[0]["id"], limit=100) == before


def test_steps_and_the_smallest_notional_change() -> None:
    room = open_room("hold")

    room.market.change_symbol("BTCUSDT", RulesChange(step_size=D("0.01"), min_notional=D(100)))

    filters = filters_of(room, "BTCUSDT")
    assert (filters["LOT_SIZE"]["stepSize"], filters["LOT_SIZE"]["minQty"]) == ("0.01", "0.01")
    assert filters["MIN_NOTIONAL"]["notional"] == "100"
    assert row_of(room, "BTCUSDT")["quantityPrecision"] == 2
    assert room.market.symbols["BTCUSDT"].step_size == D("0.01")


def test_a_tick_that_prices_cannot_keep_is_refused() -> None:
    with pytest.raises(ValueError, match=r"multiple of 0\.1"):
        open_room("hold").market.change_symbol("BTCUSDT", RulesChange(tick_size=D("0.25")))


def test_an_announced_end_comes_on_its_day() -> None:
    room = open_room("hold", streams=("!contractInfo",))
    end = room.clock.now_ms() + HOUR_MS

    room.market.change_symbol("SOLUSDT", RulesChange(delivery_ms=end))
    announced = row_of(room, "SOLUSDT")
    early = room.market.delivered(end - 1)
    ended = room.market.delivered(end)

    assert (announced["contractType"], announced["status"]) == ("PERPETUAL_DELIVERING", "TRADING")
    assert announced["deliveryDate"] == end
    assert (early, ended, room.market.delivered(end)) == ([], ["SOLUSDT"], [])
    events = [event for _, event in room.listener.heard]
    assert [(event["e"], event["s"], event["ps"], event["cs"], event["dt"]) for event in events] == [
        ("contractInfo", "SOLUSDT", "SOLUSDT", "TRADING", end),
        ("contractInfo", "SOLUSDT", "SOLUSDT", "SETTLING", end),
    ]


def test_a_reclassified_pair_says_so() -> None:
    room = open_room("hold")

    room.market.change_symbol("ADAUSDT", RulesChange(contract_type=ContractType.TRADIFI_PERPETUAL))

    assert row_of(room, "ADAUSDT")["contractType"] == "TRADIFI_PERPETUAL"


def test_a_delisted_pair_is_no_longer_shown() -> None:
    room = open_room("hold")

    room.market.change_symbol("ADAUSDT", RulesChange(status=SymbolStatus.DELISTED))

    assert row_of(room, "ADAUSDT") is None
    assert "ADAUSDT" not in {row["symbol"] for row in room.get("/fapi/v1/ticker/price")}
    with pytest.raises(ApiError) as refusal:
        room.get("/fapi/v1/premiumIndex", symbol="ADAUSDT")
    assert refusal.value.code == -1121


def test_a_listed_pair_is_played_and_outlives_a_restart() -> None:
    room = open_room("walk", streams=("!contractInfo", "newusdt@markPrice@1s", "newusdt@aggTrade"))
    room.play(2000)

    room.market.change_symbol("NEWUSDT", RulesChange(status=SymbolStatus.TRADING, min_notional=D(7)))
    room.play(5000)
    price = room.get("/fapi/v1/ticker/price", symbol="NEWUSDT")
    again = open_room("walk", store=room.store, start_ms=room.clock.now_ms())

    assert row_of(room, "NEWUSDT")["onboardDate"] == room.clock.now_ms() - 5000
    heard = {name for name, _ in room.listener.heard}
    assert heard == {"!contractInfo", "newusdt@markPrice@1s", "newusdt@aggTrade"}
    assert filters_of(again, "NEWUSDT")["MIN_NOTIONAL"]["notional"] == "7"
    assert D(again.get("/fapi/v1/ticker/price", symbol="NEWUSDT")["price"]) == D(price["price"])
    assert len(room.get("/fapi/v1/klines", symbol="NEWUSDT", interval="1m", limit=5)) >= 1


@pytest.mark.parametrize(
    ("symbol", "change", "hint"),
    [
        ("TYPOUSDT", RulesChange(tick_size=D(1)), 'to list it give "status":"TRADING"'),
        ("new/usd", RulesChange(status=SymbolStatus.TRADING), "called like NEWUSDT"),
    ],
)
def test_names_that_are_no_pairs_are_refused(symbol: str, change: RulesChange, hint: str) -> None:
    with pytest.raises(ValueError, match=hint):
        open_room("hold").market.change_symbol(symbol, change)


def test_the_index_is_held_and_let_go() -> None:
    room = open_room("hold")
    before = room.get("/fapi/v1/premiumIndex", symbol="BTCUSDT")["indexPrice"]

    room.market.set_index("BTCUSDT", D("80000.5"))
    room.play(2000)
    held = room.get("/fapi/v1/premiumIndex", symbol="BTCUSDT")
    again = open_room("hold", store=room.store, start_ms=room.clock.now_ms())
    kept = again.get("/fapi/v1/premiumIndex", symbol="BTCUSDT")["indexPrice"]
    room.market.set_index("BTCUSDT", None)

    assert (held["indexPrice"], kept) == ("80000.50000000", "80000.50000000")
    assert held["markPrice"] == "84000.00000000"
    assert room.get("/fapi/v1/premiumIndex", symbol="BTCUSDT")["indexPrice"] == before


def test_a_book_can_be_thin_wide_and_empty() -> None:
    room = open_room("hold")

    room.market.set_book("BTCUSDT", 50, 2)
    thin = room.get("/fapi/v1/depth", symbol="BTCUSDT")
    again = open_room("hold", store=room.store).get("/fapi/v1/depth", symbol="BTCUSDT")
    room.market.set_book("BTCUSDT", None, 0)
    empty = room.get("/fapi/v1/ticker/bookTicker", symbol="BTCUSDT")

    assert (len(thin["bids"]), len(thin["asks"])) == (2, 2)
    assert D(thin["asks"][0][0]) - D(thin["bids"][0][0]) == D("5.0")
    assert (again["bids"], again["asks"]) == (thin["bids"], thin["asks"])
    assert D(empty["bidQty"]) == D(empty["askQty"]) == 0


def test_rules_of_the_demo_venue() -> None:
    # Seen on the demo venue on 2026-09-30: step 0.0001, MAX_NUM_ORDERS 10000, marketTakeBound 0.30.
    room = open_room("hold", demo_rules=True)

    row, filters = row_of(room, "BTCUSDT"), filters_of(room, "BTCUSDT")
    least = [filters_of(room, symbol)["MIN_NOTIONAL"]["notional"] for symbol in ("BTCUSDT", "ETHUSDT")]
    assert (filters["LOT_SIZE"]["stepSize"], row["quantityPrecision"]) == ("0.0001", 4)
    assert (filters["MAX_NUM_ORDERS"]["limit"], row["marketTakeBound"]) == (10000, "0.30")
    assert least == ["50", "20"]
