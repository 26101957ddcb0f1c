"""What is wrong with a trade before it is sent, in plain words, with the number that would work."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor

from domain.brackets import nearest_stop, net_at, result_at, triggers_clear_of_mark, within_price_bounds
from domain.draft import Draft, Situation, draft_trade, expected_entry_price, worst_value_price
from domain.exact import to_decimal
from domain.sizing import entry_quantity, quantity_at_least, round_to_tick
from domain.terms import Basis, Side, TradeTerms
from domain.wording import format_price, format_quantity, format_usdt

SLOTS_PER_TRADE = 3  # stop, target, and room to move one of them
# Prices move while a person types: a suggestion keeps this much distance from the limit where it can.
_SLACK = Fraction(2, 1000)
_CENT = Decimal("0.01")
_SATOSHI = Decimal("0.00000001")


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a trade cannot be opened. field is a name of TradeTerms.

    suggestion is a value for that field which takes this reason away and brings no other; None when there is none.
    """

    field: str
    message: str
    suggestion: Decimal | str | None


@dataclass(frozen=True, slots=True)
class _Objection:
    """A refusal not yet proven: what is wrong, then advice with {} for the number that works, or else otherwise."""

    field: str
    wrong: str
    advice: str = ""
    otherwise: str = ""
    candidates: tuple[Decimal, ...] = ()


def refusals(terms: TradeTerms, situation: Situation) -> tuple[Refusal, ...]:
    """Return everything that keeps a trade from being opened, in the order of the form; empty = it may be sent.

    Every suggestion has been tried: entered in its field, that field is no longer refused and no other one newly is.
    """
    objections = _objections(terms, situation)
    fields = {objection.field for objection in objections}
    return tuple(_with_proven_number(objection, terms, situation, fields) for objection in objections)


def _with_proven_number(objection: _Objection, terms: TradeTerms, situation: Situation, fields: set[str]) -> Refusal:
    for candidate in objection.candidates:
        after = {left.field for left in _objections(_entered(terms, objection.field, candidate), situation)}
        if objection.field not in after and after <= fields:
            advice = objection.advice.format(_shown(objection.field, candidate))
            return Refusal(objection.field, f"{objection.wrong} {advice}", candidate)
    return Refusal(objection.field, f"{objection.wrong} {objection.otherwise}".strip(), None)


def _entered(terms: TradeTerms, field: str, value: Decimal) -> TradeTerms:
    """Return the terms with a suggestion entered in its field."""
    match field:
        case "amount_usdt":
            return replace(terms, amount_usdt=value)
        case "leverage":
            return replace(terms, leverage=int(value))
        case "tp_usdt":
            return replace(terms, tp_usdt=value)
        case "sl_usdt":
            return replace(terms, sl_usdt=value)
        case _:
            raise ValueError(f"no number is suggested for {field}")


def _shown(field: str, value: Decimal) -> str:
    if field == "leverage":
        return str(int(value))
    return format_usdt(value) if value == value.quantize(_CENT) else format_quantity(value)


def _objections(terms: TradeTerms, situation: Situation) -> list[_Objection]:
    """Return what is wrong, at most one objection a field except symbol."""
    unreadable = _unreadable(terms)
    if unreadable:
        return unreadable
    found = [*_symbol_objections(situation), *_reopen_objections(terms)]
    if _has_no_price(situation):
        return found
    leverage = _leverage_objection(terms, situation)
    amount = _amount_objection(terms, situation, leverage is not None)
    found += [objection for objection in (amount, leverage) if objection]
    draft = draft_trade(terms, situation)
    if draft is None and amount is not None and amount.candidates:
        # Judge the rest as if the amount were right, so that all that is wrong is said at once.
        terms = replace(terms, amount_usdt=amount.candidates[0])
        draft = draft_trade(terms, situation)
    if draft is not None:
        protection = (_target_objection(terms, draft, situation), _stop_objection(terms, draft, situation))
        found += [objection for objection in protection if objection]
    return found


def _unreadable(terms: TradeTerms) -> list[_Objection]:
    amounts = {"amount_usdt": terms.amount_usdt, "tp_usdt": terms.tp_usdt, "sl_usdt": terms.sl_usdt}
    found = [_Objection(field, "Please enter a number.") for field, value in amounts.items() if not value.is_finite()]
    if terms.leverage < 1:
        found.append(_Objection("leverage", "Leverage must be 1 or more.", "Enter {}.", "", (Decimal(1),)))
    return found


def _has_no_price(situation: Situation) -> bool:
    market = situation.market
    return min(market.bid, market.ask, market.mark) <= 0


