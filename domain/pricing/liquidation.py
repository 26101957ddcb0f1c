"""At which price the exchange would liquidate a position held with cross margin.

The exchange closes everything held with cross margin once the cross wallet and all results that are open together are
no more than the maintenance margin of it all. So the account is looked at as a whole: other pairs at their marks, both
sides of this pair at the price in question.

Source: Binance FAQ, "How to Calculate Liquidation Price of USDⓈ-M Futures Contracts", and "Leverage and Margin of
USDⓈ-M Futures" (maintenance amount).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Context, Decimal, localcontext

from domain.exchange import ExchangePosition
from domain.terms import LeverageBracket, Side

# Sums and products of what the exchange sends stay exact, and are much faster than fractions: a full check looks at
# every position. Only the last division is rounded.
_PRECISE = Context(prec=100)


@dataclass(frozen=True, slots=True)
class Leg:
    """One side of the pair in question: base units > 0, average entry in USDT per unit."""

    side: Side
    quantity: Decimal
    entry_price: Decimal


@dataclass(frozen=True, slots=True)
class CrossMargin:
    """What stands behind a pair's cross positions, USDT.

    wallet_usdt is the cross wallet: what isolated positions hold is not in it. The rest is what the cross positions of
    all other pairs have won or lost at their marks, and what they must keep.
    """

    wallet_usdt: Decimal
    other_unrealised_usdt: Decimal = Decimal(0)
    other_maintenance_usdt: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class HeldAccount:
    """Everything that an account holds with cross margin: its sums, and the positions of each symbol."""

    cross_wallet_usdt: Decimal
    unrealised_usdt: Decimal
    maintenance_usdt: Decimal
    of_symbol: Mapping[str, tuple[ExchangePosition, ...]]

    def behind(self, symbol: str) -> CrossMargin:
        """Return what stands behind one pair's positions."""
        with localcontext(_PRECISE):
            mine = self.of_symbol.get(symbol, ())
            unrealised = self.unrealised_usdt - sum(held.unrealised_usdt for held in mine)
            maintenance = self.maintenance_usdt - sum(held.maintenance_usdt for held in mine)
            return CrossMargin(self.cross_wallet_usdt, unrealised, maintenance)

    def legs(self, symbol: str) -> tuple[Leg, ...]:
        """Return what is held of a pair."""
        mine = self.of_symbol.get(symbol, ())
        return tuple(Leg(held.side, held.quantity, held.entry_price) for held in mine)


def held_account(cross_wallet_usdt: Decimal, positions: Iterable[ExchangePosition]) -> HeldAccount:
    """Return an account with these open positions; isolated ones stand for themselves and are no part of it."""
    of_symbol: dict[str, tuple[ExchangePosition, ...]] = {}
    with localcontext(_PRECISE):
        unrealised = maintenance = Decimal(0)
        for held in positions:
            if held.isolated or not held.quantity:
                continue
            of_symbol[held.symbol] = (*of_symbol.get(held.symbol, ()), held)
            unrealised += held.unrealised_usdt
            maintenance += held.maintenance_usdt
    return HeldAccount(cross_wallet_usdt, unrealised, maintenance, of_symbol)


def held_liquidation_price(
    held: ExchangePosition, account: HeldAccount | None, brackets: Sequence[LeverageBracket] | None
) -> Decimal | None:
    """Return at which price the exchange would close a position that is held, on the way that this side loses.

    Args:
        held: the position.
        account: everything that the account holds, this one included; None = its money was not read yet.
        brackets: the pair's table; None = not read yet.

    Returns:
        As liquidation_price. The exchange's own figure where something is not read yet, if it lies on that way, and
        for an isolated position, which stands for itself.
    """
    if held.isolated or account is None or not brackets:
        reported = held.liquidation_price
        return reported if reported is not None and held.side.sign * (held.mark_price - reported) > 0 else None
    return liquidation_price(
        held.side, account.behind(held.symbol), account.legs(held.symbol), brackets, held.mark_price
    )


