"""What a position earned."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.pnl import (
    break_even_win_rate,
    funding_sides,
    position_result,
    split_income,
    unrealised,
)
from domain.terms import Fill, Side
from tests.domain.trades import NOON, decimals, fill

D = Decimal


def test_a_trade_is_the_sum_of_its_fills() -> None:
    fills = [
        (fill(1, "60000", "0.02", commission="0.6"), True),
        (fill(2, "60003", "0.01", commission="0.30", minute=1), True),
        (fill(3, "60100", "0.03", realized="2.97", commission="0.9015", minute=9), False),
    ]

    result = position_result(fills, funding=D("-0.07"))

    assert result.entry_quantity == D("0.03")
    assert result.entry_price == D("60001")
    assert result.exit_price == D("60100")
    assert result.gross == D("2.97")
    assert result.fees == D("1.8015")
    assert result.net == D("1.0985")  # 2.97 − 1.8015 − 0.07
    assert result.opened_at == NOON
    assert result.open_quantity == 0


def test_gross_is_what_the_exchange_realised_not_what_prices_suggest() -> None:
    fills = [(fill(1, "60000", "1"), True), (fill(2, "60100", "1", realized="99.99999999"), False)]

    assert position_result(fills, D(0)).gross == D("99.99999999")


def test_a_trade_without_fills_is_empty() -> None:
    result = position_result([], D(0))

    assert (result.entry_price, result.exit_price, result.opened_at) == (None,) * 3
    assert result.net == result.open_quantity == 0


def test_averages_keep_many_digits() -> None:
    result = position_result([(fill(1, "1", "1"), True), (fill(2, "2", "2"), True)], D(0))

    assert result.entry_price is not None
    assert abs(result.entry_price * 3 - 5) < D("1e-27")
    assert len(result.entry_price.as_tuple().digits) >= 28


def test_fees_in_another_asset_are_named_and_in_no_sum() -> None:
    result = position_result([(fill(1, "60000", "1", commission="0.02", asset="BNB"), True)], D(0))

    assert result.fees == 0
    assert result.net == 0
    assert result.other_fees == (("BNB", D("0.02")),)


fills_of_a_trade = st.lists(
    st.tuples(
        st.builds(
            fill,
            trade_id=st.integers(1, 10**9),
            price=decimals("0.00000001", "200000", 8).map(str),
            quantity=decimals("0.001", "5000", 3).map(str),
            realized=decimals("-99999", "99999", 8).map(str),
            commission=decimals("-10", "999", 8).map(str),
        ),
        st.booleans(),
    ),
    max_size=30,
)


@given(fills_of_a_trade, decimals("-100", "100", 8))
def test_money_adds_up_to_the_last_digit(fills: list[tuple[Fill, bool]], funding: D) -> None:
    result = position_result(fills, funding)

    units = sum(int(item.realized_pnl * 10**8) for item, opening in fills if not opening)
    units -= sum(int(item.commission * 10**8) for item, _ in fills)
    assert int(result.net * 10**8) == units + int(funding * 10**8)
    assert result.net == result.gross - result.fees + funding


@given(fills_of_a_trade)
def test_the_average_lies_between_the_prices(fills: list[tuple[Fill, bool]]) -> None:
    result = position_result(fills, D(0))

    prices = [item.price for item, opening in fills if opening]
    if prices:
        assert result.entry_price is not None
        assert min(prices) - D("1e-30") <= result.entry_price <= max(prices) + D("1e-30")


def test_funding_goes_to_holders_by_quantity() -> None:
    shares = split_income(D("-0.3"), {1: D("0.2"), 2: D("0.1")})

    assert shares == {1: D("-0.2"), 2: D("-0.1")}


def test_what_is_not_ours_goes_to_the_external_bucket() -> None:
    assert split_income(D("-0.3"), {1: D("0.1"), None: D("0.2")}) == {1: D("-0.1"), None: D("-0.2")}
    assert split_income(D("-0.3"), {}) == {None: D("-0.3")}
    assert split_income(D("-0.3"), {1: D(0)}) == {None: D("-0.3")}


def test_a_row_of_one_side_passes_the_other_side_by() -> None:
    holders: dict[int | None, D] = {1: D("0.2"), 2: D("-0.1")}

    assert split_income(D("-0.2"), holders, Side.LONG) == {1: D("-0.2")}
    assert split_income(D("0.1"), holders, Side.SHORT) == {2: D("0.1")}


def test_a_netted_row_gives_each_side_what_its_own_row_would_have_been() -> None:
    shares = split_income(D("-0.1"), {1: D("0.2"), 2: D("-0.1")})

    assert shares == {1: D("-0.2"), 2: D("0.1")}


def test_sides_that_cancel_out_leave_the_row_external() -> None:
    assert split_income(D("0.01"), {1: D("0.2"), 2: D("-0.2")}) == {None: D("0.01")}


def test_what_rounding_leaves_over_goes_to_the_largest_remainder() -> None:
    shares = split_income(D("0.00000002"), {1: D("1"), 2: D("2")})

    assert shares == {1: D("0.00000001"), 2: D("0.00000001")}  # 0.67 and 1.33 of the last digit


holders_of_a_position = st.dictionaries(st.none() | st.integers(1, 50), decimals("-100", "100", 3), max_size=8)


@given(decimals("-9999", "9999", 8), holders_of_a_position, st.none() | st.sampled_from(Side))
def test_shares_always_add_up(amount: D, holders: dict[int | None, D], side: Side | None) -> None:
    assert sum(split_income(amount, holders, side).values()) == amount


@given(decimals("-9999", "9999", 8), st.dictionaries(st.integers(1, 50), decimals("0.001", "100", 3), min_size=1))
def test_a_share_is_within_one_digit_of_its_part(amount: D, holders: dict[int | None, D]) -> None:
    shares = split_income(amount, holders)

    total = sum(holders.values())
    for key, quantity in holders.items():
        assert abs(shares[key] * total - amount * quantity) < D("0.00000001") * total
    assert set(shares) == set(holders)


@pytest.mark.parametrize(
    ("amounts", "longs", "shorts", "rate", "sides"),
    [
        (["-1"], "2", "0", None, (Side.LONG,)),
        (["-1"], "0", "2", None, (Side.SHORT,)),
        (["-2", "1"], "2", "0", "0.0001", (Side.LONG, Side.SHORT)),  # the SHORT is somebody else's
        (["2", "-1"], "0", "2", "0.0001", (Side.SHORT, Side.LONG)),
        (["-1"], "2", "0", "0", (Side.LONG,)),
        (["-1"], "2", "1", None, (None,)),
        (["-2", "1"], "2", "1", "0.0001", (Side.LONG, Side.SHORT)),
        (["-2", "1"], "1", "2", "-0.0001", (Side.SHORT, Side.LONG)),
        (["-2", "1"], "2", "1", None, (Side.LONG, Side.SHORT)),
        (["2", "-1"], "2", "1", None, (Side.LONG, Side.SHORT)),
        (["-2", "1"], "1", "2", None, (Side.SHORT, Side.LONG)),
        (["1", "-1"], "2", "2", None, (Side.SHORT, Side.LONG)),
        (["1", "-1"], "2", "2", "-0.0001", (Side.LONG, Side.SHORT)),
    ],
)
def test_whose_side_a_funding_row_is(
    amounts: list[str], longs: str, shorts: str, rate: str | None, sides: tuple[Side | None, ...]
) -> None:
    rate_now = None if rate is None else D(rate)

    assert funding_sides([D(amount) for amount in amounts], D(longs), D(shorts), rate_now) == sides


def test_unrealised_is_signed_by_side() -> None:
    assert unrealised(Side.LONG, D("0.1"), D("60000"), D("60010")) == D("1")
    assert unrealised(Side.SHORT, D("0.1"), D("60000"), D("60010")) == D("-1")


def test_the_rate_of_wins_that_pays() -> None:
    assert break_even_win_rate(D("15"), D("10")) == D("0.4")
    assert break_even_win_rate(D("0"), D("10")) == 1
    assert break_even_win_rate(D("15"), D("0")) == 0
