"""Mark prices for trades whose exits move: which pairs are watched, and their prices in this cycle."""

from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal

MARK_FRESH_FOR_SECONDS = 5.0


@dataclass(slots=True)
class Marks:
    """Prices of the pairs on which something moves; the actor's alone."""

    watched: frozenset[str] = frozenset()
    latest: dict[str, Decimal] = field(default_factory=dict)

    def read(self, mark_price: Callable[[str], tuple[Decimal, float] | None]) -> None:
        """Take in the watched pairs' prices of now; one that is old is none.

        Args:
            mark_price: gives price and age in seconds of a pair, None when never seen.
        """
        seen = {symbol: mark_price(symbol) for symbol in self.watched}
        self.latest = {
            symbol: mark[0] for symbol, mark in seen.items() if mark is not None and mark[1] <= MARK_FRESH_FOR_SECONDS
        }
