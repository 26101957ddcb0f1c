"""Objections to the size of a trade: its leverage and its amount."""

from decimal import Decimal
from fractions import Fraction
from math import floor

from domain.preview.draft import Draft, Situation, draft_trade, expected_entry_price, worst_value_price
from domain.preview.objection import Bound, Objection, downwards, upwards
from domain.pricing.sizing import entry_quantity, quantity_at_least
from domain.reopening import EntryRefusal
from domain.terms import Basis, Side, TradeTerms
from domain.wording import format_quantity, format_usdt


def leverage_objection(terms: TradeTerms, situation: Situation) -> Objection | None:
    """Object to a leverage other than the live other side's, or more than the exchange gives a position this large."""
    taken, leverage = situation.other_side_leverage, terms.leverage
    if taken is not None and leverage != taken:
        return Objection(
            "leverage",
            f"The other side of {terms.symbol} is open with {taken}×, and both sides share one leverage.",
            Bound.EXACTLY,
            f"A trade with {taken}× is not possible with these numbers.",
            (Decimal(taken),),
            EntryRefusal.LEVERAGE_TAKEN,
        )
    if taken is not None or _leverage_allowed(terms, situation):
        return None
    return Objection(
        "leverage",
        f"The exchange does not give {leverage}× for a position this large.",
        Bound.AT_MOST,
        "Use a smaller amount.",
        tuple(_lower_leverages(terms, situation)),
    )


def _lower_leverages(terms: TradeTerms, situation: Situation) -> list[Decimal]:
    """Return the highest leverage that the exchange gives this amount, and some lower ones."""
    if terms.amount_usdt <= 0:
        return []
    price = Fraction(expected_entry_price(terms.side, situation.market))
    value_per_leverage = Fraction(terms.amount_usdt) * Fraction(worst_value_price(terms.side, situation.market)) / price
    highest = max(
        min(bracket.initial_leverage, terms.leverage - 1, floor(Fraction(bracket.notional_cap) / value_per_leverage))
        for bracket in situation.brackets
    )
    return [Decimal(lower) for lower in dict.fromkeys((highest, highest * 3 // 4, highest // 2, 1)) if lower > 0]


def _leverage_allowed(terms: TradeTerms, situation: Situation) -> bool:
    price = expected_entry_price(terms.side, situation.market)
    quantity = entry_quantity(terms.amount_usdt, terms.leverage, price, situation.rules)
    cap = _largest_notional(terms.leverage, situation)
    return cap is not None and quantity * worst_value_price(terms.side, situation.market) <= cap


def _largest_notional(leverage: int, situation: Situation) -> Decimal | None:
    """Return how large a position may be with this leverage; None when no bracket gives it."""
    caps = [bracket.notional_cap for bracket in situation.brackets if bracket.initial_leverage >= leverage]
    return max(caps, default=None)


def amount_objection(terms: TradeTerms, situation: Situation, leverage_refused: bool) -> Objection | None:
    """Object to an amount that is too small, or above the tightest of order size, position size and free margin."""
    draft = draft_trade(terms, situation)
    if draft is None or _worth_at_worst(draft, situation) < situation.rules.min_notional:
        return _too_small(terms, situation)
    limits = _exceeded_limits(terms, draft, situation, leverage_refused)
    if not limits:
        return None
    most, wrong, otherwise, cause = min(limits)
    return Objection("amount_usdt", wrong, Bound.AT_MOST, otherwise, downwards(most), cause)


def _exceeded_limits(
    terms: TradeTerms, draft: Draft, situation: Situation, leverage_refused: bool
) -> list[tuple[Fraction, str, str, EntryRefusal]]:
    """Return each limit the trade is above: the amount it allows, what is wrong, what else helps, and its kind."""
    rules, free = situation.rules, situation.balance.available_usdt
    margin_per_unit = Fraction(draft.entry.average_price) / terms.leverage
    limits, lasting = [], EntryRefusal.TERMS_REFUSED
    if draft.entry.quantity > rules.max_quantity:
        wrong = f"One order can be at most {format_quantity(rules.max_quantity)} {rules.base_asset}."
        limits.append((Fraction(rules.max_quantity) * margin_per_unit, wrong, "Use a lower leverage.", lasting))
    if not leverage_refused and not _leverage_allowed(terms, situation):
        cap = _largest_notional(terms.leverage, situation) or Decimal(0)
        wrong = f"With {terms.leverage}× a position can be worth at most {format_usdt(cap)} USDT."
        quantity = Fraction(cap) / Fraction(worst_value_price(terms.side, situation.market))
        limits.append((quantity * margin_per_unit, wrong, "Choose another pair.", lasting))
    if draft.needed_margin > free:
        # The fee, and a mark on the wrong side of the entry, need margin beyond the amount.
        share = Fraction(draft.margin) / Fraction(draft.needed_margin)
        needed = format_usdt(draft.needed_margin)
        wrong = f"This trade needs {needed} USDT with its fee, and {format_usdt(free)} USDT are free."
        helps = "Use a higher leverage, or close another trade first."
        limits.append((Fraction(free) * share, wrong, helps, EntryRefusal.MARGIN_SHORT))
    return limits


def _worth_at_worst(draft: Draft, situation: Situation) -> Decimal:
    """Return the position's value at the lowest of stop, entry and mark: closing it must not be too small either."""
    stop = draft.stop
    if draft.entry.side is Side.LONG and draft.farthest_stop is not None:
        stop = max(stop, draft.farthest_stop)
    return draft.entry.quantity * min(stop, draft.entry.average_price, situation.market.mark)


def _too_small(terms: TradeTerms, situation: Situation) -> Objection:
    """Object to an amount whose position, at the stop, is below the exchange's minimum."""
    rules, fee = situation.rules, Fraction(situation.rates.taker)
    price = Fraction(expected_entry_price(terms.side, situation.market))
    minimum = Fraction(rules.min_notional)
    needed = minimum / min(price, Fraction(situation.market.mark))
    if terms.side is Side.LONG and terms.sl_usdt > 0:
        # The value at the stop is (entry value with its fee − sl) / (1 − fee) net, and entry value − sl gross.
        net = terms.basis is Basis.NET
        at_stop = minimum * (1 - fee) + Fraction(terms.sl_usdt) if net else minimum + Fraction(terms.sl_usdt)
        needed = max(needed, at_stop / (price * (1 + fee) if net else price))
    # One step more, should the stop have been held back by liquidation or rounding.
    quantities = (quantity_at_least(needed, rules), quantity_at_least(needed, rules) + rules.step_size)
    amounts = [upwards(Fraction(quantity) * price / terms.leverage) for quantity in quantities]
    least, free = format_usdt(amounts[0][0]), situation.balance.available_usdt
    limit = f"{format_usdt(rules.min_notional)} USDT" if rules.min_notional else "the smallest size"
    return Objection(
        "amount_usdt",
        f"This trade is too small: the exchange takes positions worth {limit} or more, also at the stop.",
        Bound.AT_LEAST,
        f"That takes a stake of {least} USDT, and {format_usdt(free)} USDT are free."
        if amounts[0][0] > free
        else f"A stake of {least} USDT would do, but not with the other numbers.",
        tuple(amount for group in amounts for amount in group),
    )
