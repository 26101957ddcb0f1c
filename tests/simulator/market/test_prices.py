"""Playing the market: walking, holding, setting, jumping, and going on after the process ended."""

from decimal import Decimal
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.errors import ApiError
from simulator.interfaces import Market
from simulator.store import LogStore
from tests.simulator.market.playing import HOUR_MS, MINUTE_MS, NOON_MS, Room, open_room

SYMBOL = "BTCUSDT"


def _shown(room: Room) -> dict[str, tuple[Decimal, Decimal]]:
    return {symbol: (room.market.last(symbol), room.market.mark(symbol)) for symbol in room.market.symbols}


def test_it_is_the_market_that_trading_expects() -> None:
    market: Market = open_room().market

    assert market.last(SYMBOL) == Decimal("84000.0")
    assert market.mark(SYMBOL) == Decimal("84000.0")


def test_walking_prices_move_every_second_and_stay_near_each_other() -> None:
    room = open_room("walk")

    steps = room.play(60_000)

    moved = [time_ms for time_ms, changed in steps if SYMBOL in changed]
    assert len(moved) in (59, 60)  # the first trade of a minute repeats the price of the one before
    assert [time_ms for time_ms, _ in steps] == sorted(time_ms for time_ms, _ in steps)
    assert abs(room.market.mark(SYMBOL) / room.market.last(SYMBOL) - 1) < Decimal("0.002")
    assert abs(room.market.last(SYMBOL) / 84000 - 1) < Decimal("0.02")


def test_one_symbol_changes_are_told_exactly() -> None:
    room = open_room("walk")
    before = _shown(room)
    for _ in range(100):
        ((_, changed),) = room.play(50)

        after = _shown(room)
        assert changed == {symbol for symbol in after if after[symbol] != before[symbol]}
        before = after


def test_held_prices_stay_while_trades_go_on() -> None:
    room = open_room("hold")
    room.play(30_000)

    assert room.market.last(SYMBOL) == Decimal("84000.0")
    assert room.market.mark(SYMBOL) == Decimal("84000.0")
    trades = room.get("/fapi/v1/trades", symbol=SYMBOL, limit=20)
    assert {trade["price"] for trade in trades} == {"84000.00"}
    assert trades[-1]["time"] > NOON_MS + 28_000


@given(price=st.decimals("1000.0", "800000.0", places=1))
@settings(max_examples=10, deadline=None)
def test_a_set_price_is_exact_and_holds(price: Decimal) -> None:
    room = open_room("hold")
    room.market.set_price(SYMBOL, price=price)

    steps = room.play(50) + room.play(5000, tick_ms=500)

    assert (room.market.last(SYMBOL), room.market.mark(SYMBOL)) == (price, price)
    assert SYMBOL in steps[0][1]


def test_mark_and_last_can_be_set_apart() -> None:
    room = open_room("hold")

    room.market.set_price(SYMBOL, mark=Decimal("80000.12345678"))
    room.market.set_price(SYMBOL, last=Decimal("90000.0"))
    room.play(90_000, tick_ms=1000)

    assert (room.market.last(SYMBOL), room.market.mark(SYMBOL)) == (Decimal("90000.0"), Decimal("80000.12345678"))


def test_a_walking_price_walks_on_from_where_it_was_set() -> None:
    room = open_room("walk")
    room.play(1500)

    room.market.set_price(SYMBOL, price=Decimal("42000.0"))
    ((_, changed),) = [next(iter(room.market.steps()))]

    assert SYMBOL in changed
    assert room.market.last(SYMBOL) == Decimal("42000.0")
    room.play(120_000, tick_ms=500)
    assert room.market.last(SYMBOL) != Decimal("42000.0")
    assert abs(room.market.last(SYMBOL) / 42000 - 1) < Decimal("0.02")


