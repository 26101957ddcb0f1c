"""Where a probe may place orders: on a pair nobody trades, far from the price, of the smallest size."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from domain.terms import SymbolRules

# Of the way from the edge of the band to the price: inside the band even when the price moves meanwhile.
_CUSHION: Final = Decimal("0.2")
_OUTSIDE: Final = Decimal("0.8")  # of the edge
_NEAREST: Final = Decimal("0.98")  # never nearer to the price than this, whatever the band


class NoRoom(ValueError):
    """The pair's rules leave no price that is far enough and allowed."""


@dataclass(frozen=True, slots=True)
class FarPrices:
    """Prices below the market, and a quantity that is above the smallest notional at each limit price.

    limit, stop: inside the band, multiples of tick. between_ticks: inside and between two ticks, None where no price
    can be written there. outside: below the band.
    """

    limit: Decimal
    stop: Decimal
    between_ticks: Decimal | None
    outside: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class FiredOrder:
    """A stop or target of ours that fired: its own id, and the number of the order that it became."""

    symbol: str
    order_id: int
    client_order_id: str


@dataclass(frozen=True, slots=True)
class ClosingOrder:
    """An order of ours that closed a quantity: the one of a stop for the whole position says nothing of these."""

    symbol: str
    order_id: int


def pair_to_probe(rules: Mapping[str, SymbolRules], busy: Collection[str]) -> str | None:
    """Return the pair that tells most, of those that nobody trades, None without one.

    One whose prices can be written between two ticks, and whose orders may lie farthest from the price.
    """
    free = [
        known
        for known in rules.values()
        if known.trading and known.listed and known.delivers_at is None and known.symbol not in busy
    ]
    return (
        min(free, key=lambda known: (not _finest(known), known.multiplier_down, known.symbol)).symbol if free else None
    )


def far_prices(rules: SymbolRules, mark_price: Decimal) -> FarPrices:
    """Return where a probe's orders may lie at a mark price.

    Raises:
        NoRoom: the band is so narrow, or the price so low, that nothing far from the price would be taken.
    """
    edge = mark_price * rules.multiplier_down
    limit = _up(edge + (mark_price - edge) * _CUSHION, rules.tick_size)
    outside = _down(edge * _OUTSIDE, rules.tick_size)
    if limit > mark_price * _NEAREST or limit - rules.tick_size <= edge or outside < max(rules.min_price, Decimal(0)):
        raise NoRoom(f"{rules.symbol} at {mark_price}")
    smallest = max(_up(rules.min_notional / limit, rules.step_size), rules.min_quantity)
    # Some venues judge by the notional at the trigger, which is lower.
    quantity = max(smallest, _up(rules.min_notional / max(outside, rules.tick_size), rules.step_size))
    finest = _finest(rules)
    return FarPrices(limit, limit, limit + finest if finest else None, outside, quantity)


def probe_prefix(install: str, probe_id: int) -> str:
    """Return how the ids of all orders of one probe begin; none of them looks like an order of a trade."""
    return f"p1-{install}-{probe_id}-"


def _finest(rules: SymbolRules) -> Decimal | None:
    """Return the smallest step that a price can be written in, None unless it is finer than the tick."""
    if rules.price_precision is None:
        return None
    written = Decimal(1).scaleb(-rules.price_precision)
    return written if written < rules.tick_size else None


def _up(number: Decimal, step: Decimal) -> Decimal:
    return (number / step).to_integral_value(ROUND_CEILING) * step


def _down(number: Decimal, step: Decimal) -> Decimal:
    return (number / step).to_integral_value(ROUND_FLOOR) * step
