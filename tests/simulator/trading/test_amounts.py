from simulator.trading.amounts import ceiling_to, decimals_of, fixed, fixed_or_zero, floor_to, plain, rounded, truncated
from tests.simulator.trading.venue import D


def test_amounts_are_cut_towards_zero() -> None:
    assert truncated(D("0.4972023376")) == D("0.49720233")
    assert fixed(D("-0.999999999")) == "-0.99999999"


def test_a_zero_has_no_sign() -> None:
    assert fixed(D("-0.000000001")) == "0.00000000"
    assert plain(D("-0.000000001")) == "0"


def test_plain_amounts_have_no_trailing_zeros_and_no_exponent() -> None:
    assert plain(D("84210.500")) == "84210.5"
    assert plain(D("1E+3")) == "1000"
    assert fixed_or_zero(D("0.0")) == "0"


def test_a_profit_from_an_average_comes_back_exact() -> None:
    third = D(1) / D(3)

    assert rounded(third * 3) == 1


def test_steps_round_to_the_named_direction() -> None:
    assert floor_to(D("0.0119"), D("0.001")) == D("0.011")
    assert ceiling_to(D("60000.01"), D("0.10")) == D("60000.10")
    assert ceiling_to(D("60000.10"), D("0.10")) == D("60000.10")


def test_trailing_zeros_are_no_precision() -> None:
    assert decimals_of(D("1.500")) == 1
    assert decimals_of(D("100")) == 0