def test_a_price_between_ticks_moves_last_to_the_nearest_tick() -> None:
    room = open_room("hold")

    room.market.set_price(SYMBOL, price=Decimal("61000.06"))

    assert (room.market.last(SYMBOL), room.market.mark(SYMBOL)) == (Decimal("61000.1"), Decimal("61000.06"))


@pytest.mark.parametrize(("price", "code"), [("0", -4001), ("-1", -4001), ("809484.1", -4002)])
def test_an_impossible_price_is_refused(price: str, code: int) -> None:
    room = open_room("hold")

    with pytest.raises(ApiError) as refusal:
        room.market.set_price(SYMBOL, price=Decimal(price))

    assert refusal.value.code == code
    assert room.market.last(SYMBOL) == Decimal("84000.0")


def test_a_fill_is_the_last_price_until_the_market_trades_again() -> None:
    room = open_room("hold")
    room.play(100)

    number = room.market.record_trade(SYMBOL, Decimal("84000.1"), Decimal("0.5"), False, room.clock.now_ms())

    assert room.market.last(SYMBOL) == Decimal("84000.1")
    (newest,) = room.get("/fapi/v1/aggTrades", symbol=SYMBOL, limit=1)
    assert (newest["a"], newest["p"], newest["q"], newest["m"]) == (number, "84000.10", "0.500", False)
    room.play(1000)
    assert room.market.last(SYMBOL) == Decimal("84000.0")


def test_trade_ids_follow_one_another_whoever_trades() -> None:
    room = open_room("walk")
    for _ in range(30):
        room.play(730)
        room.market.record_trade(SYMBOL, room.market.last(SYMBOL), Decimal("0.1"), True, room.clock.now_ms())

    trades = room.get("/fapi/v1/aggTrades", symbol=SYMBOL, limit=60)

    ids = [trade["a"] for trade in trades]
    assert ids == list(range(ids[0], ids[0] + 60))
    times = [trade["T"] for trade in trades]
    assert times == sorted(times)


def test_a_long_jump_is_walked_minute_by_minute() -> None:
    room = open_room("walk")

    times = [time_ms for time_ms, _ in room.jump(8 * HOUR_MS + 5000)]

    assert max(after - before for before, after in pairwise(times)) <= MINUTE_MS
    assert times[-1] == NOON_MS + 8 * HOUR_MS + 5000
    assert 480 <= len(times) <= 482


def test_the_touch_is_the_best_of_the_book() -> None:
    room = open_room("walk")
    for _ in range(20):
        room.play(1000)
        book = room.market.book(SYMBOL)

        assert room.market.touch(SYMBOL) == (book.bids[0][0], book.asks[0][0])


def test_a_jump_walks_only_the_symbols_at_stake() -> None:
    room = open_room("walk")
    room.clock.advance(2 * HOUR_MS)

    *on_the_way, (_, at_the_end) = list(room.market.steps(lambda: {SYMBOL}))

    assert len(on_the_way) >= 119
    assert set().union(*(changed for _, changed in on_the_way)) == {SYMBOL}
    assert "ETHUSDT" in at_the_end


def test_a_jump_with_nothing_at_stake_stops_only_at_funding_instants() -> None:
    room = open_room("walk")
    room.clock.advance(24 * HOUR_MS)

    assert len(list(room.market.steps(set))) == 4


def test_every_step_of_a_jump_shows_the_candle_of_its_minute() -> None:
    room = open_room("walk")
    lasts = [(time_ms, room.market.last(SYMBOL)) for time_ms, _ in room.jump(30 * MINUTE_MS)]

    rows = room.get("/fapi/v1/klines", symbol=SYMBOL, interval="1m", startTime=NOON_MS, limit=30)

    closes = {row[6] + 1: Decimal(row[4]) for row in rows}
    assert [(time_ms, last) for time_ms, last in lasts if closes[time_ms] != last] == []


