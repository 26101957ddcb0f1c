"""The synthetic order book: finite, thinner near the touch than far from it, the same for the same prices."""

from dataclasses import dataclass
from decimal import Decimal

from simulator.interfaces import Book
from simulator.market.catalogue import Listing
from simulator.market.noise import text_key

LEVELS = 50
_DEPTH_SHARE = Decimal("0.6")  # of the largest market order, so that the largest one runs dry
_GROWTH = Decimal("0.2")  # each level holds this much more than the one before, in sizes of the first
_REACH = 0.005  # how far from the touch the last level lies, as a fraction of the price
_JITTER = 1 << 10


def _distances(price_ticks: int) -> list[int]:
    """Return how many ticks from the touch each level lies: close together first, then further and further."""
    last = LEVELS - 1
    bend = max(0.0, (_REACH * price_ticks - last) / last**2)
    return [level + int(bend * level * level) for level in range(LEVELS)]


def _first_size(listing: Listing) -> Decimal:
    shares = LEVELS + _GROWTH * (LEVELS * (LEVELS - 1) // 2)
    return listing.spec.market_max_quantity * _DEPTH_SHARE / shares


@dataclass(frozen=True, slots=True)
class BookShape:
    """How a book is laid out: grain is its price step in ticks, step that of its quantities, depth its levels."""

    grain: int = 1
    step: Decimal | None = None
    depth: int = LEVELS


def synthetic_book(listing: Listing, bid_ticks: int, ask_ticks: int, shape: BookShape | None = None) -> Book:
    """Return the book with these best prices, in ticks; asks above, bids below, best first.

    Sizes depend on symbol and price only: the same price shows the same book again. Bids end at one price step.
    """
    spec = listing.spec
    shape = shape or BookShape()
    first = _first_size(listing)
    step = max(spec.step_size, shape.step or spec.step_size)
    sides: list[tuple[tuple[Decimal, Decimal], ...]] = []
    for name, touch, direction in (("bid", bid_ticks, -1), ("ask", ask_ticks, 1)):
        noise = text_key(touch, spec.symbol + name)
        levels: list[tuple[Decimal, Decimal]] = []
        for level, distance in enumerate(_distances(touch // shape.grain)[: shape.depth]):
            ticks = touch + direction * distance * shape.grain
            if ticks < shape.grain:
                break
            noise = (noise * 6364136223846793005 + 1442695040888963407) & (1 << 64) - 1
            share = Decimal(_JITTER * 3 // 4 + (noise >> 33) % (_JITTER // 2)) / _JITTER
            steps = int(first * (1 + _GROWTH * level) * share / step)
            levels.append((ticks * spec.tick_size, max(1, steps) * step))
        sides.append(tuple(levels))
    return Book(bids=sides[0], asks=sides[1])
