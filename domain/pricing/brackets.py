"""Stop and target prices from amounts of USDT.

With s = +1 LONG, −1 SHORT, E the average entry, q the quantity, c the entry commission, f the taker rate and w the
requested result (tp, or −sl): gross X = E + s·w/q; net solves s·(X−E)·q − c − f·X·q = w.
"""

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from domain.pricing.exact import to_decimal
from domain.pricing.sizing import round_to_tick
from domain.terms import Basis, Side, SymbolRules, TradeTerms
from domain.wording import format_price, format_usdt

# The band follows the mark, and a stop clamped to its very edge would be refused after the next tick: stay a
# twentieth of its width inside.
_BAND_CUSHION = Fraction(1, 20)


class ProtectionTooTight(ValueError):
    """The allowed loss leaves no tick between entry and stop: allow at least smallest_usdt."""

    def __init__(self, sl_usdt: Decimal, smallest_usdt: Decimal) -> None:
        super().__init__(f"a stop-loss of {sl_usdt} USDT is nearer than fees and one tick, {smallest_usdt} USDT")
        self.sl_usdt = sl_usdt
        self.smallest_usdt = smallest_usdt


class PriceUnreachable(ValueError):
    """The result would need a price of zero or less: ask for at most largest_usdt."""

    def __init__(self, requested_usdt: Decimal, largest_usdt: Decimal) -> None:
        super().__init__(f"{requested_usdt} USDT would need a price below zero; at most {largest_usdt} is possible")
        self.requested_usdt = requested_usdt
        self.largest_usdt = largest_usdt


@dataclass(frozen=True, slots=True)
class EntryFill:
    """What the entry did: base units, average price in USDT per unit, commission paid in USDT."""

    side: Side
    quantity: Decimal
    average_price: Decimal
    commission_usdt: Decimal


@dataclass(frozen=True, slots=True)
class PlacedBracket:
    """Where stop and target are to rest; target_price None = not placed. notes say in plain words what was changed."""

    stop_price: Decimal
    target_price: Decimal | None
    notes: tuple[str, ...]


def gross_at(entry: EntryFill, exit_price: Decimal) -> Decimal:
    """Return the result before fees of closing all of it at exit_price, USDT, exact."""
    return to_decimal(_gross(entry, Fraction(exit_price)))


def net_at(entry: EntryFill, exit_price: Decimal, taker_rate: Decimal) -> Decimal:
    """Return what closing all of it at exit_price brings after the fees of both ways, USDT, exact."""
    return to_decimal(_result(entry, Fraction(exit_price), Basis.NET, taker_rate))


def target_price(entry: EntryFill, tp_usdt: Decimal, basis: Basis, taker_rate: Decimal, tick: Decimal) -> Decimal:
    """Return the trigger price at which a position has won tp_usdt.

    Args:
        entry: the actual or expected entry.
        tp_usdt: what to win, USDT, > 0, on the given basis.
        basis: NET counts the fees of both ways, GROSS none.
        taker_rate: fee of the closing market order as a fraction.
        tick: PRICE_FILTER.tickSize.

    Returns:
        A multiple of tick, rounded in the position's favour (LONG up, SHORT down): never less than asked for.

    Raises:
        PriceUnreachable: a SHORT cannot win that much.
    """
    price = exit_price_for(entry, tp_usdt, basis, taker_rate, tick)
    if price <= 0:
        raise PriceUnreachable(tp_usdt, result_at(entry, tick, basis, taker_rate))
    return price