def _symbol_objections(situation: Situation) -> Iterator[_Objection]:
    rules, market = situation.rules, situation.market
    if not rules.trading:
        yield _Objection(
            "symbol", "The exchange takes no new trades in this pair at the moment.", "", "Choose another."
        )
    if _has_no_price(situation):
        yield _Objection("symbol", "There is no price for this pair at the moment.", "", "Try again in a little while.")
    elif rules.market_take_bound and not _within_take_bound(situation):
        price, mark = format_price(market.ask, rules.tick_size), format_price(market.mark, rules.tick_size)
        yield _Objection(
            "symbol",
            f"This pair trades at {price}, too far from its fair price of {mark}: no order would be filled.",
            "",
            "Wait until the two are closer, or choose another pair.",
        )
    slots = situation.free_conditional_slots
    if slots is not None and slots < SLOTS_PER_TRADE:
        yield _Objection(
            "symbol",
            "The exchange holds as many stops and targets as it allows, so this trade could not be protected.",
            "",
            "Close another trade first.",
        )


def _within_take_bound(situation: Situation) -> bool:
    mark, bound = situation.market.mark, situation.rules.market_take_bound
    return abs(situation.market.ask - mark) <= mark * bound and abs(situation.market.bid - mark) <= mark * bound


def _reopen_objections(terms: TradeTerms) -> Iterator[_Objection]:
    rule = terms.reopen
    if rule.enabled and rule.delay.total_seconds() < 0:
        yield _Objection("reopen", "The wait before opening again cannot be negative.", "", "Enter 0 minutes or more.")
    elif rule.enabled and rule.maximum is not None and rule.maximum < 1:
        yield _Objection("reopen", "Opening again 0 times means never.", "", "Enter 1 or more, or switch it off.")


def _leverage_objection(terms: TradeTerms, situation: Situation) -> _Objection | None:
    taken, leverage = situation.other_side_leverage, terms.leverage
    if taken is not None and leverage != taken:
        return _Objection(
            "leverage",
            f"The other side of {terms.symbol} is open with {taken}×, and both sides share one leverage.",
            "Enter {}.",
            f"A trade with {taken}× is not possible with these numbers.",
            (Decimal(taken),),
        )
    if taken is not None or _leverage_allowed(terms, situation):
        return None
    return _Objection(
        "leverage",
        f"The exchange does not give {leverage}× for a position this large.",
        "Use {}× or less.",
        "Use a smaller amount.",
        tuple(_lower_leverages(terms, situation)),
    )


