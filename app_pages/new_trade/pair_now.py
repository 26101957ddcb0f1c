"""What the chosen pair costs now, and how far its price has gone within a day."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from app_pages.ui.ages import is_stale
from app_pages.ui.candles import CANDLES
from app_pages.ui.session import services
from domain.wording import format_percent, format_price
from services.errors import MarketUnavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.exchange import Candle

_A_DAY = 96  # candles of a quarter of an hour, which the chart beside the form shows too


def pair_now(symbol: str) -> str:
    """Return the pair's mark price and its change in 24 hours as HTML; empty words while there is no price."""
    rules, streamed = services().market.symbol_rules(symbol), services().market.mark_price(symbol)
    if rules is None or streamed is None:
        return "No price yet"
    price, age = streamed
    change = _change(symbol, price)
    tone = "up" if change is not None and change > 0 else "down" if change is not None and change < 0 else "quiet"
    words = (
        ""
        if change is None
        else f' <span class="{tone}">{format_percent(change, signed=True, decimals=2)}</span> in 24 h'
    )
    stale = ' class="stale"' if is_stale(age) else ""
    return f"<span{stale}><b>{format_price(price, rules.tick_size)}</b>{words}</span>"


def day_change(candles: Sequence[Candle], price: Decimal) -> Decimal | None:
    """Return how far a price is from that of a day before, percent; None where the candles do not reach back to it.

    Args:
        candles: of a quarter of an hour, oldest first.
        price: now.
    """
    if len(candles) < _A_DAY or not candles[-_A_DAY].open:
        return None
    before = candles[-_A_DAY].open
    return (price - before) / before * 100


def _change(symbol: str, price: Decimal) -> Decimal | None:
    try:
        return day_change(services().market.candles(symbol, "15m", CANDLES), price)
    except MarketUnavailable:
        return None
