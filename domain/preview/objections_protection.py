"""Objections to the target and the stop of a trade."""

from decimal import Decimal
from fractions import Fraction

from domain.preview.draft import Draft, Situation
from domain.preview.objection import Bound, Objection, downwards, upwards
from domain.pricing.brackets import nearest_stop, net_at, result_at, within_price_bounds
from domain.pricing.sizing import round_to_tick
from domain.reopening import EntryRefusal
from domain.terms import Basis, Side, TradeTerms
from domain.wording import format_price, format_usdt


def target_objection(terms: TradeTerms, draft: Draft, situation: Situation) -> Objection | None:
    """Object to a target that is no gain, that the mark has passed already, or that can never be reached."""
    rules, taker, entry = situation.rules, situation.rates.taker, draft.entry
    sign, tick = terms.side.sign, rules.tick_size
    smallest = _nearest_target(terms, draft, situation)
    if terms.tp_usdt <= 0 or sign * (draft.target - smallest) < 0:
        least, cause = Fraction(result_at(entry, smallest, terms.basis, taker)), EntryRefusal.TERMS_REFUSED
        if terms.tp_usdt <= 0:
            wrong = "This take-profit would be no profit."
        elif terms.basis is Basis.GROSS and net_at(entry, draft.target, taker) <= 0:
            lost = format_usdt(net_at(entry, draft.target, taker), signed=True)
            wrong = f"Fees would eat this profit: after fees the result would be {lost} USDT."
        else:
            wrong, cause = "The take-profit is so near that it would trigger at once.", EntryRefusal.PRICES_APART
        return Objection("tp_usdt", wrong, Bound.AT_LEAST, "", upwards(max(least, Fraction(1, 100))), cause)
    if within_price_bounds(draft.target, rules):
        return None
    bound = rules.max_price if terms.side is Side.LONG else max(rules.min_price, tick)
    farthest = round_to_tick(bound, tick, up=terms.side is Side.SHORT)
    most = Fraction(result_at(entry, farthest, terms.basis, taker))
    wrong = f"The price can never get there: it would have to pass {format_price(farthest, tick)}."
    return Objection("tp_usdt", wrong, Bound.AT_MOST, "Use a larger amount.", downwards(most))


def _nearest_target(terms: TradeTerms, draft: Draft, situation: Situation) -> Decimal:
    """Return the nearest tick that is a tick past entry and mark and, on the gross basis, earns more than the fees."""
    tick, entry, side = situation.rules.tick_size, draft.entry, terms.side
    taker, up = situation.rates.taker, side is Side.LONG
    passed = max if up else min
    nearest = round_to_tick(passed(entry.average_price, situation.market.mark) + side.sign * tick, tick, up)
    if terms.basis is Basis.NET:
        return nearest
    even = Fraction(entry.average_price) * entry.side.sign + Fraction(entry.commission_usdt) / Fraction(entry.quantity)
    earning = round_to_tick(even / (side.sign - Fraction(taker)), tick, up)
    if net_at(entry, earning, taker) <= 0:
        earning += side.sign * tick
    return passed(nearest, earning)


def stop_objection(terms: TradeTerms, draft: Draft, situation: Situation) -> Objection | None:
    """Object to a stop nearer than fees and a tick, or behind liquidation, zero or the symbol's bounds."""
    rules, taker, entry = situation.rules, situation.rates.taker, draft.entry
    sign, tick = terms.side.sign, rules.tick_size
    nearest, farthest = _nearest_allowed_stop(draft, situation), draft.farthest_stop
    if sign * (nearest - draft.stop) < 0:
        wrong, cause = "The stop-loss is so near that it would trigger at once.", EntryRefusal.PRICES_APART
        if sign * (nearest_stop(entry, tick) - draft.stop) < 0:
            wrong = "The stop-loss is too near: fees and the smallest price step already cost about that much."
            cause = EntryRefusal.TERMS_REFUSED
            if terms.sl_usdt <= 0:
                wrong = "This stop-loss would be no loss, so it would trigger at once."
        least = Fraction(-result_at(entry, nearest, terms.basis, taker))
        otherwise = (
            "No stop fits between the entry and the liquidation price. Use a lower leverage or a smaller amount."
        )
        return Objection("sl_usdt", wrong, Bound.AT_LEAST, otherwise, upwards(least), cause)
    if farthest is None or sign * (draft.stop - farthest) >= 0:
        return None
    most = Fraction(-result_at(entry, farthest, terms.basis, taker))
    wrong, otherwise = _too_far(draft, situation)
    return Objection("sl_usdt", wrong, Bound.AT_MOST, otherwise, downwards(most))


def _too_far(draft: Draft, situation: Situation) -> tuple[str, str]:
    """Return why the stop cannot be so far, and what helps when no stop-loss does."""
    tick, liquidation = situation.rules.tick_size, draft.liquidation
    if liquidation is not None and draft.entry.side.sign * (draft.stop - liquidation) < tick:
        price = format_price(liquidation, tick)
        wrong = f"Your stop is behind the liquidation price: the exchange would close this trade at {price} first."
        return wrong, "Use a smaller amount."
    return "The price can never get to this stop, so it would not protect you.", "Use a larger amount."


def _nearest_allowed_stop(draft: Draft, situation: Situation) -> Decimal:
    """Return the nearest tick that is a tick on the losing side of both entry and mark."""
    tick, side = situation.rules.tick_size, draft.entry.side
    at_mark = round_to_tick(situation.market.mark - side.sign * tick, tick, up=side is Side.SHORT)
    at_entry = nearest_stop(draft.entry, tick)
    return min(at_mark, at_entry) if side is Side.LONG else max(at_mark, at_entry)
