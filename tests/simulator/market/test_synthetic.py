"""Whatever happens to the market, its tape, candles and state keep agreeing."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.store import LogStore
from tests.simulator.market.playing import Room, open_room

pytestmark = pytest.mark.slow

PRICES = st.decimals("1000.0", "200000.0", places=1)
HAPPENINGS = st.lists(
    st.one_of(
        st.tuples(st.just("play"), st.integers(1, 90_000)),
        st.tuples(st.just("jump"), st.integers(1, 20_000_000)),
        st.tuples(st.just("price"), PRICES),
        st.tuples(st.just("mark"), PRICES),
        st.tuples(st.just("last"), PRICES),
        st.tuples(st.just("fill"), st.integers(1, 5000)),
        st.tuples(st.just("mode"), st.sampled_from(["walk", "hold"])),
        st.tuples(st.just("look"), st.sampled_from(["1m", "5m", "1h", "1d"])),
    ),
    min_size=1,
    max_size=12,
)


def _let_happen(room: Room, what: str, value: object) -> None:
    if what == "play":
        room.play(int(str(value)), tick_ms=777)
    elif what == "jump":
        list(room.jump(int(str(value))))
    elif what in ("price", "mark", "last"):
        room.market.set_price("BTCUSDT", **{what: Decimal(str(value))})
    elif what == "fill":
        ask, _ = room.market.book("BTCUSDT").asks[0]
        room.market.record_trade("BTCUSDT", ask, Decimal(str(value)) / 1000, False, room.clock.now_ms())
    elif what == "mode":
        room.market.set_mode(str(value))
    else:
        room.get("/fapi/v1/klines", symbol="BTCUSDT", interval=value, limit=3)


def _copied(store: LogStore) -> LogStore:
    copy = LogStore(None)
    for table in ("market", "market_births", "market_anchors", "market_prints"):
        for key, row in store.rows(table).items():
            copy.put(table, key, row)
    return copy


@given(mode=st.sampled_from(["walk", "hold"]), happenings=HAPPENINGS)
@settings(max_examples=20, deadline=None)
def test_tape_candles_and_prices_agree_whatever_happened(mode: str, happenings: list[tuple[str, object]]) -> None:
    room = open_room(mode)
    for what, value in happenings:
        _let_happen(room, what, value)
        list(room.market.steps())

    tape = room.get("/fapi/v1/aggTrades", symbol="BTCUSDT", limit=1000)
    candles = room.get("/fapi/v1/klines", symbol="BTCUSDT", interval="1m", limit=10)

    ids, times = [trade["a"] for trade in tape], [trade["T"] for trade in tape]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert times == sorted(times)
    assert Decimal(tape[-1]["p"]) == room.market.last("BTCUSDT") == Decimal(candles[-1][4])
    for candle in candles:
        inside = [trade for trade in tape if candle[0] <= trade["T"] <= candle[6]]
        assert sum(Decimal(trade["q"]) for trade in inside) == Decimal(candle[5])
        assert len(inside) == candle[8]


@given(mode=st.sampled_from(["walk", "hold"]), happenings=HAPPENINGS)
@settings(max_examples=15, deadline=None)
def test_a_restart_changes_nothing_whatever_happened(mode: str, happenings: list[tuple[str, object]]) -> None:
    store = LogStore(None)
    room = open_room(mode, store=store)
    for what, value in happenings:
        _let_happen(room, what, value)
        list(room.market.steps())

    again = open_room(mode, store=_copied(store), start_ms=room.clock.now_ms())
    list(again.market.steps())

    for symbol in ("BTCUSDT", "ETHUSDT"):
        assert again.market.last(symbol) == room.market.last(symbol)
        assert again.market.mark(symbol) == room.market.mark(symbol)
        for path in ("klines", "markPriceKlines"):
            for interval in ("1m", "15m", "1h", "1d"):
                asked = {"symbol": symbol, "interval": interval, "limit": 30}
                assert again.get(f"/fapi/v1/{path}", **asked) == room.get(f"/fapi/v1/{path}", **asked)