def stop_price(entry: EntryFill, sl_usdt: Decimal, basis: Basis, taker_rate: Decimal, tick: Decimal) -> Decimal:
    """Return the trigger price at which a position has lost sl_usdt.

    Args:
        entry: the actual or expected entry.
        sl_usdt: what may be lost, USDT, > 0, on the given basis.
        basis: NET counts the fees of both ways, GROSS none.
        taker_rate: fee of the closing market order as a fraction.
        tick: PRICE_FILTER.tickSize.

    Returns:
        A multiple of tick, rounded in the position's favour (LONG up, SHORT down): never a bigger loss than asked for.

    Raises:
        ProtectionTooTight: the price would be less than one tick on the losing side of the entry.
        PriceUnreachable: a LONG cannot lose that much.
    """
    price = exit_price_for(entry, -sl_usdt, basis, taker_rate, tick)
    if entry.side.sign * (Fraction(entry.average_price) - Fraction(price)) < Fraction(tick):
        raise ProtectionTooTight(sl_usdt, -result_at(entry, nearest_stop(entry, tick), basis, taker_rate))
    if price <= 0:
        raise PriceUnreachable(sl_usdt, -result_at(entry, tick, basis, taker_rate))
    return price


def exit_price_for(
    entry: EntryFill, requested_usdt: Decimal, basis: Basis, taker_rate: Decimal, tick: Decimal
) -> Decimal:
    """Return the tick at or next to the price with exactly this result, rounded in the position's favour.

    It may be zero, negative or on the wrong side of the entry; target_price and stop_price refuse such.
    """
    sign, quantity = entry.side.sign, Fraction(entry.quantity)
    value_in = Fraction(entry.average_price) * quantity
    if basis is Basis.GROSS:
        price = (sign * value_in + Fraction(requested_usdt)) / (sign * quantity)
    else:
        paid = Fraction(entry.commission_usdt)
        price = (sign * value_in + Fraction(requested_usdt) + paid) / (quantity * (sign - Fraction(taker_rate)))
    return round_to_tick(price, tick, up=entry.side is Side.LONG)


def result_at(entry: EntryFill, exit_price: Decimal, basis: Basis, taker_rate: Decimal) -> Decimal:
    """Return the result of closing at exit_price on the given basis, USDT, exact."""
    return to_decimal(_result(entry, Fraction(exit_price), basis, taker_rate))


def bracket_after_fill(
    entry: EntryFill,
    terms: TradeTerms,
    rules: SymbolRules,
    taker_rate: Decimal,
    liquidation_price: Decimal | None,
    mark_price: Decimal | None,
) -> PlacedBracket:
    """Return where the stop and the target of a filled position are to rest; it always has a stop.

    Args:
        entry: the actual entry so far.
        terms: sl_usdt, tp_usdt and basis are used.
        rules: tick, price bounds and band of the symbol.
        taker_rate: fee of the closing market order as a fraction.
        liquidation_price: as the exchange or the rules say; None = none.
        mark_price: now; the band is measured from it. None where stops are taken outside it too.

    Returns:
        A stop beyond liquidation, at or below zero, or outside what the symbol allows is moved to the nearest
        allowed price on the safer side, and said. A stop on the wrong side of the mark is returned as it is: the
        exchange refuses it and the position has to be closed. A target that cannot be reached is None, and said.
    """
    requested_stop = exit_price_for(entry, -terms.sl_usdt, terms.basis, taker_rate, rules.tick_size)
    stop, why = _safer_stop(entry.side, requested_stop, rules, liquidation_price, mark_price)
    notes = []
    if why:
        costs = result_at(entry, stop, terms.basis, taker_rate)
        notes.append(
            f"Your stop was moved to {format_price(stop, rules.tick_size)}, because {why}. It now allows a result "
            f"of {format_result(costs, terms.basis)}."
        )
    target: Decimal | None = exit_price_for(entry, terms.tp_usdt, terms.basis, taker_rate, rules.tick_size)
    assert target is not None
    if not within_price_bounds(target, rules):
        target = None
        notes.append("Your take-profit was not placed, because the price can never get there. The stop-loss is set.")
    return PlacedBracket(stop, target, tuple(notes))


def nearest_stop(entry: EntryFill, tick: Decimal) -> Decimal:
    """Return the tick nearest to the entry that is at least one tick on its losing side."""
    distance = -entry.side.sign * Fraction(tick)
    return round_to_tick(Fraction(entry.average_price) + distance, tick, up=entry.side is Side.SHORT)


