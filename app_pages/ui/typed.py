"""What a person types, as exact numbers."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from domain.wording import MINUS


def typed_price(text: str) -> Decimal | None:
    """Return a price as a person types it, "86 961.4" or "86961,4"; None when it is not a positive number."""
    price = typed_number(text)
    return price if price is not None and price > 0 else None


def typed_number(text: str) -> Decimal | None:
    """Return a number as a person types it, "−10.5", "+3" or "10,5 %"; None when it is not one."""
    compact = "".join(text.split()).replace(MINUS, "-").removesuffix("%")
    if "," in compact and "." not in compact:
        compact = compact.replace(",", ".")
    try:
        number = Decimal(compact.replace(",", ""))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def shown_number(value: float | None) -> Decimal:
    """Return the number a number field shows; an empty field is 0.

    The shortest text that names the float is what was typed: fields hold at most 15 digits.
    """
    return Decimal(0) if value is None else Decimal(repr(float(value))).normalize() + Decimal(0)
