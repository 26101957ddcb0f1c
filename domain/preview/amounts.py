"""What a person types on the form, in the unit they like, as the USDT of the terms, and back again.

An amount is the margin or the position's value, in USDT or as percent of the free margin. A target or stop is USDT
won or lost, a price, percent of the price, or percent of the margin.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from math import floor

from domain.preview.draft import MarketNow, expected_entry_price
from domain.pricing.brackets import EntryFill, exit_price_for, result_at
from domain.pricing.exact import to_decimal
from domain.pricing.sizing import entry_quantity, round_to_tick
from domain.terms import Basis, Side, SymbolRules

SATOSHI = Decimal("0.00000001")


class AmountMeasure(StrEnum):
    """What an amount counts: the margin a trade ties up, or what the whole position is worth."""

    MARGIN = "margin"
    VALUE = "value"


class AmountUnit(StrEnum):
    """What an amount is written in."""

    USDT = "usdt"
    PERCENT_FREE = "percent_free"  # of the margin that is free now


class ExitUnit(StrEnum):
    """What a target or stop is written in."""

    USDT = "usdt"
    PRICE = "price"
    PERCENT_PRICE = "percent_price"  # the way from the entry, as percent of it
    PERCENT_MARGIN = "percent_margin"  # the result, as percent of the margin


@dataclass(frozen=True, slots=True)
class Quote:
    """What the conversions of one pair need at one moment; taker_rate is a fraction, free_usdt the free margin."""

    market: MarketNow
    rules: SymbolRules
    taker_rate: Decimal
    free_usdt: Decimal


@dataclass(frozen=True, slots=True)
class ExpectedTrade:
    """A trade as far as its amount says: the entry to expect, the margin asked for, the basis of its results."""

    entry: EntryFill
    margin_usdt: Decimal
    basis: Basis
    quote: Quote


def margin_from(
    amount: Decimal, measure: AmountMeasure, unit: AmountUnit, leverage: int, free_usdt: Decimal | None
) -> Decimal | None:
    """Return the margin that an amount on the form means.

    Args:
        amount: as typed, ≥ 0.
        measure: what it counts.
        unit: what it is written in.
        leverage: ≥ 1.
        free_usdt: free margin now, ≥ 0, None = not known.

    Returns:
        USDT, rounded down to SATOSHI: never more than asked for. None when the free margin is needed and not known.
    """
    usdt = Fraction(amount)
    if unit is AmountUnit.PERCENT_FREE:
        if free_usdt is None:
            return None
        usdt = usdt * Fraction(free_usdt) / 100
    if measure is AmountMeasure.VALUE:
        usdt /= leverage
    return _down(usdt)


def amount_from(
    margin_usdt: Decimal, measure: AmountMeasure, unit: AmountUnit, leverage: int, free_usdt: Decimal | None
) -> Decimal | None:
    """Return how a margin is written on the form; the other way round than margin_from.

    Returns:
        USDT or percent, rounded down to SATOSHI: never more than the margin. None when it cannot be said, because
        nothing is free or that is not known.
    """
    amount = Fraction(margin_usdt)
    if measure is AmountMeasure.VALUE:
        amount *= leverage
    if unit is AmountUnit.PERCENT_FREE:
        if not free_usdt or free_usdt < 0:
            return None
        amount = amount * 100 / Fraction(free_usdt)
    return _down(amount)


def expected_trade(side: Side, margin_usdt: Decimal, leverage: int, basis: Basis, quote: Quote) -> ExpectedTrade | None:
    """Return the trade that this margin would open at the ask (LONG) or bid (SHORT); None when it buys nothing."""
    price = expected_entry_price(side, quote.market)
    if price <= 0 or margin_usdt <= 0 or leverage < 1:
        return None
    quantity = entry_quantity(margin_usdt, leverage, price, quote.rules)
    if not quantity:
        return None
    fee = to_decimal(Fraction(quantity) * Fraction(price) * Fraction(quote.taker_rate))
    return ExpectedTrade(EntryFill(side, quantity, price, fee), margin_usdt, basis, quote)


def exit_usdt(number: Decimal, unit: ExitUnit, trade: ExpectedTrade, won: bool) -> Decimal:
    """Return the USDT that a target or stop on the form stands for.

    Args:
        number: as typed; percents are positive for both target and stop.
        unit: what it is written in.
        trade: the trade it belongs to.
        won: True for a target, False for a stop.

    Returns:
        USDT on the trade's basis, exact: positive for a target that wins and a stop that loses, negative when the
        price lies on the wrong side. A price, typed or from percent, goes to the tick in the position's favour
        (LONG up, SHORT down), where exit_price_for finds it again.
    """
    sign = 1 if won else -1
    if unit is ExitUnit.USDT:
        return number
    if unit is ExitUnit.PERCENT_MARGIN:
        return to_decimal(Fraction(trade.margin_usdt) * Fraction(number) / 100)
    side, tick = trade.entry.side, trade.quote.rules.tick_size
    requested = Fraction(number)
    if unit is ExitUnit.PERCENT_PRICE:
        requested = Fraction(trade.entry.average_price) * (1 + sign * side.sign * requested / 100)
    price = round_to_tick(requested, tick, up=side is Side.LONG)
    result = result_at(trade.entry, price, trade.basis, trade.quote.taker_rate)
    return result if won else result.copy_negate()


def exit_number(usdt: Decimal, unit: ExitUnit, trade: ExpectedTrade, won: bool) -> Decimal:
    """Return how a target or stop in USDT is written on the form; the other way round than exit_usdt.

    Returns:
        USDT, exact; the price, a multiple of tick rounded in the position's favour, or its distance as percent of
        the entry; percent of the margin. Percents to 50 digits.
    """
    sign = 1 if won else -1
    if unit is ExitUnit.USDT:
        return usdt
    if unit is ExitUnit.PERCENT_MARGIN:
        return to_decimal(Fraction(usdt) * 100 / Fraction(trade.margin_usdt))
    tick, taker = trade.quote.rules.tick_size, trade.quote.taker_rate
    price = exit_price_for(trade.entry, usdt if won else usdt.copy_negate(), trade.basis, taker, tick)
    if unit is ExitUnit.PRICE:
        return price
    entry = Fraction(trade.entry.average_price)
    return to_decimal((Fraction(price) / entry - 1) * 100 * sign * trade.entry.side.sign)


def _down(value: Fraction) -> Decimal:
    return floor(value / Fraction(SATOSHI)) * SATOSHI
