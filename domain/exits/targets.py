"""How a trade is split over its targets: quantities on the symbol's grid, none too small for the exchange."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.exit_plan import ExitPlan
from domain.exits.moves import ExitPrices, net_at_mark
from domain.pricing.exact import to_decimal
from domain.terms import SymbolRules
from domain.wording import format_quantity, format_usdt


@dataclass(frozen=True, slots=True)
class TargetPart:
    """One target to rest: its number on the form, trigger price, and quantity.

    quantity is in base units, a multiple of the step; None = all that is left (closePosition), for the last one only.
    """

    number: int
    price: Decimal
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class SplitTargets:
    """The targets that can rest, and what could not be split as asked, in plain sentences for the form.

    A part that is too small goes to the next target that can rest. Where none can, it stays with what has no target
    (rest_quantity), or goes to the last that can if nothing is to be left.
    """

    parts: tuple[TargetPart, ...]
    rest_quantity: Decimal
    problems: tuple[str, ...]


def partial_targets(plan: ExitPlan, prices: ExitPrices, rules: SymbolRules, stop_price: Decimal) -> SplitTargets:
    """Return the orders that the targets of a plan become for a trade as filled.

    Args:
        plan: its targets, in rising order, shares adding up to at most 100.
        prices: the trade.
        rules: step, smallest quantity and smallest value of an order.
        stop_price: where the stop rests: what the targets leave over must be worth an order there.

    Returns:
        Quantities are cut so that after each target at least as much is left as asked for, to the step; with shares
        of 100 together the last target takes all that is left. No targets in, none out.
    """
    if not plan.targets:
        return SplitTargets((), prices.entry.quantity, ())
    whole = sum(target.share_percent for target in plan.targets) == 100
    wanted = _cut(plan, prices.entry.quantity, rules.step_size)
    levels = [prices.at_result(target.at_usdt) for target in plan.targets]
    problems, kept = [], []
    carried = Decimal(0)
    for number, (price, quantity) in enumerate(zip(levels, wanted, strict=True), start=1):
        too_small = _too_small(quantity, price, rules)
        if too_small:
            problems.append(_problem(number, quantity, price, rules))
        carried += quantity
        if not _too_small(carried, price, rules):
            kept.append((number, price, carried))
            carried = Decimal(0)
    rest = prices.entry.quantity - sum(quantity for _, _, quantity in kept)
    if not whole and rest and _too_small(rest, min(stop_price, prices.entry.average_price), rules):
        problems.append(_rest_problem(rest, stop_price, rules))
        whole = True
    if whole and not kept:
        kept = [(len(levels), levels[-1], prices.entry.quantity)]
    return SplitTargets(_parts(kept, whole), Decimal(0) if whole else rest, tuple(problems))


def net_of_targets(prices: ExitPrices, parts: Sequence[TargetPart]) -> Decimal:
    """Return what the targets net after fees if each is reached, each for its share of the trade, USDT, exact."""
    left, total = Fraction(prices.entry.quantity), Fraction(0)
    for part in parts:
        quantity = left if part.quantity is None else Fraction(part.quantity)
        total += Fraction(net_at_mark(prices, part.price)) * quantity / Fraction(prices.entry.quantity)
        left -= quantity
    return to_decimal(total)


def _cut(plan: ExitPlan, quantity: Decimal, step: Decimal) -> list[Decimal]:
    """Return each target's quantity; rounding is never carried from one to the next."""
    reached, taken, cut = Fraction(0), Fraction(0), []
    for target in plan.targets:
        reached += Fraction(target.share_percent) / 100
        upto = Fraction(quantity) if reached == 1 else Fraction(quantity) * reached // Fraction(step) * Fraction(step)
        cut.append(to_decimal(upto - taken))
        taken = upto
    return cut


def _parts(kept: Sequence[tuple[int, Decimal, Decimal]], whole: bool) -> tuple[TargetPart, ...]:
    """Return the targets that can rest; the last one takes all that is left where nothing may remain."""
    last = len(kept) - 1 if whole else None
    return tuple(
        TargetPart(number, price, None if place == last else quantity)
        for place, (number, price, quantity) in enumerate(kept)
    )


def _too_small(quantity: Decimal, price: Decimal, rules: SymbolRules) -> bool:
    value = Fraction(quantity) * Fraction(price)
    return quantity <= 0 or quantity < rules.min_quantity or value < Fraction(rules.min_notional)


def _problem(number: int, quantity: Decimal, price: Decimal, rules: SymbolRules) -> str:
    return f"Target {number} would be {_size(quantity, price, rules)}. Give it a larger share, or use fewer targets."


def _rest_problem(quantity: Decimal, price: Decimal, rules: SymbolRules) -> str:
    size = _size(quantity, price, rules)
    return f"The targets would leave {size}. Let their shares add up to 100 %, or leave more."


def _size(quantity: Decimal, price: Decimal, rules: SymbolRules) -> str:
    value = to_decimal(Fraction(quantity) * Fraction(price))
    least = f"{format_quantity(rules.min_quantity)} {rules.base_asset}"
    if rules.min_notional:
        least = f"{least} and {format_usdt(rules.min_notional)} USDT"
    return (
        f"{format_quantity(quantity)} {rules.base_asset}, worth {format_usdt(value)} USDT, and the exchange takes "
        f"{least} or more"
    )
