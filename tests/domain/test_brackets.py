"""Stop and target prices from USDT."""

from decimal import Decimal

import pytest
from hypothesis import assume, given

from domain.pricing.brackets import (
    EntryFill,
    PriceUnreachable,
    ProtectionTooTight,
    bracket_after_fill,
    gross_at,
    net_at,
    result_at,
    safest_far_stop,
    stop_price,
    target_price,
    triggers_clear_of_mark,
    within_price_bounds,
)
from domain.terms import Basis, Side
from tests.domain.trades import TAKER, bases, decimals, entries, rules, sides, taker_rates, ticks, trade

D = Decimal

TICK = D("0.1")
LONG = EntryFill(Side.LONG, D("0.1"), D("60000"), D("3"))  # fee 6000 × 0.0005
SHORT = EntryFill(Side.SHORT, D("0.1"), D("60000"), D("3"))


def test_gross_prices_are_the_amount_divided_by_the_quantity() -> None:
    assert target_price(LONG, D("15"), Basis.GROSS, TAKER, TICK) == D("60150")
    assert stop_price(LONG, D("10"), Basis.GROSS, TAKER, TICK) == D("59900")
    assert target_price(SHORT, D("15"), Basis.GROSS, TAKER, TICK) == D("59850")
    assert stop_price(SHORT, D("10"), Basis.GROSS, TAKER, TICK) == D("60100")


def test_net_target_of_a_long_lies_beyond_the_fees_of_both_ways() -> None:
    price = target_price(LONG, D("15"), Basis.NET, TAKER, TICK)

    assert price == D("60210.2")  # (6000 + 3 + 15) / (0.1 × 0.9995) = 60210.105…


def test_net_stop_of_a_long_lies_inside_the_gross_one() -> None:
    price = stop_price(LONG, D("10"), Basis.NET, TAKER, TICK)

    assert price == D("59960.0")  # (6000 + 3 − 10) / (0.1 × 0.9995) = 59959.98
    assert net_at(LONG, price, TAKER) == D("-9.998")  # −4 − 3 − 2.998


def test_short_prices_round_down() -> None:
    assert target_price(SHORT, D("15"), Basis.NET, TAKER, TICK) == D("59790.1")  # 5982 / 0.10005 = 59790.104…
    assert stop_price(SHORT, D("10"), Basis.NET, TAKER, TICK) == D("60039.9")  # 6007 / 0.10005 = 60039.98


def test_short_stop_never_costs_more_than_asked() -> None:
    entry = EntryFill(Side.SHORT, D("0.3"), D("61000.3"), D("0"))

    price = stop_price(entry, D("50"), Basis.GROSS, TAKER, TICK)

    assert price == D("61166.9")  # 166.66… away, cut to 166.6


def test_results_at_a_price_are_before_and_after_fees() -> None:
    assert gross_at(LONG, D("60100")) == D("10")
    assert net_at(LONG, D("60100"), TAKER) == D("3.995")  # 10 − 3 − 3.005
    assert result_at(LONG, D("60100"), Basis.GROSS, TAKER) == D("10")


@given(entries(), decimals("0.01", "5000", 2), bases, taker_rates, ticks)
def test_a_stop_never_costs_more_than_allowed(entry: EntryFill, sl: D, basis: Basis, rate: D, tick: D) -> None:
    try:
        price = stop_price(entry, sl, basis, rate, tick)
    except (ProtectionTooTight, PriceUnreachable):
        assume(False)

    assert result_at(entry, price, basis, rate) >= -sl
    assert price % tick == 0
    assert entry.side.sign * (entry.average_price - price) >= tick


@given(entries(), decimals("0.01", "5000", 2), bases, taker_rates, ticks)
def test_a_stop_one_tick_farther_would_cost_more(entry: EntryFill, sl: D, basis: Basis, rate: D, tick: D) -> None:
    try:
        price = stop_price(entry, sl, basis, rate, tick)
    except (ProtectionTooTight, PriceUnreachable):
        assume(False)

    assert result_at(entry, price - entry.side.sign * tick, basis, rate) < -sl


@given(entries(), decimals("0.01", "5000", 2), bases, taker_rates, ticks)
def test_a_target_never_brings_less_than_asked(entry: EntryFill, tp: D, basis: Basis, rate: D, tick: D) -> None:
    try:
        price = target_price(entry, tp, basis, rate, tick)
    except PriceUnreachable:
        assume(False)

    assert result_at(entry, price, basis, rate) >= tp
    assert result_at(entry, price - entry.side.sign * tick, basis, rate) < tp


@given(entries(), bases, taker_rates, ticks)
def test_the_smallest_stop_named_by_a_refusal_works(entry: EntryFill, basis: Basis, rate: D, tick: D) -> None:
    assume(entry.average_price > 3 * tick)
    with pytest.raises(ProtectionTooTight) as refusal:
        stop_price(entry, D(0), basis, rate, tick)

    price = stop_price(entry, refusal.value.smallest_usdt, basis, rate, tick)

    assert tick <= entry.side.sign * (entry.average_price - price) < 2 * tick


def test_a_stop_within_the_fees_is_too_tight() -> None:
    with pytest.raises(ProtectionTooTight) as refusal:
        stop_price(LONG, D("6"), Basis.NET, TAKER, TICK)

    assert refusal.value.smallest_usdt == D("6.009995")  # one tick 0.01, fees 3 and 2.999995