def safest_far_stop(
    side: Side, rules: SymbolRules, liquidation_price: Decimal | None, mark_price: Decimal | None
) -> Decimal | None:
    """Return the farthest price, a multiple of tick, at which a stop may rest; None = no bound (SHORT only).

    Considered are liquidation (one tick before it), zero, the symbol's price bounds, and, with mark_price, its band.
    """
    bounds = [bound for bound, _ in _stop_bounds(side, rules, liquidation_price, mark_price)]
    if not bounds:
        return None
    return max(bounds) if side is Side.LONG else min(bounds)


def triggers_clear_of_mark(
    side: Side, stop: Decimal, target: Decimal | None, mark_price: Decimal, tick: Decimal
) -> bool:
    """Return whether stop and target lie on their side of the mark by at least a tick, so that neither fires at once.

    On test venues the mark and the traded price can be far apart.
    """
    stop_is_clear = side.sign * (mark_price - stop) >= tick
    return stop_is_clear and (target is None or side.sign * (target - mark_price) >= tick)


def within_price_bounds(price: Decimal, rules: SymbolRules) -> bool:
    """Return whether a price is above zero and within PRICE_FILTER; a bound of 0 is switched off."""
    return price > 0 and price >= rules.min_price and (not rules.max_price or price <= rules.max_price)


def format_result(result_usdt: Decimal, basis: Basis) -> str:
    """Return a result with what it counts: "−5.03 USDT after fees"."""
    return f"{format_usdt(result_usdt, signed=True)} USDT {'after' if basis is Basis.NET else 'before'} fees"


def _gross(entry: EntryFill, exit_price: Fraction) -> Fraction:
    return entry.side.sign * (exit_price - Fraction(entry.average_price)) * Fraction(entry.quantity)


def _result(entry: EntryFill, exit_price: Fraction, basis: Basis, taker_rate: Decimal) -> Fraction:
    gross = _gross(entry, exit_price)
    if basis is Basis.GROSS:
        return gross
    return gross - Fraction(entry.commission_usdt) - Fraction(taker_rate) * exit_price * Fraction(entry.quantity)


def _safer_stop(
    side: Side, requested: Decimal, rules: SymbolRules, liquidation_price: Decimal | None, mark_price: Decimal | None
) -> tuple[Decimal, str | None]:
    """Return the requested stop, or the nearest allowed one on the safer side with the reason."""
    price, reason = requested, None
    for bound, why in _stop_bounds(side, rules, liquidation_price, mark_price):
        if side.sign * (bound - price) > 0:
            price, reason = bound, why
    return price, reason


def _stop_bounds(
    side: Side, rules: SymbolRules, liquidation_price: Decimal | None, mark_price: Decimal | None
) -> list[tuple[Decimal, str]]:
    """Return the farthest allowed stops, each a multiple of tick, with why no stop may lie beyond."""
    tick, up = rules.tick_size, side is Side.LONG
    bounds: list[tuple[Decimal, str]] = []
    if side is Side.LONG:
        lowest = round_to_tick(max(rules.min_price, tick), tick, up)
        bounds.append((lowest, "the exchange takes no lower price"))
    elif rules.max_price:
        bounds.append((round_to_tick(rules.max_price, tick, up), "the exchange takes no higher price"))
    if mark_price is not None:
        limit = Fraction(rules.multiplier_down if up else rules.multiplier_up)
        if limit > 0:
            inside = limit + (1 - limit) * _BAND_CUSHION
            bounds.append(
                (
                    round_to_tick(Fraction(mark_price) * inside, tick, up),
                    "the exchange takes no stop so far from the price",
                )
            )
    if liquidation_price is not None:
        edge = round_to_tick(liquidation_price, tick, up) + side.sign * tick
        bounds.append((edge, "the exchange would have liquidated the position first"))
    return bounds
