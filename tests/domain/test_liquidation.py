"""Liquidation prices with cross margin."""

from decimal import Decimal

from hypothesis import assume, given

from domain.pricing.liquidation import liquidation_price, maintenance_margin
from domain.pricing.pnl import unrealised
from domain.terms import Side
from tests.domain.trades import BTC_BRACKETS, decimals, sides

D = Decimal


def _price(
    side: Side, quantity: str, entry: str, wallet: str, other_side: tuple[D, D] | None = None, others: str = "0"
) -> D | None:
    return liquidation_price(side, D(quantity), D(entry), D(wallet), D(others), D(0), BTC_BRACKETS, other_side)


def test_a_lone_long_as_binance_computes_it() -> None:
    price = _price(Side.LONG, "0.05", "84000", "1000")

    assert price is not None
    assert round(price, 2) == D("64257.03")  # (1000 − 4200) / (0.05 × 0.004 − 0.05)


def test_a_lone_short_is_liquidated_above_its_entry() -> None:
    price = _price(Side.SHORT, "0.05", "84000", "1000")

    assert price is not None
    assert round(price, 2) == D("103585.66")  # (1000 + 4200) / (0.05 × 1.004)


def test_a_wallet_larger_than_the_position_is_never_liquidated_long() -> None:
    assert _price(Side.LONG, "0.01", "84000", "10000") is None


def test_maintenance_and_losses_elsewhere_bring_it_nearer() -> None:
    alone = _price(Side.LONG, "0.05", "84000", "1000")

    with_maintenance = _price(Side.LONG, "0.05", "84000", "1000", others="100")
    with_loss = liquidation_price(Side.LONG, D("0.05"), D("84000"), D("1000"), D(0), D("-100"), BTC_BRACKETS)

    assert alone is not None
    assert with_maintenance is not None
    assert with_maintenance == with_loss
    assert with_maintenance > alone


def test_both_sides_of_a_symbol_share_one_price() -> None:
    seen_from_long = _price(Side.LONG, "0.05", "84000", "1000", (D("0.02"), D("85000")))
    seen_from_short = _price(Side.SHORT, "0.02", "85000", "1000", (D("0.05"), D("84000")))

    assert seen_from_long == seen_from_short
    assert seen_from_long is not None
    assert round(seen_from_long, 2) == D("50471.06")  # (1000 − 4200 + 1700) / (0.00028 − 0.03)


def test_equal_sides_are_liquidated_far_above_or_never() -> None:
    price = _price(Side.LONG, "0.05", "84000", "1000", (D("0.05"), D("84000")))

    assert price == D("2500000")  # 1000 / (0.1 × 0.004): only maintenance grows


def test_a_large_position_uses_the_bracket_it_is_liquidated_in() -> None:
    price = _price(Side.LONG, "4", "84000", "40000")

    assert price is not None
    assert price * 4 < 300_000  # 336 000 at the entry, the first bracket where it ends
    assert round(price, 2) == D("74297.19")  # (40000 − 336000) / (4 × −0.996)


def test_maintenance_is_rate_less_cumulative() -> None:
    assert maintenance_margin(D("4"), D("84000"), BTC_BRACKETS) == D("1380")  # 336000 × 0.005 − 300
    assert maintenance_margin(D("1"), D("84000"), BTC_BRACKETS) == D("336")


@given(
    sides,
    decimals("0.001", "500", 3),
    decimals("100", "100000", 1),
    decimals("10", "1000000", 2),
    decimals("0", "500", 3),
    decimals("100", "100000", 1),
)
def test_at_the_price_the_money_left_equals_the_maintenance(
    side: Side, quantity: D, entry: D, wallet: D, other_quantity: D, other_entry: D
) -> None:
    other = (other_quantity, other_entry) if other_quantity else None
    price = liquidation_price(side, quantity, entry, wallet, D(0), D(0), BTC_BRACKETS, other)
    assume(price is not None)
    assert price is not None

    left = wallet + unrealised(side, quantity, entry, price)
    needed = maintenance_margin(quantity, price, BTC_BRACKETS)
    if other:
        left += unrealised(side.opposite, *other, price)
        needed += maintenance_margin(other_quantity, price, BTC_BRACKETS)

    assert abs(left - needed) < D("0.00000001")


@given(decimals("0.001", "500", 3), decimals("100", "100000", 1), decimals("10", "1000000", 2))
def test_a_lone_long_without_a_price_survives_at_any(quantity: D, entry: D, wallet: D) -> None:
    assume(liquidation_price(Side.LONG, quantity, entry, wallet, D(0), D(0), BTC_BRACKETS) is None)

    nearly_zero = D("0.00000001")

    left = wallet + unrealised(Side.LONG, quantity, entry, nearly_zero)
    assert left > maintenance_margin(quantity, nearly_zero, BTC_BRACKETS) - D("0.0001")
