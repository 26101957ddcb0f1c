"""How events name a trade, and to which step its prices are told."""

from decimal import Decimal

from engine.state.exchange_state import ExchangeState
from storage.tables import PositionRow


def position_name(position: PositionRow) -> str:
    """Return the trade's pair and side for a sentence."""
    return f"{position.symbol} {position.side.value}"


def tick_size_of(exchange: ExchangeState, position: PositionRow) -> Decimal | None:
    """Return the price step of a trade's pair, None while the pair's rules are unread."""
    rules = exchange.rules.get(position.symbol)
    return None if rules is None else rules.tick_size
