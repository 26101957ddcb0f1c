"""Stop and target of an open position moved by money, by price or by per cent, and what each of them nets."""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.numbers import number_refusal
from domain.pricing.brackets import EntryFill, exit_price_for, net_at, within_price_bounds
from domain.pricing.exact import to_decimal
from domain.pricing.sizing import round_to_tick
from domain.terms import Basis, Side, SymbolRules
from domain.wording import format_price, format_usdt


@dataclass(frozen=True, slots=True)
class OpenTrade:
    """A filled trade as it stands now.

    quantity is what is still open, base units, > 0; paid_usdt what the trade has cost so far apart from its price:
    fees less what parts closed already brought and less funding received. taker_rate is a fraction.
    """

    side: Side
    quantity: Decimal
    entry_price: Decimal
    paid_usdt: Decimal
    taker_rate: Decimal
    tick_size: Decimal


def result_at_price(trade: OpenTrade, price: Decimal) -> Decimal:
    """Return what the whole trade nets if what is open closes at price as taker, USDT, exact."""
    return net_at(_fill(trade), price, trade.taker_rate)


def price_for_result(trade: OpenTrade, result_usdt: Decimal) -> Decimal:
    """Return the tick at which the trade nets result_usdt (negative = a loss).

    Rounded in the position's favour (LONG up, SHORT down): never less than asked for. It may be zero or below, or on
    the wrong side of the price; edit_refusals says so.
    """
    return exit_price_for(_fill(trade), result_usdt, Basis.NET, trade.taker_rate, trade.tick_size)


def price_for_percent(trade: OpenTrade, percent: Decimal) -> Decimal:
    """Return the tick that lies percent of the entry price in the position's favour (negative = against it).

    1.5 means 1.5 %. Rounded in the position's favour (LONG up, SHORT down).
    """
    moved = Fraction(trade.entry_price) * (1 + trade.side.sign * Fraction(percent) / 100)
    return round_to_tick(moved, trade.tick_size, up=trade.side is Side.LONG)


def percent_at_price(trade: OpenTrade, price: Decimal) -> Decimal:
    """Return how far price lies from the entry in the position's favour: 1.5 means 1.5 %, exact."""
    entry = Fraction(trade.entry_price)
    return to_decimal(trade.side.sign * (Fraction(price) - entry) / entry * 100)


def break_even_price(trade: OpenTrade) -> Decimal:
    """Return the nearest tick at which the trade loses nothing after all fees and funding."""
    return price_for_result(trade, Decimal(0))


def part_quantity(quantity: Decimal, share: Decimal, step: Decimal) -> Decimal:
    """Return the quantity of a part, a multiple of step, rounded down: never more than asked for is closed."""
    return to_decimal(Fraction(quantity) * Fraction(share) // Fraction(step) * Fraction(step))


def edit_refusals(
    side: Side,
    tick: Decimal,
    mark: Decimal | None,
    liquidation: Decimal | None,
    stop: Decimal | None,
    target: Decimal | None,
) -> list[str]:
    """Return why these prices cannot be stop and target now, one sentence each; empty when they can.

    A price of None is not looked at; without a mark its side cannot be judged and the exchange will.
    """
    wrong = [f"The {name}: {words}" for name, price in (("stop", stop), ("target", target)) if (words := _odd(price))]
    if wrong:
        return wrong
    if stop is not None:
        wrong += _wrong_side("stop", stop, mark, tick, -side.sign)
        if not wrong and liquidation is not None and (stop - liquidation) * side.sign <= 0:
            wrong.append(
                f"The exchange would liquidate the position at {format_price(liquidation, tick)}, before this stop."
            )
    if target is not None:
        wrong += _wrong_side("target", target, mark, tick, side.sign)
    for name, price in (("stop", stop), ("target", target)):
        if price is not None and price > 0 and price % tick:
            nearest = round_to_tick(Fraction(price) + Fraction(tick) / 2, tick, up=False)
            step = f"{tick.normalize():f}"
            wrong.append(f"The {name} must be a multiple of {step}, for example {format_price(nearest, tick)}.")
    return wrong


def _odd(price: Decimal | None) -> str | None:
    words = None if price is None else number_refusal(price)
    return words and words[0].lower() + words[1:]


def bounds_refusals(
    trade: OpenTrade, rules: SymbolRules, wallet_usdt: Decimal | None, stop: Decimal | None, target: Decimal | None
) -> list[str]:
    """Return why these prices can never protect or be reached, one sentence each: what a new trade is refused for.

    Args:
        trade: as it stands now.
        rules: of its symbol.
        wallet_usdt: all that there is to lose, None = not known.
        stop: None is not looked at.
        target: None is not looked at.
    """
    wrong = []
    if stop is not None and stop > 0:
        loss = -result_at_price(trade, stop)
        if not within_price_bounds(stop, rules):
            wrong.append("The price can never get to this stop, so it would not protect you.")
        elif wallet_usdt is not None and loss > wallet_usdt:
            wrong.append(
                f"This stop would lose {format_usdt(loss)} USDT, and the wallet holds {format_usdt(wallet_usdt)}: the "
                "exchange would close the trade first."
            )
    if target is not None and target > 0 and not within_price_bounds(target, rules):
        wrong.append("The price can never get to this target.")
    return wrong


def _wrong_side(name: str, price: Decimal, mark: Decimal | None, tick: Decimal, sign: int) -> list[str]:
    if price <= 0:
        return [f"The {name} must be a price above 0."]
    if mark is not None and (price - mark) * sign <= 0:
        return [f"The {name} must lie {'above' if sign > 0 else 'below'} the price of {format_price(mark, tick)}."]
    return []


def _fill(trade: OpenTrade) -> EntryFill:
    return EntryFill(trade.side, trade.quantity, trade.entry_price, trade.paid_usdt)
