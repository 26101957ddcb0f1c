"""At which price the exchange would liquidate a position held with cross margin.

Source: Binance FAQ, "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts".
"""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from domain.pricing.exact import to_decimal
from domain.terms import LeverageBracket, Side


def liquidation_price(
    side: Side,
    quantity: Decimal,
    entry_price: Decimal,
    wallet_usdt: Decimal,
    other_maintenance_usdt: Decimal,
    other_unrealised_usdt: Decimal,
    brackets: Sequence[LeverageBracket],
    other_side: tuple[Decimal, Decimal] | None = None,
) -> Decimal | None:
    """Return the mark price at which wallet and unrealised result fall to the maintenance margin.

    Args:
        side: direction of the position.
        quantity: base units, > 0.
        entry_price: average fill, USDT per unit.
        wallet_usdt: cross wallet balance after the entry's fee.
        other_maintenance_usdt: maintenance margin of all other symbols.
        other_unrealised_usdt: unrealised result of all other symbols.
        brackets: the symbol's table, in rising order.
        other_side: quantity and entry price of the symbol's opposite side; both sides share one price.

    Returns:
        USDT per unit, not rounded to a tick; None when no price above zero liquidates it. The maintenance rate is
        the one of the bracket the position is in *at that price*, so a large position's figure can differ a little
        from the exchange's, which uses the bracket of the moment.
    """
    other_quantity, other_entry = other_side or (Decimal(0), Decimal(0))
    sides = [(side.sign, Fraction(quantity), Fraction(entry_price))]
    if other_quantity > 0:
        sides.append((-side.sign, Fraction(other_quantity), Fraction(other_entry)))
    free = Fraction(wallet_usdt) - Fraction(other_maintenance_usdt) + Fraction(other_unrealised_usdt)
    price = Fraction(entry_price)
    # What is left over the maintenance margin is a concave function of the price, made of straight pieces: stepping
    # to the zero of the piece one stands on arrives after at most one step per piece.
    for _ in range(2 * len(brackets) + 2):
        zero = _zero_of_piece(free, sides, brackets, near_price=price)
        if zero is None:
            return None
        if zero == price:
            break
        price = zero
    return to_decimal(price) if price > 0 else None


def maintenance_margin(quantity: Decimal, mark_price: Decimal, brackets: Sequence[LeverageBracket]) -> Decimal:
    """Return the USDT that must stay for one side of one symbol: notional × rate − cumulative, exact."""
    bracket = _bracket_at(Fraction(quantity) * Fraction(mark_price), brackets)
    rate, cumulative = Fraction(bracket.maintenance_rate), Fraction(bracket.cumulative)
    return to_decimal(Fraction(quantity) * Fraction(mark_price) * rate - cumulative)


def _zero_of_piece(
    free: Fraction,
    sides: Sequence[tuple[int, Fraction, Fraction]],
    brackets: Sequence[LeverageBracket],
    near_price: Fraction,
) -> Fraction | None:
    """Return where the money left over reaches zero, with the brackets of near_price; None for never."""
    numerator, denominator = free, Fraction(0)
    for sign, quantity, entry in sides:
        bracket = _bracket_at(quantity * near_price, brackets)
        numerator += Fraction(bracket.cumulative) - sign * quantity * entry
        denominator += quantity * Fraction(bracket.maintenance_rate) - sign * quantity
    return None if denominator == 0 else numerator / denominator


def _bracket_at(notional: Fraction, brackets: Sequence[LeverageBracket]) -> LeverageBracket:
    """Return the bracket of a notional; beyond the last cap, where a price may lead though no order can, the last."""
    for bracket in brackets:
        if notional <= bracket.notional_cap:
            return bracket
    return brackets[-1]
