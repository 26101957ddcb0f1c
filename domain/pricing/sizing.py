"""How much to trade: quantities on the symbol's grid, prices on its ticks, leverage within its brackets."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from domain.terms import LeverageBracket, SymbolRules


class NotionalTooLarge(ValueError):
    """No leverage at all is offered for a position this large: ask for less."""

    def __init__(self, notional: Decimal, largest: Decimal) -> None:
        super().__init__(f"a position of {notional} USDT is above the largest, {largest}")
        self.notional = notional
        self.largest = largest


def entry_quantity(amount_usdt: Decimal, leverage: int, price: Decimal, rules: SymbolRules) -> Decimal:
    """Return how much to buy or sell so that the margin is as close to amount_usdt as the grid allows.

    Args:
        amount_usdt: margin to use, USDT, >= 0.
        leverage: >= 1.
        price: expected fill, USDT per unit, > 0.
        rules: the symbol's grid and minimum quantity. The maximum is not applied: cutting a trade short is the
            person's decision.

    Returns:
        Base units, floored to the step: quantity × price / leverage never exceeds amount_usdt. 0 when that is below
        the smallest quantity.
    """
    wanted = Fraction(amount_usdt) * leverage / Fraction(price)
    if wanted < Fraction(rules.min_quantity):
        return Decimal(0)
    steps = floor((wanted - Fraction(rules.min_quantity)) / Fraction(rules.step_size))
    return rules.min_quantity + steps * rules.step_size


def quantity_at_least(wanted: Decimal | Fraction, rules: SymbolRules) -> Decimal:
    """Return the smallest quantity of the grid that is not below wanted (rounded up), in base units."""
    if wanted <= rules.min_quantity:
        return rules.min_quantity
    steps = ceil((Fraction(wanted) - Fraction(rules.min_quantity)) / Fraction(rules.step_size))
    return rules.min_quantity + steps * rules.step_size


def round_to_tick(price: Decimal | Fraction, tick: Decimal, up: bool) -> Decimal:
    """Return the nearest multiple of tick that is not below price (up) or not above it; exact, never past it."""
    ticks = Fraction(price) / Fraction(tick)
    return (ceil(ticks) if up else floor(ticks)) * tick


def bracket_for(notional: Decimal, brackets: Sequence[LeverageBracket]) -> LeverageBracket:
    """Return the bracket with floor < notional <= cap; zero belongs to the first.

    Args:
        notional: size of one side of one symbol, USDT, >= 0.
        brackets: the exchange's table, in rising order, not empty.

    Raises:
        NotionalTooLarge: above the last cap.
    """
    for bracket in brackets:
        if notional <= bracket.notional_cap:
            return bracket
    raise NotionalTooLarge(notional, brackets[-1].notional_cap)


def largest_leverage(notional: Decimal, brackets: Sequence[LeverageBracket]) -> int:
    """Return the highest leverage the exchange gives a position of this size.

    Raises:
        NotionalTooLarge: above the last cap.
    """
    return bracket_for(notional, brackets).initial_leverage
