"""What a position earned, from the exchange's own rows, and whose an income row without an order is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from math import floor

from domain.pricing.exact import to_decimal
from domain.terms import Fill, Side

_ZERO = Fraction(0)
_SHARE_DIGITS = -8  # the exchange books USDT to 8 decimals


@dataclass(frozen=True, slots=True)
class PositionResult:
    """One position's money, USDT, exact sums of the exchange's figures; prices are unrounded averages.

    gross excludes fees, fees are positive when paid, net = gross − fees + funding. open_quantity is what the position
    still holds. Fees in another asset count with their value when they were paid; other_fees are
    those whose value is not known, by asset, and part of no sum.
    """

    entry_quantity: Decimal
    entry_price: Decimal | None
    exit_quantity: Decimal
    exit_price: Decimal | None
    gross: Decimal
    fees: Decimal
    net: Decimal
    opened_at: datetime | None
    open_quantity: Decimal
    other_fees: tuple[tuple[str, Decimal], ...] = ()


def position_result(fills: Sequence[tuple[Fill, bool]], funding: Decimal) -> PositionResult:
    """Return the result of a position.

    Args:
        fills: every trade of the position, each with whether it increased the position; order does not matter.
        funding: the position's share of income without an order, USDT, positive when received.

    Returns:
        Exact sums; gross is the sum of realized_pnl of the closing trades.
    """
    entries = [fill for fill, opening in fills if opening]
    exits = [fill for fill, opening in fills if not opening]
    fees = _unvalued_fees(entries + exits)
    gross = sum((Fraction(fill.realized_pnl) for fill in exits), _ZERO)
    paid = sum((Fraction(f.commission_usdt) for f in entries + exits if f.commission_usdt is not None), _ZERO)
    entry_quantity, entry_price = _average(entries)
    exit_quantity, exit_price = _average(exits)
    return PositionResult(
        entry_quantity=to_decimal(entry_quantity),
        entry_price=entry_price,
        exit_quantity=to_decimal(exit_quantity),
        exit_price=exit_price,
        gross=to_decimal(gross),
        fees=to_decimal(paid),
        net=to_decimal(gross - paid + Fraction(funding)),
        opened_at=min((fill.traded_at for fill in entries), default=None),
        open_quantity=to_decimal(entry_quantity - exit_quantity),
        other_fees=tuple((asset, to_decimal(fee)) for asset, fee in sorted(fees.items())),
    )


def _unvalued_fees(fills: Sequence[Fill]) -> dict[str, Fraction]:
    fees: dict[str, Fraction] = {}
    for fill in (fill for fill in fills if fill.commission_usdt is None):
        fees[fill.commission_asset] = fees.get(fill.commission_asset, _ZERO) + Fraction(fill.commission)
    return fees


def _average(fills: Sequence[Fill]) -> tuple[Fraction, Decimal | None]:
    """Return total quantity and average price, None without a quantity."""
    quantity = sum((Fraction(fill.quantity) for fill in fills), _ZERO)
    value = sum((Fraction(fill.quantity) * Fraction(fill.price) for fill in fills), _ZERO)
    return quantity, to_decimal(value / quantity) if quantity else None


def funding_sides(
    amounts: Sequence[Decimal],
    long_quantity: Decimal,
    short_quantity: Decimal,
    rate: Decimal | None = None,
) -> tuple[Side | None, ...]:
    """Return which side each funding row of one symbol and one settlement belongs to; None = netted over both.

    Args:
        amounts: the rows' amounts, negative when paid.
        long_quantity: everything held LONG at that moment, ours and external, as far as it is known here, >= 0.
        short_quantity: the same for SHORT.
        rate: the settlement's funding rate if known; longs pay when it is positive. Without it two rows are told
            apart by size; equal sizes count as a positive rate, by far the usual case.
    """
    if not short_quantity or not long_quantity:
        if rate:
            # The other side may be somebody else's, and unknown here: its rows have the other sign.
            return tuple(Side.LONG if (amount < 0) == (rate > 0) else Side.SHORT for amount in amounts)
        only = Side.SHORT if short_quantity else Side.LONG
        return (only,) * len(amounts)
    if len(amounts) == 1:
        return (None,)
    longs_pay = _longs_pay(amounts, long_quantity, short_quantity) if rate is None else rate > 0
    return tuple(Side.LONG if (amount < 0) == longs_pay else Side.SHORT for amount in amounts)


def _longs_pay(amounts: Sequence[Decimal], long_quantity: Decimal, short_quantity: Decimal) -> bool:
    """Return whether the paying rows fit the long side: the larger side pays or receives the larger amount."""
    paid = -sum((Fraction(amount) for amount in amounts if amount < 0), _ZERO)
    received = sum((Fraction(amount) for amount in amounts if amount > 0), _ZERO)
    return paid >= received if long_quantity >= short_quantity else paid <= received


def split_income(
    amount: Decimal, holders: Mapping[int | None, Decimal], side: Side | None = None
) -> dict[int | None, Decimal]:
    """Return whose an income row without an order is: position id to share, None for the external bucket.

    Args:
        amount: the row's amount, USDT, negative when paid.
        holders: signed quantity held at that moment, LONG positive, SHORT negative, zero counts as not held; under
            None what is not ours.
        side: the side the row belongs to (funding_sides); holders of the other side then get nothing. None splits
            a row netted over both sides: each side's part keeps its own sign.

    Returns:
        Shares in proportion to quantity, to the digits of amount but at least 8 decimals; what rounding leaves over
        goes to the largest remainders, so that they add up to amount exactly. Without any holder, or when both
        sides cancel out, everything is external.
    """
    held = {
        key: Fraction(quantity)
        for key, quantity in holders.items()
        if quantity and (side is None or (quantity > 0) == (side is Side.LONG))
    }
    total = sum(held.values(), _ZERO)
    if total == 0:
        return {None: amount}
    exponent = amount.as_tuple().exponent
    assert isinstance(exponent, int), "an amount is finite"
    digit = Decimal((0, (1,), min(exponent, _SHARE_DIGITS)))
    whole = int(Fraction(amount) / Fraction(digit))
    exact = {key: whole * quantity / total for key, quantity in held.items()}
    shares = {key: floor(part) for key, part in exact.items()}
    left_over = whole - sum(shares.values())
    by_remainder = sorted(exact, key=lambda key: (shares[key] - exact[key], key is None, key or 0))
    for key in by_remainder[:left_over]:
        shares[key] += 1
    return {key: units * digit for key, units in shares.items()}


def unrealised(side: Side, quantity: Decimal, entry_price: Decimal, mark_price: Decimal) -> Decimal:
    """Return the result a position would have at the mark price before fees, USDT, exact."""
    return to_decimal(side.sign * (Fraction(mark_price) - Fraction(entry_price)) * Fraction(quantity))


def break_even_win_rate(win_usdt: Decimal, loss_usdt: Decimal) -> Decimal:
    """Return the fraction of trades that must win so that nothing is lost in the long run.

    Args:
        win_usdt: what a won trade brings after fees; 0 or less can never pay off and gives 1.
        loss_usdt: what a lost trade costs after fees, as a positive amount.
    """
    if win_usdt <= 0:
        return Decimal(1)
    if loss_usdt <= 0:
        return Decimal(0)
    return to_decimal(Fraction(loss_usdt) / (Fraction(win_usdt) + Fraction(loss_usdt)))