def test_held_prices_stop_a_jump_only_at_funding_instants() -> None:
    room = open_room("hold")

    steps = list(room.jump(24 * HOUR_MS))

    four = NOON_MS + 4 * HOUR_MS  # 16:00 UTC
    assert [time_ms for time_ms, _ in steps] == [four, four + 8 * HOUR_MS, four + 16 * HOUR_MS, NOON_MS + 24 * HOUR_MS]
    assert room.market.last(SYMBOL) == Decimal("84000.0")


def test_at_a_funding_instant_the_rate_is_the_settled_one_and_the_next_lies_ahead() -> None:
    room = open_room("walk")
    instant = NOON_MS + 4 * HOUR_MS
    seen = {
        time_ms: (room.market.funding_rate(SYMBOL), room.market.next_funding_ms(SYMBOL))
        for time_ms, _ in room.jump(5 * HOUR_MS)
    }

    (settled,) = room.get("/fapi/v1/fundingRate", symbol=SYMBOL, startTime=instant, endTime=instant)

    assert seen[instant] == (Decimal(settled["fundingRate"]), instant + 8 * HOUR_MS)


def test_speed_plays_prices_and_funding_faster_but_not_the_clock() -> None:
    slow, fast = open_room("walk"), open_room("walk", speed="10000")

    slow.play(30_000, tick_ms=500)
    steps = fast.play(30_000, tick_ms=500)

    assert slow.clock.now_ms() == fast.clock.now_ms()
    moved = [abs(room.market.last(SYMBOL) / 84000 - 1) for room in (slow, fast)]
    assert moved[1] > 20 * moved[0]
    settled = [time_ms for time_ms, _ in steps if time_ms % 2880 == 0]  # 8 hours / 10 000
    assert len(settled) == 10


def test_the_seed_decides_everything() -> None:
    rooms = [open_room("walk", seed=seed) for seed in (1, 1, 2)]

    for room in rooms:
        room.play(20_000, tick_ms=500)

    first, again, other = (room.get("/fapi/v1/klines", symbol=SYMBOL, interval="1h", limit=500) for room in rooms)
    assert first == again
    assert first != other


@pytest.mark.parametrize("tick_ms", [50, 333, 7000])
def test_the_pace_of_ticks_does_not_change_prices(tick_ms: int) -> None:
    room, usual = open_room("walk"), open_room("walk")

    room.play(63_000, tick_ms=tick_ms)
    usual.play(63_000, tick_ms=100)

    assert _shown(room) == _shown(usual)


def _killed(room: Room, path: Path, after_ms: int, mode: str = "walk") -> Room:
    """Return the exchange started again from the same state, the first having ended without a good-bye."""
    room.store.commit()
    copy = path.with_name("copy.log")
    copy.write_bytes(path.read_bytes())
    return open_room(mode, seed=99, store=LogStore(copy), start_ms=room.clock.now_ms() + after_ms)


@pytest.mark.parametrize("mode", ["walk", "hold"])
def test_after_a_kill_prices_candles_and_ids_go_on(tmp_path: Path, mode: str) -> None:
    room = open_room(mode, store=LogStore(tmp_path / "state.log"))
    room.play(62_300)
    room.market.set_price(SYMBOL, price=Decimal("61000.0"))
    room.play(2100)
    number = room.market.record_trade(SYMBOL, Decimal("61000.1"), Decimal("0.5"), False, room.clock.now_ms())

    again = _killed(room, tmp_path / "state.log", after_ms=0, mode=mode)

    for symbol, shown in _shown(room).items():
        assert _shown(again)[symbol] == shown, symbol
    for path, params in (
        ("klines", {"interval": "1m", "limit": 500}),
        ("klines", {"interval": "1d", "limit": 900}),
        ("markPriceKlines", {"interval": "1m", "limit": 100}),
        ("aggTrades", {"limit": 500}),
    ):
        asked = [each.get(f"/fapi/v1/{path}", symbol=SYMBOL, **params) for each in (room, again)]
        assert asked[0] == asked[1], path
    assert (
        again.market.record_trade(SYMBOL, Decimal("61000.1"), Decimal("0.5"), False, again.clock.now_ms()) == number + 1
    )


