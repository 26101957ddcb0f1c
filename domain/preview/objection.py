"""Something wrong with a trade, and the numbers that might put it right."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import ceil, floor

from domain.pricing.exact import to_decimal
from domain.reopening import EntryRefusal

# Prices move while a person types: a suggestion keeps this much distance from the limit where it can.
_SLACK = Fraction(2, 1000)
_CENT = Decimal("0.01")
_SATOSHI = Decimal("0.00000001")


class Bound(StrEnum):
    """On which side of a suggested number the others lie that work too, in USDT or times."""

    AT_LEAST = "or more"
    AT_MOST = "or less"
    EXACTLY = ""


@dataclass(frozen=True, slots=True)
class Objection:
    """A refusal whose number is not proven yet.

    The message is wrong, and then the first of candidates that works with its bound, or else otherwise.
    """

    field: str
    wrong: str
    bound: Bound = Bound.EXACTLY
    otherwise: str = ""
    candidates: tuple[Decimal, ...] = ()
    cause: EntryRefusal = EntryRefusal.TERMS_REFUSED


def upwards(least: Fraction) -> tuple[Decimal, ...]:
    """Return numbers not below least, the comfortable one first."""
    return (
        _rounded(least * (1 + _SLACK), _CENT, up=True),
        _rounded(least, _CENT, up=True),
        _rounded(least, _SATOSHI, up=True),
    )


def downwards(most: Fraction) -> tuple[Decimal, ...]:
    """Return numbers above zero and not above most, the comfortable one first."""
    numbers = (
        _rounded(most * (1 - _SLACK), _CENT, up=False),
        _rounded(most, _CENT, up=False),
        _rounded(most, _SATOSHI, up=False),
    )
    return tuple(number for number in numbers if number > 0)


def _rounded(value: Fraction, unit: Decimal, up: bool) -> Decimal:
    steps = value / Fraction(unit)
    return to_decimal((ceil(steps) if up else floor(steps)) * Fraction(unit))