def _lower_leverages(terms: TradeTerms, situation: Situation) -> list[Decimal]:
    """Return the highest leverage that the exchange gives this amount, and some lower ones."""
    highest = situation.brackets[0].initial_leverage
    for leverage in range(min(terms.leverage - 1, highest), 0, -1):
        if _leverage_allowed(replace(terms, leverage=leverage), situation):
            return [Decimal(lower) for lower in dict.fromkeys((leverage, leverage * 3 // 4, leverage // 2, 1)) if lower]
    return []


def _leverage_allowed(terms: TradeTerms, situation: Situation) -> bool:
    price = expected_entry_price(terms.side, situation.market)
    quantity = entry_quantity(terms.amount_usdt, terms.leverage, price, situation.rules)
    cap = _largest_notional(terms.leverage, situation)
    return cap is not None and quantity * worst_value_price(terms.side, situation.market) <= cap


def _largest_notional(leverage: int, situation: Situation) -> Decimal | None:
    """Return how large a position may be with this leverage; None when no bracket gives it."""
    caps = [bracket.notional_cap for bracket in situation.brackets if bracket.initial_leverage >= leverage]
    return max(caps, default=None)


def _amount_objection(terms: TradeTerms, situation: Situation, leverage_refused: bool) -> _Objection | None:
    """Object to an amount that is too small, or above the tightest of order size, position size and free margin."""
    draft = draft_trade(terms, situation)
    if draft is None or _worth_at_worst(draft, situation) < situation.rules.min_notional:
        return _too_small(terms, situation)
    limits = _exceeded_limits(terms, draft, situation, leverage_refused)
    if not limits:
        return None
    most, wrong, otherwise = min(limits)
    return _Objection("amount_usdt", wrong, "Enter {} USDT or less.", otherwise, _downwards(most))


def _exceeded_limits(
    terms: TradeTerms, draft: Draft, situation: Situation, leverage_refused: bool
) -> list[tuple[Fraction, str, str]]:
    """Return each limit the trade is above: the amount it allows, what is wrong, what else helps."""
    rules, free = situation.rules, situation.balance.available_usdt
    margin_per_unit = Fraction(draft.entry.average_price) / terms.leverage
    limits = []
    if draft.entry.quantity > rules.max_quantity:
        wrong = f"One order can be at most {format_quantity(rules.max_quantity)} {rules.base_asset}."
        limits.append((Fraction(rules.max_quantity) * margin_per_unit, wrong, "Use a lower leverage."))
    if not leverage_refused and not _leverage_allowed(terms, situation):
        cap = _largest_notional(terms.leverage, situation) or Decimal(0)
        wrong = f"With {terms.leverage}× a position can be worth at most {format_usdt(cap)} USDT."
        quantity = Fraction(cap) / Fraction(worst_value_price(terms.side, situation.market))
        limits.append((quantity * margin_per_unit, wrong, "Choose another pair."))
    if draft.needed_margin > free:
        # The fee, and a mark on the wrong side of the entry, need margin beyond the amount.
        share = Fraction(draft.margin) / Fraction(draft.needed_margin)
        needed = format_usdt(draft.needed_margin)
        wrong = f"This trade needs {needed} USDT with its fee, and {format_usdt(free)} USDT are free."
        limits.append((Fraction(free) * share, wrong, "Close another trade first."))
    return limits


def _worth_at_worst(draft: Draft, situation: Situation) -> Decimal:
    """Return the position's value at the lowest of stop, entry and mark: closing it must not be too small either."""
    stop = draft.stop
    if draft.entry.side is Side.LONG and draft.farthest_stop is not None:
        stop = max(stop, draft.farthest_stop)
    return draft.entry.quantity * min(stop, draft.entry.average_price, situation.market.mark)


def _too_small(terms: TradeTerms, situation: Situation) -> _Objection:
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
    amounts = [_upwards(Fraction(quantity) * price / terms.leverage) for quantity in quantities]
    limit = f"{format_usdt(rules.min_notional)} USDT" if rules.min_notional else "the smallest size"
    return _Objection(
        "amount_usdt",
        f"This trade is too small: the exchange takes positions worth {limit} or more, also at the stop.",
        "Enter {} USDT or more.",
        f"About {format_usdt(amounts[0][0])} USDT would be large enough, but not with the other numbers.",
        tuple(amount for group in amounts for amount in group),
    )


def _target_objection(terms: TradeTerms, draft: Draft, situation: Situation) -> _Objection | None:
    """Object to a target that is no gain, that the mark has passed already, or that can never be reached."""
    rules, taker, entry = situation.rules, situation.rates.taker, draft.entry
    sign, tick = terms.side.sign, rules.tick_size
    smallest = _nearest_target(terms, draft, situation)
    if terms.tp_usdt <= 0 or sign * (draft.target - smallest) < 0:
        least = Fraction(result_at(entry, smallest, terms.basis, taker))
        if terms.tp_usdt <= 0:
            wrong = "The take-profit must be above 0."
        elif terms.basis is Basis.GROSS and net_at(entry, draft.target, taker) <= 0:
            lost = format_usdt(net_at(entry, draft.target, taker), signed=True)
            wrong = f"Fees would eat this profit: after fees the result would be {lost} USDT."
        else:
            wrong = "The take-profit is so near that it would trigger at once."
        return _Objection("tp_usdt", wrong, "Enter {} USDT or more.", "", _upwards(max(least, Fraction(_CENT))))
    if within_price_bounds(draft.target, rules):
        return None
    bound = rules.max_price if terms.side is Side.LONG else max(rules.min_price, tick)
    farthest = round_to_tick(bound, tick, up=terms.side is Side.SHORT)
    most = Fraction(result_at(entry, farthest, terms.basis, taker))
    wrong = f"The price can never get there: it would have to pass {format_price(farthest, tick)}."
    return _Objection("tp_usdt", wrong, "Enter {} USDT or less.", "Use a larger amount.", _downwards(most))


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


def _stop_objection(terms: TradeTerms, draft: Draft, situation: Situation) -> _Objection | None:
    """Object to a stop nearer than fees and a tick, or behind liquidation, zero or the symbol's bounds."""
    rules, taker, entry = situation.rules, situation.rates.taker, draft.entry
    sign, tick = terms.side.sign, rules.tick_size
    nearest = _nearest_allowed_stop(draft, situation)
    farthest = draft.farthest_stop
    if sign * (nearest - draft.stop) < 0:
        least = Fraction(-result_at(entry, nearest, terms.basis, taker))
        return _Objection(
            "sl_usdt",
            "The stop-loss is too small: fees and the smallest price step already cost about that much."
            if triggers_clear_of_mark(terms.side, nearest_stop(entry, tick), None, situation.market.mark, tick)
            else "The stop-loss is so near that it would trigger at once.",
            "Enter {} USDT or more.",
            "No stop fits between the entry and the liquidation price. Use a lower leverage or a smaller amount.",
            _upwards(least),
        )
    if farthest is None or sign * (draft.stop - farthest) >= 0:
        return None
    most = Fraction(-result_at(entry, farthest, terms.basis, taker))
    wrong, otherwise = _too_far(draft, situation)
    return _Objection("sl_usdt", wrong, "Enter {} USDT or less.", otherwise, _downwards(most))


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


def _upwards(least: Fraction) -> tuple[Decimal, ...]:
    """Return numbers not below least, the comfortable one first."""
    return (
        _rounded(least * (1 + _SLACK), _CENT, up=True),
        _rounded(least, _CENT, up=True),
        _rounded(least, _SATOSHI, up=True),
    )


def _downwards(most: Fraction) -> tuple[Decimal, ...]:
    """Return numbers above zero and not above most, the comfortable one first."""
    numbers = (
        _rounded(most * (1 - _SLACK), _CENT, up=False),
        _rounded(most, _CENT, up=False),
        _rounded(most, _SATOSHI, up=False),
    )
    return tuple(number for number in numbers if number > 0)


def _rounded(value: Fraction, unit: Decimal, up: bool) -> Decimal:
    steps = value / Fraction(unit)
    return to_decimal((ceil(steps) if up else floor(steps)) * Fraction(unit))
