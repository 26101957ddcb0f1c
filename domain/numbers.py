"""Which numbers the rules work with."""

from decimal import Decimal

_LARGEST_POWER = 15
_MOST_DECIMALS = 60


def number_refusal(number: Decimal) -> str | None:
    """Return why no rule can work with a number that a person or a program sent, None when all can.

    Exact arithmetic has no limit, but a million digits take for ever: numbers up to 10^15 with 60 decimals are enough
    for every account, price and quantity.
    """
    if not number.is_finite():
        return "Please enter a number."
    if number and number.adjusted() >= _LARGEST_POWER:
        return "This number is too large."
    exponent = number.as_tuple().exponent
    assert isinstance(exponent, int), "a finite number has an exponent"
    return "This number has too many decimals." if exponent < -_MOST_DECIMALS else None