def margin_left(
    margin: CrossMargin, legs: Sequence[Leg], brackets: Sequence[LeverageBracket], price: Decimal
) -> Decimal:
    """Return what is left over the account's maintenance margin with the pair at price, USDT, exact.

    At zero or below the exchange closes what is held with cross margin.
    """
    with localcontext(_PRECISE):
        at_zero, slope = _line(margin, legs, brackets, price)
        return at_zero + slope * price


def liquidation_price(
    side: Side,
    margin: CrossMargin,
    legs: Sequence[Leg],
    brackets: Sequence[LeverageBracket],
    mark_price: Decimal,
) -> Decimal | None:
    """Return the nearest mark price on one leg's losing side at which the exchange closes the account's positions.

    Args:
        side: whose way of losing is looked at: down for LONG, up for SHORT. On the way there the other leg wins, and
            the larger one decides: a leg that is hedged by a larger one has no such price.
        margin: what stands behind the pair.
        legs: both sides of the pair, as far as they are held.
        brackets: the pair's table, in rising order, not empty.
        mark_price: where the way begins, > 0.

    Returns:
        USDT per unit, to 100 digits, not rounded to a tick; mark_price itself where it has come to that already; None
        when no price above zero does it.
    """
    with localcontext(_PRECISE):
        begins = mark_price
        for ends in _stations(side, legs, brackets, mark_price):
            # Between two stations no leg changes its bracket: what is left is a straight line.
            at_zero, slope = _line(margin, legs, brackets, (begins + ends) / 2)
            if at_zero + slope * begins <= 0:
                return begins
            if at_zero + slope * ends <= 0:
                price = -at_zero / slope
                return price if price > 0 else None
            begins = ends
        if side is Side.LONG:
            return None
        at_zero, slope = _line(margin, legs, brackets, begins)
        return -at_zero / slope if slope < 0 else None


def maintenance_margin(quantity: Decimal, mark_price: Decimal, brackets: Sequence[LeverageBracket]) -> Decimal:
    """Return the USDT that must stay for one side of one symbol: notional × rate − cumulative, exact."""
    with localcontext(_PRECISE):
        notional = quantity * mark_price
        bracket = _bracket_at(notional, brackets)
        return notional * bracket.maintenance_rate - bracket.cumulative


def _stations(
    side: Side, legs: Sequence[Leg], brackets: Sequence[LeverageBracket], start: Decimal
) -> Iterator[Decimal]:
    """Yield the prices at which a leg passes into another bracket on the way; last comes zero, or one beyond all."""
    edges = {bracket.notional_cap / leg.quantity for leg in legs for bracket in brackets[:-1]}
    if side is Side.LONG:
        yield from sorted((edge for edge in edges if edge < start), reverse=True)
        yield Decimal(0)
    else:
        yield from sorted(edge for edge in edges if edge > start)
        yield 2 * max(start, *edges, start)


def _line(
    margin: CrossMargin, legs: Sequence[Leg], brackets: Sequence[LeverageBracket], inside: Decimal
) -> tuple[Decimal, Decimal]:
    """Return what is left over as a line, (at price zero, per unit of price), with the brackets of a price."""
    at_zero = margin.wallet_usdt + margin.other_unrealised_usdt - margin.other_maintenance_usdt
    slope = Decimal(0)
    for leg in legs:
        bracket = _bracket_at(leg.quantity * inside, brackets)
        at_zero += bracket.cumulative - leg.side.sign * leg.quantity * leg.entry_price
        slope += leg.side.sign * leg.quantity - leg.quantity * bracket.maintenance_rate
    return at_zero, slope


def _bracket_at(notional: Decimal, brackets: Sequence[LeverageBracket]) -> LeverageBracket:
    """Return the bracket of a notional; beyond the last cap, where a price may lead though no order can, the last."""
    for bracket in brackets:
        if notional <= bracket.notional_cap:
            return bracket
    return brackets[-1]