def test_a_long_cannot_lose_more_than_all_of_it() -> None:
    with pytest.raises(PriceUnreachable) as refusal:
        stop_price(LONG, D("6001"), Basis.GROSS, TAKER, TICK)

    assert refusal.value.largest_usdt == D("5999.99")
    assert stop_price(LONG, D("5999.99"), Basis.GROSS, TAKER, TICK) == TICK


def test_a_short_cannot_win_more_than_all_of_it() -> None:
    with pytest.raises(PriceUnreachable) as refusal:
        target_price(SHORT, D("6000"), Basis.GROSS, TAKER, TICK)

    assert target_price(SHORT, refusal.value.largest_usdt, Basis.GROSS, TAKER, TICK) == TICK


def test_after_the_fill_requested_prices_are_kept_when_allowed() -> None:
    placed = bracket_after_fill(LONG, trade(), rules(), TAKER, D("50000"), D("60000"))

    assert placed.stop_price == D("59960.0")
    assert placed.target_price == D("60210.2")
    assert placed.notes == ()


def test_a_stop_behind_liquidation_is_moved_one_tick_before_it() -> None:
    long = bracket_after_fill(LONG, trade(sl_usdt=D("200")), rules(), TAKER, D("59000.03"), D("60000"))
    short = bracket_after_fill(SHORT, trade(Side.SHORT, sl_usdt=D("200")), rules(), TAKER, D("61000.07"), D("60000"))

    assert long.stop_price == D("59000.2")
    assert short.stop_price == D("60999.9")
    assert "liquidated" in long.notes[0]
    assert "59\u202f000.2" in long.notes[0]


def test_a_stop_outside_the_band_is_moved_inside_with_room_for_the_mark_to_move() -> None:
    long = bracket_after_fill(LONG, trade(sl_usdt=D("1000")), rules(), TAKER, None, D("60000"))
    short = bracket_after_fill(SHORT, trade(Side.SHORT, sl_usdt=D("1000")), rules(), TAKER, None, D("60000"))

    assert long.stop_price == D("57150")  # 60000 × 0.9525
    assert short.stop_price == D("62850")  # 60000 × 1.0475
    assert "so far from the price" in long.notes[0]


def test_a_stop_below_zero_becomes_the_lowest_price() -> None:
    no_band = rules(multiplier_down=D(0), min_price=D(0))

    placed = bracket_after_fill(LONG, trade(sl_usdt=D("7000")), no_band, TAKER, None, D("60000"))

    assert placed.stop_price == TICK
    assert placed.notes


def test_an_unreachable_target_is_not_placed_and_said() -> None:
    short = bracket_after_fill(SHORT, trade(Side.SHORT, tp_usdt=D("7000")), rules(), TAKER, None, D("60000"))
    long = bracket_after_fill(LONG, trade(tp_usdt=D("80000")), rules(), TAKER, None, D("60000"))

    assert short.target_price is None
    assert long.target_price is None
    assert "not placed" in short.notes[0]


def test_a_stop_that_became_too_tight_after_the_fill_is_still_given() -> None:
    slipped = EntryFill(Side.LONG, D("0.1"), D("60000"), D("9"))

    placed = bracket_after_fill(slipped, trade(sl_usdt=D("10")), rules(), TAKER, None, D("60000"))

    assert placed.stop_price == D("60020.1")  # (6000 + 9 − 10) / 0.09995: the exchange will refuse it


@given(entries(), decimals("0.01", "100000", 2), sides, decimals("0.5", "200000", 2), decimals("0.5", "200000", 4))
def test_a_moved_stop_is_always_safer_and_allowed(entry: EntryFill, sl: D, side: Side, mark: D, liquidation: D) -> None:
    symbol = rules(min_price=D("0.1"))
    entry = EntryFill(side, entry.quantity, entry.average_price, entry.commission_usdt)

    placed = bracket_after_fill(entry, trade(side, sl_usdt=sl), symbol, TAKER, liquidation, mark)

    assert placed.stop_price > 0
    assert side.sign * (placed.stop_price - liquidation) >= symbol.tick_size
    assert placed.stop_price >= mark * D("0.95") if side is Side.LONG else placed.stop_price <= mark * D("1.05")
    assert net_at(entry, placed.stop_price, TAKER) >= -sl


def test_the_farthest_stop_is_the_strictest_bound() -> None:
    assert safest_far_stop(Side.LONG, rules(), D("59000.03"), D("60000")) == D("59000.2")
    assert safest_far_stop(Side.LONG, rules(), D("50000"), D("60000")) == D("57150")
    assert safest_far_stop(Side.SHORT, rules(), None, None) == D("809484")
    assert safest_far_stop(Side.SHORT, rules(max_price=D(0)), None, None) is None


def test_triggers_are_clear_of_the_mark_by_a_tick() -> None:
    def clear(side: Side, stop: str, target: str | None, mark: str) -> bool:
        return triggers_clear_of_mark(side, D(stop), None if target is None else D(target), D(mark), TICK)

    assert clear(Side.LONG, "99.9", "100.1", "100")
    assert not clear(Side.LONG, "100", "101", "100")
    assert not clear(Side.LONG, "99", "100.05", "100")
    assert clear(Side.SHORT, "100.1", None, "100")
    assert not clear(Side.SHORT, "99", "98", "100")


def test_price_bounds_of_zero_are_switched_off() -> None:
    assert within_price_bounds(D("1000000"), rules(max_price=D(0)))
    assert not within_price_bounds(D("809484.1"), rules())
    assert not within_price_bounds(D("261"), rules())
    assert not within_price_bounds(D(0), rules(min_price=D(0)))
