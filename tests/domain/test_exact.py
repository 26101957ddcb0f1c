"""Fractions become decimals without losing a digit that the database can hold."""

from decimal import Decimal, localcontext
from fractions import Fraction

from domain.pricing.exact import to_decimal

D = Decimal


def test_what_has_an_end_is_exact() -> None:
    assert to_decimal(Fraction(1, 8)) == D("0.125")
    assert to_decimal(Fraction(123456789012345678901234567890)) == D("123456789012345678901234567890")


def test_what_has_none_is_rounded_at_the_fiftieth_digit_to_the_nearer_side() -> None:
    assert to_decimal(Fraction(2, 3)) == D("0." + "6" * 49 + "7")
    assert to_decimal(Fraction(-1, 3)) == D("-0." + "3" * 50)


def test_the_precision_of_whoever_calls_does_not_matter() -> None:
    with localcontext() as context:
        context.prec = 3
        value = to_decimal(Fraction(1234567, 1000))

    assert value == D("1234.567")
