"""What a person types, as exact numbers."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from domain.wording import THIN_SPACE


def typed_price(text: str) -> Decimal | None:
    """Return a price as a person types it, "86 961.4" or "86961,4"; None when it is not a positive number."""
    compact = "".join(text.split()).replace(THIN_SPACE, "")
    if "," in compact and "." not in compact:
        compact = compact.replace(",", ".")
    try:
        price = Decimal(compact.replace(",", ""))
    except InvalidOperation:
        return None
    return price if price.is_finite() and price > 0 else None


def shown_number(value: float | None) -> Decimal:
    """Return the number a number field shows; an empty field is 0.

    The shortest text that names the float is what was typed: fields hold at most 15 digits.
    """
    return Decimal(0) if value is None else Decimal(repr(float(value))).normalize() + Decimal(0)
