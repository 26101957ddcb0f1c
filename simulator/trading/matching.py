"""Matching against the synthetic book: which price levels an order reaches, and what it takes from them."""

from decimal import Decimal

from simulator.errors import ApiError
from simulator.interfaces import Book, Market, SymbolSpec
from simulator.trading.amounts import ZERO, floor_to
from simulator.trading.records import Side

Level = tuple[Decimal, Decimal]


def opposite(book: Book, side: Side) -> tuple[Level, ...]:
    """Return the levels an order of this side trades against, best first."""
    return book.asks if side is Side.BUY else book.bids


def within_limit(side: Side, price: Decimal, limit: Decimal) -> bool:
    """Return whether a price is as good as the limit or better."""
    return price <= limit if side is Side.BUY else price >= limit


def crossed_levels(market: Market, symbol: str, side: Side, limit: Decimal) -> list[Level]:
    """Return the levels that a limit order reaches."""
    levels = opposite(market.book(symbol), side)
    return [(price, quantity) for price, quantity in levels if within_limit(side, price, limit)]


def market_levels(market: Market, spec: SymbolSpec, side: Side) -> list[Level]:
    """Return the levels that a market order reaches: those inside marketTakeBound around the mark price.

    Raises:
        ApiError: -2020 when that side of the book is empty, -4131 when its best price is out of bounds.
    """
    levels = opposite(market.book(spec.symbol), side)
    if not levels:
        raise ApiError(-2020, "Unable to fill.")
    bound = market_bound(market, spec, side)
    reached = [(price, quantity) for price, quantity in levels if within_limit(side, price, bound)]
    if not reached:
        raise ApiError(-4131, "The counterparty's best price does not meet the PERCENT_PRICE filter limit")
    return reached


def market_bound(market: Market, spec: SymbolSpec, side: Side) -> Decimal:
    """Return the worst price a market order may trade at."""
    return market.mark(spec.symbol) * (1 + spec.market_take_bound * (1 if side is Side.BUY else -1))


def take(levels: list[Level], quantity: Decimal, step: Decimal) -> list[Level]:
    """Return the (price, quantity) fills of an order, one per level, each a multiple of step."""
    fills = []
    for price, offered in levels:
        part = min(quantity, floor_to(offered, step))
        if part > 0:
            fills.append((price, part))
            quantity -= part
        if quantity <= 0:
            break
    return fills


def matched_price(market: Market, symbol: str, side: Side, price_match: str) -> Decimal:
    """Return the price that a priceMatch word means: OPPONENT or QUEUE, the first or 5th, 10th, 20th level.

    Raises:
        ApiError: -5041, the book is not that deep.
    """
    book = market.book(symbol)
    word, _, depth = price_match.partition("_")
    levels = opposite(book, side) if word == "OPPONENT" else opposite(book, _other(side))
    rank = int(depth or 1)
    if len(levels) < rank:
        raise ApiError(-5041, "No depth matches this BBO order")
    return levels[rank - 1][0]


def _other(side: Side) -> Side:
    return Side.SELL if side is Side.BUY else Side.BUY


def offered(levels: list[Level], step: Decimal) -> Decimal:
    """Return how much the levels offer in whole steps."""
    return sum((floor_to(quantity, step) for _, quantity in levels), ZERO)
