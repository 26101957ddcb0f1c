"""How a sentence names a position and a price."""

from decimal import Decimal

from domain.terms import (
    SymbolRules,
)
from domain.wording import format_price, format_quantity
from storage.tables import PositionRow


def position_name(position: PositionRow) -> str:
    """Return the trade's pair and side for a sentence."""
    return f"{position.symbol} {position.side.value}"


def price_text(price: Decimal, rules: SymbolRules | None) -> str:
    """Return a price for a sentence: to the pair's tick, or with all its digits while the pair's rules are unread."""
    return format_price(price, rules.tick_size) if rules else format_quantity(price)
