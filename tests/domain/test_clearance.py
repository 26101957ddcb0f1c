"""Whose the rows of a liquidation are."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.pricing.clearance import ForcedClose, ForcedFill, clearance_shares, forced_closes

D = Decimal
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RATE = D("0.0125")


def close(order_id: int, value: str, position_id: int | None = None) -> ForcedClose:
    return ForcedClose(order_id, {position_id: D(value)})


LONG, SHORT = close(1, "2520", position_id=7), close(2, "840", position_id=8)


def test_both_sides_of_a_pair_pay_for_themselves() -> None:
    # By signed quantity the two rows of −31.50 and −10.50 became −63.00 and +21.00.
    shares = clearance_shares([D("-31.50"), D("-10.50")], [LONG, SHORT], RATE)

    assert shares == ({7: D("-31.50")}, {8: D("-10.50")})


def test_the_order_of_the_rows_does_not_matter() -> None:
    assert clearance_shares([D("-10.50"), D("-31.50")], [LONG, SHORT], RATE) == ({8: D("-10.50")}, {7: D("-31.50")})
    assert clearance_shares([D("-10.50"), D("-31.50")], [LONG, SHORT], None) == ({8: D("-10.50")}, {7: D("-31.50")})


def test_the_fee_of_a_position_that_nobody_here_knows_stays_outside() -> None:
    shares = clearance_shares([D("-31.50"), D("-10.50")], [LONG], RATE)

    assert shares == ({7: D("-31.50")}, {None: D("-10.50")})


def test_without_a_rate_and_with_an_unknown_order_nothing_is_guessed() -> None:
    assert clearance_shares([D("-31.50"), D("-10.50")], [LONG], None) == ({None: D("-31.50")}, {None: D("-10.50")})


def test_who_shared_an_order_shares_its_fee_by_value() -> None:
    shared = ForcedClose(1, {7: D("2000"), None: D("1000")})

    assert clearance_shares([D("-37.50")], [shared], RATE) == ({7: D("-25.00000000"), None: D("-12.50000000")},)


def test_what_the_fund_paid_goes_to_the_orders_in_turn_or_to_all_of_them() -> None:
    each = clearance_shares([D("-31.50"), D("5"), D("-10.50"), D("3")], [LONG, SHORT], RATE)
    once = clearance_shares([D("-31.50"), D("-10.50"), D("8")], [LONG, SHORT], RATE)

    assert each[1] == {7: D("5.00000000")}
    assert each[3] == {8: D("3.00000000")}
    assert once[2] == {7: D("6.00000000"), 8: D("2.00000000")}


def test_a_row_without_a_forced_close_is_not_ours() -> None:
    assert clearance_shares([D("-31.50")], [], RATE) == ({None: D("-31.50")},)


@pytest.mark.parametrize(("seconds", "found"), [(0, True), (60, True), (-60, True), (60.001, False)])
def test_forced_closes_are_those_around_the_row(seconds: float, found: bool) -> None:
    at = NOON + timedelta(seconds=seconds)
    fills = [ForcedFill(1, 7, D("2000"), at), ForcedFill(1, 7, D("520"), at), ForcedFill(1, None, D("100"), at)]

    closes = forced_closes(fills, NOON)

    assert closes == ((ForcedClose(1, {7: D("2520"), None: D("100")}),) if found else ())


amounts = st.lists(st.integers(-(10**6), 10**6).map(lambda cents: D(cents) / 100), max_size=6)
closes = st.lists(
    st.builds(
        ForcedClose,
        st.integers(1, 9),
        st.dictionaries(
            st.none() | st.integers(1, 4), st.integers(1, 10**7).map(lambda cents: D(cents) / 100), min_size=1
        ),
    ),
    max_size=4,
)


@given(amounts, closes, st.none() | st.just(RATE))
def test_shares_add_up_to_the_row_and_keep_its_sign(rows: list[D], known: list[ForcedClose], rate: D | None) -> None:
    for row, shares in zip(rows, clearance_shares(rows, known, rate), strict=True):
        assert sum(shares.values()) == row
        assert all(share * row >= 0 for share in shares.values())
