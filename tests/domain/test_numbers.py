"""Numbers that rules can work with, and the words for those they cannot."""

from decimal import Decimal

import pytest

from domain.numbers import number_refusal


@pytest.mark.parametrize("number", ["0", "-0.00", "999999999999999", "-999999999999999.9", "1E-60", "0E+900"])
def test_every_number_of_an_account_passes(number: str) -> None:
    assert number_refusal(Decimal(number)) is None


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("NaN", "Please enter a number."),
        ("-Infinity", "Please enter a number."),
        ("1000000000000000", "This number is too large."),
        ("-1E+15", "This number is too large."),
        ("1E-61", "This number has too many decimals."),
    ],
)
def test_the_first_one_beyond_is_refused_in_words(number: str, why: str) -> None:
    assert number_refusal(Decimal(number)) == why
