"""What the exchange keeps one position for: a pair and a side of it, in hedge mode."""

from domain.terms import Side

PositionKey = tuple[str, Side]  # symbol, e.g. BTCUSDT, and positionSide
