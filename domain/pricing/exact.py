"""Exact arithmetic: fractions inside a rule, decimals at its border."""

from decimal import Context, Decimal, localcontext
from fractions import Fraction

# NUMERIC in the database takes any of it; 50 digits leave 30 behind the point for the largest balances.
DIGITS = 50
_CONTEXT = Context(prec=DIGITS)


def to_decimal(value: Fraction) -> Decimal:
    """Return value as a Decimal: exact when it has at most 50 digits, else rounded half to even at the 50th."""
    with localcontext(_CONTEXT):
        return Decimal(value.numerator) / Decimal(value.denominator)
