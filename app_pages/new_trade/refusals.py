"""Refusals as the form speaks: the number that works, in the unit its field is written in."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from app_pages.ui.draft import AMOUNTS_IN, EXITS_IN, value, written
from app_pages.ui.session import services
from domain.preview.amounts import AmountUnit, ExitUnit
from domain.preview.objection import Bound
from domain.preview.refusals import Refusal
from domain.terms import Side, SymbolRules
from domain.wording import NARROW_SPACE, decimals_of, format_price, format_quantity, format_usdt

FIELD_OF_TERM = {"amount_usdt": "amount", "leverage": "leverage", "tp_usdt": "target", "sl_usdt": "stop"}
_EXITS = ("tp_usdt", "sl_usdt")


def spoken(refusals: tuple[Refusal, ...], symbol: str) -> tuple[Refusal, ...]:
    """Return the refusals of a pair with each number as its field would be filled in.

    A target or stop that was not reckoned, because the amount buys nothing, is not spoken of.
    """
    return tuple(one for one in (_spoken(refusal, symbol) for refusal in refusals) if one is not None)


def number_that_works(refusal: Refusal, symbol: str) -> Decimal | None:
    """Return the suggestion as its field is filled in, rounded to the side that works; None when there is none."""
    if refusal.suggestion is None or refusal.field == "leverage":
        return refusal.suggestion
    rounding = ROUND_CEILING if refusal.bound is Bound.AT_LEAST else ROUND_FLOOR
    return written(FIELD_OF_TERM[refusal.field], refusal.suggestion, symbol, rounding)


def number_words(number: Decimal, field: str, rules: SymbolRules | None) -> str:
    """Return a number with the unit of its field: "20×", "150.00 USDT", "1.25 %"; a price to the pair's tick."""
    if field == "leverage":
        return f"{int(number)}×"
    unit = EXITS_IN[value("exit_in")]
    if field != "amount" and unit is ExitUnit.PRICE:
        return format_price(number, rules.tick_size) if rules else format_quantity(number)
    if unit is ExitUnit.USDT if field != "amount" else AMOUNTS_IN[value("amount_in")][1] is AmountUnit.USDT:
        return f"{format_usdt(number) if decimals_of(number) <= 2 else format_quantity(number)} USDT"
    return f"{format_quantity(number)}{NARROW_SPACE}%"


def _spoken(refusal: Refusal, symbol: str) -> Refusal | None:
    exit_unit = EXITS_IN[value("exit_in")]
    if refusal.suggestion is None or refusal.field == "leverage":
        return refusal
    if refusal.field in _EXITS and exit_unit is ExitUnit.PRICE and symbol != value("symbol"):
        return refusal  # the price is meant for the pair on show, the others get the same USDT
    number = number_that_works(refusal, symbol)
    if number is None:
        return None if refusal.field in _EXITS else refusal
    words = number_words(number, FIELD_OF_TERM[refusal.field], services().market.symbol_rules(symbol))
    return replace(refusal, shown=f"{words} {_others_that_work(refusal, exit_unit)}")


def _others_that_work(refusal: Refusal, exit_unit: ExitUnit) -> str:
    """Return "or more" or "or less"; of a price, on which side of it the others lie."""
    if refusal.field not in _EXITS or exit_unit is not ExitUnit.PRICE:
        return refusal.bound.value
    gains_upwards = value("side") is not Side.SHORT
    further = (refusal.bound is Bound.AT_LEAST) == (refusal.field == "tp_usdt")
    return "or higher" if further == gains_upwards else "or lower"
