"""At which price the exchange would liquidate a position held with cross margin.

The exchange closes everything held with cross margin once the cross wallet and all results that are open together are
no more than the maintenance margin of it all. So the account is looked at as a whole: other pairs at their marks, both
sides of this pair at the price in question.

Source: Binance FAQ, "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts", and "Leverage and Margin of
USDⓈ-M Futures" (maintenance amount).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise

from domain.exchange import ExchangePosition
from domain.pricing.exact import to_decimal
from domain.terms import LeverageBracket, Side


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of the pair in question: base units > 0, average entry in USDT per unit."""

    side: Side
    quantity: Decimal
    entry_price: Decimal


@dataclass(frozen=True, slots=True)
class CrossMargin:
    """What stands behind a pair's cross positions, USDT.

    wallet_usdt is the cross wallet: what isolated positions hold is not in it. The rest is what the cross positions of
    all other pairs have won or lost at their marks, and what they must keep.
    """

    wallet_usdt: Decimal
    other_unrealised_usdt: Decimal = Decimal(0)
    other_maintenance_usdt: Decimal = Decimal(0)


def cross_margin(cross_wallet_usdt: Decimal, positions: Iterable[ExchangePosition], symbol: str) -> CrossMargin:
    """Return what stands behind a pair's cross positions in an account with these open positions."""
    others = [held for held in positions if held.symbol != symbol and not held.isolated]
    return CrossMargin(
        cross_wallet_usdt,
        to_decimal(sum((Fraction(held.unrealised_usdt) for held in others), Fraction(0))),
        to_decimal(sum((Fraction(held.maintenance_usdt) for held in others), Fraction(0))),
    )


def cross_legs(positions: Iterable[ExchangePosition], symbol: str) -> tuple[Leg, ...]:
    """Return what is held of a pair with cross margin."""
    return tuple(
        Leg(held.side, held.quantity, held.entry_price)
        for held in positions
        if held.symbol == symbol and not held.isolated and held.quantity
    )


def margin_left(
    margin: CrossMargin, legs: Sequence[Leg], brackets: Sequence[LeverageBracket], price: Decimal
) -> Decimal:
    """Return what is left over the account's maintenance margin with the pair at price, USDT, exact.

    At zero or below the exchange closes what is held with cross margin.
    """
    at, left = Fraction(price), _behind(margin)
    for leg in legs:
        left += leg.side.sign * Fraction(leg.quantity) * (at - Fraction(leg.entry_price))
        left -= _maintenance(Fraction(leg.quantity) * at, brackets)
    return to_decimal(left)


def liquidation_price(
    side: Side,
    margin: CrossMargin,
    legs: Sequence[Leg],
    brackets: Sequence[LeverageBracket],
    mark_price: Decimal,
) -> Decimal | None:
    """Return the nearest mark price on one leg's losing side at which the exchange closes the account's positions.

    Args:
        side: whose way of losing is looked at: down for LONG, up for SHORT. On the way there the other leg wins, and
            the larger one decides: a leg that is hedged by a larger one has no such price.
        margin: what stands behind the pair.
        legs: both sides of the pair, as far as they are held.
        brackets: the pair's table, in rising order, not empty.
        mark_price: where the way begins, > 0.

    Returns:
        USDT per unit, not rounded to a tick; mark_price itself where it has come to that already; None when no price
        above zero does it.
    """
    start = Fraction(mark_price)
    if Fraction(margin_left(margin, legs, brackets, mark_price)) <= 0:
        return mark_price
    edges = _bracket_edges(legs, brackets)
    if side is Side.LONG:
        stations = [start, *sorted((edge for edge in edges if edge < start), reverse=True), Fraction(0)]
    else:
        last = max([start, *edges])
        stations = [start, *sorted(edge for edge in edges if edge > start), last + start]
    for begins, ends in pairwise(stations):
        price = _zero_between(margin, legs, brackets, begins, ends)
        if price is not None:
            return to_decimal(price) if price > 0 else None
    if side is Side.LONG:
        return None
    beyond = _zero_beyond(margin, legs, brackets, stations[-1])
    return None if beyond is None else to_decimal(beyond)


def maintenance_margin(quantity: Decimal, mark_price: Decimal, brackets: Sequence[LeverageBracket]) -> Decimal:
    """Return the USDT that must stay for one side of one symbol: notional × rate − cumulative, exact."""
    return to_decimal(_maintenance(Fraction(quantity) * Fraction(mark_price), brackets))


def _behind(margin: CrossMargin) -> Fraction:
    others = Fraction(margin.other_unrealised_usdt) - Fraction(margin.other_maintenance_usdt)
    return Fraction(margin.wallet_usdt) + others


def _maintenance(notional: Fraction, brackets: Sequence[LeverageBracket]) -> Fraction:
    bracket = _bracket_at(notional, brackets)
    return notional * Fraction(bracket.maintenance_rate) - Fraction(bracket.cumulative)


def _bracket_edges(legs: Sequence[Leg], brackets: Sequence[LeverageBracket]) -> set[Fraction]:
    """Return the prices at which a leg passes into another bracket."""
    return {Fraction(bracket.notional_cap) / Fraction(leg.quantity) for leg in legs for bracket in brackets[:-1]}


def _line_between(
    margin: CrossMargin, legs: Sequence[Leg], brackets: Sequence[LeverageBracket], inside: Fraction
) -> tuple[Fraction, Fraction]:
    """Return what is left over as a line, (at price zero, per unit of price), with the brackets of a price."""
    at_zero, slope = _behind(margin), Fraction(0)
    for leg in legs:
        quantity = Fraction(leg.quantity)
        bracket = _bracket_at(quantity * inside, brackets)
        at_zero += Fraction(bracket.cumulative) - leg.side.sign * quantity * Fraction(leg.entry_price)
        slope += leg.side.sign * quantity - quantity * Fraction(bracket.maintenance_rate)
    return at_zero, slope


def _zero_between(
    margin: CrossMargin,
    legs: Sequence[Leg],
    brackets: Sequence[LeverageBracket],
    begins: Fraction,
    ends: Fraction,
) -> Fraction | None:
    """Return the first price from begins to ends at which nothing is left, None when something is all the way."""
    at_zero, slope = _line_between(margin, legs, brackets, (begins + ends) / 2)
    if at_zero + slope * begins <= 0:
        return begins
    if at_zero + slope * ends > 0:
        return None
    return -at_zero / slope


def _zero_beyond(
    margin: CrossMargin, legs: Sequence[Leg], brackets: Sequence[LeverageBracket], last: Fraction
) -> Fraction | None:
    """Return where nothing is left beyond the last bracket's edge; it goes on straight from there."""
    at_zero, slope = _line_between(margin, legs, brackets, last)
    return -at_zero / slope if slope < 0 else None


def _bracket_at(notional: Fraction, brackets: Sequence[LeverageBracket]) -> LeverageBracket:
    """Return the bracket of a notional; beyond the last cap, where a price may lead though no order can, the last."""
    for bracket in brackets:
        if notional <= bracket.notional_cap:
            return bracket
    return brackets[-1]
