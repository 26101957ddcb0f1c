"""Exact amounts and how the exchange spells them."""

from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Decimal

ZERO = Decimal(0)
ONE = Decimal(1)
_UNITS = tuple(ONE.scaleb(-decimals) for decimals in range(25))


def truncated(value: Decimal, decimals: int = 8) -> Decimal:
    """Cut a value towards zero to so many decimals."""
    return value.quantize(_UNITS[decimals], rounding=ROUND_DOWN)


def rounded(value: Decimal, decimals: int = 8) -> Decimal:
    """Round a value half to even, for results whose exact value is meant to have so many decimals.

    A profit computed from an average such as 2/3 comes out a hair off; rounding gives the exact figure back where
    truncating would lose a unit of the last digit.
    """
    return value.quantize(_UNITS[decimals], rounding=ROUND_HALF_EVEN)


def fixed(value: Decimal, decimals: int = 8) -> str:
    """Spell a value with exactly so many decimals, truncated towards zero; never a negative zero."""
    cut = truncated(value, decimals)
    return f"{cut if cut else abs(cut):f}"


def exact(value: Decimal, decimals: int) -> str:
    """Spell an exact value with so many decimals, or more where it needs them.

    A quantity or price that stems from finer steps than today's is not cut.
    """
    return fixed(value, max(decimals, decimals_of(value)))


def exact_or_zero(value: Decimal, decimals: int) -> str:
    """Spell an exact value as exact does, and nothing at all as a bare "0"."""
    return exact(value, decimals) if value else "0"


def fixed_or_zero(value: Decimal, decimals: int = 8) -> str:
    """Spell a value with so many decimals, and nothing at all as a bare "0"."""
    return fixed(value, decimals) if value else "0"


def plain(value: Decimal, decimals: int = 8) -> str:
    """Spell a value without trailing zeros, truncated towards zero to at most so many decimals."""
    text = fixed(value, decimals)
    return text.rstrip("0").rstrip(".") if "." in text else text


def floor_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the largest multiple of step not above a value >= 0."""
    return value - value % step


def ceiling_to(value: Decimal, step: Decimal) -> Decimal:
    """Return the smallest multiple of step not below a value >= 0."""
    rest = value % step
    return value + (step - rest) if rest else value


def decimals_of(value: Decimal) -> int:
    """Return how many decimals a value really needs: 1.500 needs one."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
