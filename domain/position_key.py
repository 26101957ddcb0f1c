"""Where a position lives on the exchange: one symbol, one side."""

from typing import NamedTuple

from domain.terms import Side


class PositionKey(NamedTuple):
    """Symbol and positionSide: in hedge mode the exchange holds at most one position for each."""

    symbol: str
    side: Side

    @property
    def opposite(self) -> "PositionKey":
        """The other side of the same symbol; both share margin type and leverage."""
        return PositionKey(self.symbol, self.side.opposite)

    def __str__(self) -> str:
        """Return it for a sentence: "BTCUSDT LONG"."""
        return f"{self.symbol} {self.side.value}"