def test_a_price_set_just_before_a_kill_still_stands(tmp_path: Path) -> None:
    room = open_room("hold", store=LogStore(tmp_path / "state.log"))
    room.play(5000)

    room.market.set_price(SYMBOL, mark=Decimal("50000"), last=Decimal("51000"))

    again = _killed(room, tmp_path / "state.log", after_ms=3, mode="hold")
    assert (again.market.last(SYMBOL), again.market.mark(SYMBOL)) == (Decimal("51000"), Decimal("50000"))


def test_time_missed_by_a_stopped_exchange_is_played_at_the_next_start(tmp_path: Path) -> None:
    room = open_room("walk", store=LogStore(tmp_path / "state.log"))
    room.play(5000)

    again = _killed(room, tmp_path / "state.log", after_ms=9 * HOUR_MS)
    times = [time_ms for time_ms, _ in again.market.steps()]

    assert NOON_MS + 4 * HOUR_MS in times  # a settlement
    assert times[-1] == again.clock.now_ms()
    assert min(times) > room.clock.now_ms()


def test_a_mode_chosen_while_running_survives_a_restart(tmp_path: Path) -> None:
    room = open_room("walk", store=LogStore(tmp_path / "state.log"))
    room.play(2000)
    room.market.set_mode("hold")
    held = _shown(room)

    again = _killed(room, tmp_path / "state.log", after_ms=60_000)
    again.play(5000)

    assert _shown(again) == held
    assert again.market.mode == "hold"


def test_an_idle_walk_writes_one_small_row_a_second(tmp_path: Path) -> None:
    room = open_room("walk", symbols=50, store=LogStore(tmp_path / "state.log"))
    room.store.commit()
    size = (tmp_path / "state.log").stat().st_size

    for _ in range(100):
        room.play(100)
        room.store.commit()

    grown = (tmp_path / "state.log").stat().st_size - size
    assert grown <= 11 * 60


def test_a_replay_plays_its_rows_and_then_holds(tmp_path: Path) -> None:
    csv = tmp_path / "prices.csv"
    csv.write_text("time_ms,symbol,price\n0,BTCUSDT,61000.0\n2000,BTCUSDT,60000.0\n2010,BTCUSDT,59000.0\n")
    room = open_room("replay", csv=csv)
    seen = []
    room.clock.advance(60_000)

    for time_ms, changed in room.market.steps():
        if SYMBOL in changed:
            seen.append((time_ms - NOON_MS, room.market.last(SYMBOL), room.market.mark(SYMBOL)))

    assert [
        (0, Decimal(61000), Decimal(61000)),
        (2000, Decimal(60000), Decimal(60000)),
        (2010, Decimal(59000), Decimal(59000)),
    ] == [row for row in seen if row[0] in (0, 2000, 2010)]
    assert room.market.last(SYMBOL) == Decimal(59000)
    assert room.market.last("ETHUSDT") == Decimal(2800)


def test_a_replay_goes_on_after_a_kill(tmp_path: Path) -> None:
    csv = tmp_path / "prices.csv"
    csv.write_text("0,BTCUSDT,61000.0\n5000,BTCUSDT,60000.0\n")
    room = open_room("replay", csv=csv, store=LogStore(tmp_path / "state.log"))
    room.play(2000)
    room.store.commit()

    store = LogStore(tmp_path / "copy.log")
    for table in ("market", "market_births", "market_anchors", "market_prints"):
        for key, row in room.store.rows(table).items():
            store.put(table, key, row)
    again = open_room("replay", csv=csv, store=store, start_ms=room.clock.now_ms())

    assert again.market.last(SYMBOL) == Decimal(61000)
    again.play(4000)
    assert again.market.last(SYMBOL) == Decimal(60000)
