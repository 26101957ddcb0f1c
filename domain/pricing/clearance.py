"""Whose a row of a liquidation is: the exchange's fee for a forced close, and what its insurance fund paid."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction

from domain.pricing.pnl import split_income
from domain.terms import Side

INCOME_TYPE = "INSURANCE_CLEAR"
ORDER_PREFIX = "autoclose-"
# The rows are written with the close; the exchange promises no more than "about that time".
WITHIN = timedelta(seconds=60)

Shares = dict[int | None, Decimal]


@dataclass(frozen=True, slots=True)
class ForcedClose:
    """One autoclose order: who held what it closed, by value in USDT > 0; None = what is not ours."""

    order_id: int
    values: Mapping[int | None, Decimal]

    @property
    def value(self) -> Decimal:
        """What the order closed altogether, USDT."""
        return sum(self.values.values(), Decimal(0))


@dataclass(frozen=True, slots=True)
class ForcedFill:
    """A fill of an autoclose order, or a part of one; position_id None = not ours."""

    order_id: int
    position_id: int | None
    value_usdt: Decimal
    traded_at: datetime


def forced_closes(fills: Sequence[ForcedFill], at: datetime) -> tuple[ForcedClose, ...]:
    """Return the autoclose orders of one symbol around a moment, in the order they were made."""
    values: dict[int, dict[int | None, Decimal]] = {}
    for fill in fills:
        if abs(fill.traded_at - at) <= WITHIN:
            of_order = values.setdefault(fill.order_id, {})
            of_order[fill.position_id] = of_order.get(fill.position_id, Decimal(0)) + fill.value_usdt
    return tuple(ForcedClose(order_id, values[order_id]) for order_id in sorted(values))


def clearance_shares(
    amounts: Sequence[Decimal], closes: Sequence[ForcedClose], fee_rate: Decimal | None
) -> tuple[Shares, ...]:
    """Return whose the rows of one symbol and one moment are, each by position id, None for what is not ours.

    Args:
        amounts: the rows in the order the exchange wrote them: negative = a fee, positive = what the fund paid.
        closes: the autoclose orders that are known there.
        fee_rate: the symbol's liquidation fee as a fraction; None = not known.

    Returns:
        A fee is a fixed share of what its order closed, so each goes to the order whose value it fits best. One that
        fits none is not ours: it belongs to a position that this bot does not know. What the fund paid goes to the
        orders in turn where there are as many rows as orders, else to all of them by value. Within an order it is
        split by value, never by sign: a fee is a cost to everybody who was closed. Shares add up to the row.
    """
    shares: list[Shares] = [{None: amount} for amount in amounts]
    if not closes:
        return tuple(shares)
    for place, order in _fees(amounts, closes, fee_rate).items():
        shares[place] = split_income(amounts[place], order.values, Side.LONG)
    paid = [place for place, amount in enumerate(amounts) if amount > 0]
    for turn, place in enumerate(paid):
        values = closes[turn].values if len(paid) == len(closes) else _together(closes)
        shares[place] = split_income(amounts[place], values, Side.LONG)
    return tuple(shares)


def _fees(
    amounts: Sequence[Decimal], closes: Sequence[ForcedClose], fee_rate: Decimal | None
) -> dict[int, ForcedClose]:
    """Return which order each fee is of, by the row's place."""
    left = [place for place, amount in enumerate(amounts) if amount < 0]
    orders = sorted(closes, key=lambda close: close.value, reverse=True)
    if not fee_rate:
        # Without the rate only their sizes tell them apart, and only if every order is known.
        by_size = sorted(left, key=lambda place: amounts[place])
        return dict(zip(by_size, orders, strict=False)) if len(by_size) == len(orders) else {}
    found: dict[int, ForcedClose] = {}
    for order in orders:
        expected = Fraction(order.value) * Fraction(fee_rate)
        fitting = [place for place in left if abs(-Fraction(amounts[place]) - expected) * 100 <= expected]
        if fitting:
            best = min(fitting, key=lambda place: abs(-Fraction(amounts[place]) - expected))
            found[best] = order
            left.remove(best)
    return found


def _together(closes: Sequence[ForcedClose]) -> Shares:
    values: Shares = {}
    for close in closes:
        for position_id, value in close.values.items():
            values[position_id] = values.get(position_id, Decimal(0)) + value
    return values
