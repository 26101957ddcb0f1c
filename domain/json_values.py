"""Single values out of JSON, each refused unless it is exactly what it should be.

All raise TypeError for another type, and ValueError for text that is no number.
"""

from decimal import Decimal, InvalidOperation


def text(value: object) -> str:
    """Return a word."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not a word")
    return value


def money(value: object) -> Decimal:
    """Return an amount written as text, exactly; NaN and infinity pass, and are for the rules to refuse."""
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is not an amount written as text")
    try:
        return Decimal(value)
    except InvalidOperation as error:
        raise ValueError(f"{value!r} is not a number") from error


def whole(value: object) -> int:
    """Return a whole number; true and false are none."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"{value!r} is not a whole number")
    return value


def switch(value: object) -> bool:
    """Return true or false."""
    if not isinstance(value, bool):
        raise TypeError(f"{value!r} is neither true nor false")
    return value
