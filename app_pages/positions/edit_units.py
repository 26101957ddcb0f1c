"""What stop and target of an open position are typed in, and the price that a number then means."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from app_pages.ui.number_field import decimal_sign
from domain.number_text import NumberKind, NumberRole, spelled
from domain.preview.edits import OpenTrade, percent_at_price, price_for_percent, price_for_result, result_at_price
from domain.wording import decimals_of, rounded

_CENTS = 2


class Unit(StrEnum):
    """What a person types stop and target in; the same as on New trade."""

    USDT = "USDT"
    PRICE = "Price"
    PERCENT = "% of price"
    PERCENT_MARGIN = "% of margin"


def shown_as(trade: OpenTrade, price: Decimal, unit: Unit, name: str, margin_usdt: Decimal) -> str:
    """Return a price as the field of that unit shows it: a loss at the stop without sign, a profit there with plus."""
    number = price
    if unit is Unit.PERCENT:
        number = percent_at_price(trade, price)
    elif unit is Unit.USDT:
        number = result_at_price(trade, price)
    elif unit is Unit.PERCENT_MARGIN:
        number = result_at_price(trade, price) * 100 / margin_usdt
    if unit is Unit.PRICE:
        return spelled(rounded(number, decimals_of(trade.tick_size)), decimal_sign())
    number = rounded(number, _CENTS)
    return spelled(abs(number) if name == "stop" else number, decimal_sign(), plus=name == "stop" and number > 0)


def price_meant(trade: OpenTrade, number: Decimal, unit: Unit, name: str, margin_usdt: Decimal) -> Decimal:
    """Return the price that a number means: at the stop a loss is positive, a profit kept negative."""
    if unit is Unit.PRICE:
        return number
    signed = -number if name == "stop" else number
    if unit is Unit.PERCENT:
        return price_for_percent(trade, signed)
    return price_for_result(trade, signed if unit is Unit.USDT else signed * margin_usdt / 100)


def number_kind(name: str, unit: Unit, tick: Decimal) -> NumberKind:
    """Return how the field of stop or target reads its number in that unit; tick is the pair's tick size."""
    if unit is Unit.PRICE:
        return NumberKind(NumberRole.AMOUNT, unit="", decimals=decimals_of(tick))
    return NumberKind(
        NumberRole.LOSS_OR_PROFIT if name == "stop" else NumberRole.GAIN, unit="USDT" if unit is Unit.USDT else "%"
    )
