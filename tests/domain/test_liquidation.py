"""Liquidation prices with cross margin."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import assume, given

from domain.pricing.liquidation import (
    CrossMargin,
    Leg,
    held_account,
    held_liquidation_price,
    liquidation_price,
    maintenance_margin,
    margin_left,
)
from domain.terms import Side
from tests.domain.trades import BTC_BRACKETS, decimals, held, sides
from tests.domain.walked_accounts import disagreement

D = Decimal


def leg(side: Side, quantity: str, entry: str) -> Leg:
    return Leg(side, D(quantity), D(entry))


def price(side: Side, wallet: str, *legs: Leg, mark: str = "84000", others: str = "0") -> D | None:
    return liquidation_price(side, CrossMargin(D(wallet), D(0), D(others)), legs, BTC_BRACKETS, D(mark))


LONG, SHORT = leg(Side.LONG, "0.05", "84000"), leg(Side.SHORT, "0.05", "84000")


def test_a_lone_long_as_binance_computes_it() -> None:
    found = price(Side.LONG, "1000", LONG)

    assert found is not None
    assert round(found, 2) == D("64257.03")  # (1000 − 4200) / (0.05 × 0.004 − 0.05)


def test_a_lone_short_is_liquidated_above_its_entry() -> None:
    found = price(Side.SHORT, "1000", SHORT)

    assert found is not None
    assert round(found, 2) == D("103585.66")  # (1000 + 4200) / (0.05 × 1.004)


def test_a_wallet_larger_than_the_position_is_never_liquidated_long() -> None:
    assert price(Side.LONG, "10000", leg(Side.LONG, "0.01", "84000")) is None


def test_an_account_that_has_nothing_left_is_liquidated_where_it_stands() -> None:
    assert price(Side.LONG, "100", LONG, mark="80000") == D("80000")


def test_maintenance_and_losses_elsewhere_bring_it_nearer() -> None:
    with_maintenance = price(Side.LONG, "1000", LONG, others="100")
    with_loss = liquidation_price(Side.LONG, CrossMargin(D("1000"), D("-100")), [LONG], BTC_BRACKETS, D("84000"))

    assert with_maintenance == with_loss
    assert with_maintenance is not None
    assert round(with_maintenance, 2) == D("66265.06")  # (900 − 4200) / (0.05 × 0.004 − 0.05)


def test_only_the_larger_side_of_a_pair_is_liquidated_on_the_way_it_loses() -> None:
    legs = leg(Side.LONG, "0.05", "84000"), leg(Side.SHORT, "0.02", "85000")

    larger, smaller = price(Side.LONG, "1000", *legs), price(Side.SHORT, "1000", *legs)

    assert larger is not None
    assert round(larger, 2) == D("50471.06")  # (1000 − 4200 + 1700) / (0.00028 − 0.03)
    assert smaller is None, "on the way up the larger LONG wins"


def test_a_long_beside_a_larger_short_is_not_bound_by_the_price_they_share() -> None:
    legs = leg(Side.LONG, "0.011", "86000"), leg(Side.SHORT, "0.035", "86000")

    short = price(Side.SHORT, "10000", *legs, mark="86000")

    assert short is not None
    assert 490_000 < short < 500_000
    assert price(Side.LONG, "10000", *legs, mark="86000") is None


def test_equal_sides_are_liquidated_far_above_or_never() -> None:
    assert price(Side.SHORT, "1000", LONG, SHORT) == D("2500000")  # 1000 / (0.1 × 0.004): only maintenance grows
    assert price(Side.LONG, "1000", LONG, SHORT) is None


def test_a_large_position_uses_the_bracket_it_is_liquidated_in() -> None:
    found = price(Side.LONG, "40000", leg(Side.LONG, "4", "84000"))

    assert found is not None
    assert found * 4 < 300_000  # 336 000 at the entry, the first bracket where it ends
    assert round(found, 2) == D("74297.19")  # (40000 − 336000) / (4 × −0.996)


def test_maintenance_is_rate_less_cumulative() -> None:
    assert maintenance_margin(D("4"), D("84000"), BTC_BRACKETS) == D("1380")  # 336000 × 0.005 − 300
    assert maintenance_margin(D("1"), D("84000"), BTC_BRACKETS) == D("336")


def test_isolated_positions_stand_apart() -> None:
    other = held(Side.LONG, "0.2", "60100", symbol="ETHUSDT")
    mine = held(Side.SHORT, "0.1", "60000")

    account = held_account(D("500"), [other, mine])
    apart = held_account(D("500"), [replace(other, isolated=True), replace(mine, isolated=True)])

    assert account.behind("BTCUSDT") == CrossMargin(D("500"), D("-20"), D("48"))
    assert account.legs("BTCUSDT") == (leg(Side.SHORT, "0.1", "60000"),)
    assert apart.behind("BTCUSDT") == CrossMargin(D("500"))
    assert apart.legs("BTCUSDT") == ()


def test_a_held_position_is_bound_on_its_own_way_only() -> None:
    long, short = held(Side.LONG, "0.011", "86000", mark="86000"), held(Side.SHORT, "0.035", "86000", mark="86000")
    shared = [replace(one, liquidation_price=D("496777")) for one in (long, short)]
    account = held_account(D("10000"), shared)

    # Whether the whole account is known or only what the exchange says of the pair:
    for known, brackets in ((account, BTC_BRACKETS), (None, BTC_BRACKETS), (account, None)):
        assert held_liquidation_price(shared[0], known, brackets) is None
        bound = held_liquidation_price(shared[1], known, brackets)
        assert bound is not None
        assert 490_000 < bound < 500_000


def test_an_isolated_position_is_bound_by_what_the_exchange_says_of_it() -> None:
    alone = replace(held(Side.LONG, "0.05", "60000"), isolated=True, liquidation_price=D("57000"))

    assert held_liquidation_price(alone, held_account(D("100000"), [alone]), BTC_BRACKETS) == D("57000")


quantities = decimals("0.001", "500", 3)
entries = decimals("100", "100000", 1)


@given(sides, quantities, entries, decimals("10", "1000000", 2), decimals("0", "500", 3), entries, entries)
def test_at_the_price_nothing_is_left_and_before_it_something_is(
    side: Side, quantity: D, entry: D, wallet: D, other_quantity: D, other_entry: D, mark: D
) -> None:
    legs = [Leg(side, quantity, entry)]
    if other_quantity:
        legs.append(Leg(side.opposite, other_quantity, other_entry))
    margin = CrossMargin(wallet)
    found = liquidation_price(side, margin, legs, BTC_BRACKETS, mark)
    assume(found is not None and found != mark)
    assert found is not None

    assert side.sign * (mark - found) > 0
    assert abs(margin_left(margin, legs, BTC_BRACKETS, found)) < D("0.00000001")
    for part in (D("0.001"), D("0.3"), D("0.9"), D("0.999")):
        assert margin_left(margin, legs, BTC_BRACKETS, mark + (found - mark) * part) > 0


@given(quantities, entries, decimals("10", "1000000", 2))
def test_a_lone_long_without_a_price_survives_at_any(quantity: D, entry: D, wallet: D) -> None:
    legs, margin = [Leg(Side.LONG, quantity, entry)], CrossMargin(wallet)
    assume(liquidation_price(Side.LONG, margin, legs, BTC_BRACKETS, entry) is None)

    assert margin_left(margin, legs, BTC_BRACKETS, D("0.00000001")) > D("-0.0001")


@pytest.mark.parametrize("block", range(8))
def test_the_forms_verdict_agrees_with_the_practice_exchange_walked_tick_by_tick(block: int) -> None:
    for seed in range(block * 50, block * 50 + 50):
        assert disagreement(seed) is None
