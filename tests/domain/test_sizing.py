"""Quantities, ticks and leverage brackets."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.sizing import (
    NotionalTooLarge,
    bracket_for,
    entry_quantity,
    largest_leverage,
    quantity_at_least,
    round_to_tick,
)
from tests.domain.trades import BTC, BTC_BRACKETS, decimals, rules, ticks

D = Decimal


def test_quantity_is_what_the_margin_buys_with_leverage() -> None:
    quantity = entry_quantity(D("150"), 20, D("60000"), BTC)

    assert quantity == D("0.050")  # 3000 / 60000


def test_quantity_is_floored_to_the_step() -> None:
    quantity = entry_quantity(D("150"), 20, D("86000"), BTC)

    assert quantity == D("0.034")  # 0.03488…


def test_an_amount_below_the_smallest_quantity_buys_nothing() -> None:
    assert entry_quantity(D("4.29"), 20, D("86000"), BTC) == 0
    assert entry_quantity(D("4.30"), 20, D("86000"), BTC) == D("0.001")


def test_the_grid_of_quantities_starts_at_the_minimum() -> None:
    grid = rules(step="1", min_quantity=D("0.5"))

    assert entry_quantity(D("10"), 1, D("4"), grid) == D("2.5")
    assert entry_quantity(D("9.99"), 1, D("4"), grid) == D("1.5")


@given(
    decimals("0.01", "100000", 2),
    st.integers(1, 150),
    decimals("0.0001", "200000", 4),
    st.sampled_from(["1", "0.1", "0.001"]),
)
def test_margin_never_exceeds_the_amount_and_one_more_step_would(amount: D, leverage: int, price: D, step: str) -> None:
    grid = rules(step=step)

    quantity = entry_quantity(amount, leverage, price, grid)

    assert quantity * price <= amount * leverage
    assert (quantity + grid.step_size) * price > amount * leverage


@given(decimals("0.000001", "1000", 6), st.sampled_from(["1", "0.1", "0.001"]))
def test_quantity_at_least_is_the_next_step(wanted: D, step: str) -> None:
    grid = rules(step=step)

    quantity = quantity_at_least(wanted, grid)

    assert quantity >= wanted
    assert quantity == grid.min_quantity or quantity - grid.step_size < wanted


def test_rounding_to_tick_keeps_its_direction() -> None:
    assert round_to_tick(D("61166.96"), D("0.10"), up=False) == D("61166.9")
    assert round_to_tick(D("61166.91"), D("0.10"), up=True) == D("61167.0")
    assert round_to_tick(D("61166.9"), D("0.10"), up=True) == D("61166.9")


@given(decimals("0.00000001", "1000000", 12), ticks, st.booleans())
def test_rounding_moves_less_than_a_tick_and_never_the_other_way(price: D, tick: D, up: bool) -> None:
    result = round_to_tick(price, tick, up)

    assert result % tick == 0
    assert 0 <= (result - price if up else price - result) < tick


def test_a_bracket_includes_its_cap() -> None:
    assert bracket_for(D("300000"), BTC_BRACKETS).initial_leverage == 150
    assert bracket_for(D("300000.01"), BTC_BRACKETS).initial_leverage == 100
    assert bracket_for(D("0"), BTC_BRACKETS).initial_leverage == 150


def test_largest_leverage_falls_with_size() -> None:
    assert largest_leverage(D("2999999"), BTC_BRACKETS) == 75


def test_beyond_the_last_bracket_there_is_no_leverage() -> None:
    with pytest.raises(NotionalTooLarge) as refusal:
        bracket_for(D("70000000.01"), BTC_BRACKETS)

    assert refusal.value.largest == D("70000000")
