"""What the form's fields say, in the units they are written in, and the numbers that work there."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from domain.exit_plan import NO_EXITS, ExitPlan
from domain.numbers import number_refusal
from domain.preview.amounts import (
    AmountMeasure,
    AmountUnit,
    ExitUnit,
    ExpectedTrade,
    Quote,
    amount_from,
    exit_usdt,
    exit_wish,
    expected_trade,
    margin_from,
)
from domain.preview.draft import Situation
from domain.preview.objection import Bound, Objection
from domain.preview.refusals import Refusal, objections, told
from domain.preview.suggestions import solve
from domain.terms import Basis, ReopenRule, Side, SymbolRules, TradeTerms
from domain.wording import NARROW_SPACE, decimals_of, format_price, format_quantity, format_usdt, rounded

AMOUNT_DECIMALS = {AmountUnit.USDT: 2, AmountUnit.PERCENT_FREE: 4}
PERCENT_DECIMALS = 4
_FINEST_DECIMALS = 8  # where the field's usual decimals are too coarse
_TICKS_TRIED = 3
_EXITS = ("tp_usdt", "sl_usdt")
_ANY_EXIT = Decimal(1)  # stands for an exit that cannot be reckoned, because the amount buys nothing


@dataclass(frozen=True, slots=True)
class TradeWish:
    """The fields of the form: amount in measure and amount_unit, target and stop in exit_unit."""

    symbol: str
    side: Side
    amount: Decimal
    measure: AmountMeasure
    amount_unit: AmountUnit
    leverage: int
    target: Decimal
    stop: Decimal
    exit_unit: ExitUnit
    basis: Basis
    reopen: ReopenRule
    exits: ExitPlan = NO_EXITS

    @property
    def needs_quote(self) -> bool:
        """Whether prices or the free margin are needed to say what is wished in USDT."""
        return self.exit_unit is not ExitUnit.USDT or self.amount_unit is AmountUnit.PERCENT_FREE


def wished_terms(wish: TradeWish, quote: Quote | None) -> TradeTerms | None:
    """Return the terms that the fields spell, wrong ones included.

    Args:
        wish: what is in the fields.
        quote: of the wish's pair, or None when it is not known.

    Returns:
        None where a quote is needed and not known, and for numbers that nothing can be made of (wish_refusals). Where
        the amount buys nothing, exits that count from the trade are 1 USDT each: the refusal of the amount is what
        matters then.
    """
    if (wish.needs_quote and quote is None) or unreadable(wish):
        return None
    free = None if quote is None else max(quote.free_usdt, Decimal(0))
    margin = margin_from(wish.amount, wish.measure, wish.amount_unit, wish.leverage, free)
    if margin is None:
        return None
    tp_usdt, sl_usdt = wish.target, wish.stop
    if wish.exit_unit is not ExitUnit.USDT and quote is not None:
        trade = expected_trade(wish.side, margin, wish.leverage, wish.basis, quote)
        tp_usdt = _ANY_EXIT if trade is None else exit_usdt(wish.target, wish.exit_unit, trade, won=True)
        sl_usdt = _ANY_EXIT if trade is None else exit_usdt(wish.stop, wish.exit_unit, trade, won=False)
    if wish.exits.targets:
        tp_usdt = wish.exits.targets[-1].at_usdt  # the last one takes the place of the target for all of it
    return TradeTerms(
        wish.symbol, wish.side, margin, wish.leverage, tp_usdt, sl_usdt, wish.basis, wish.reopen, wish.exits
    )


def wish_refusals(wish: TradeWish, situation: Situation) -> tuple[Refusal, ...]:
    """Return everything that keeps a wish from being opened, each number as its field would be filled in.

    The numbers belong together: with all of them entered nothing is left but what has none.
    """
    refused = unreadable(wish)
    if refused:
        return refused
    quote = quote_of(situation)
    found = solve(
        wish,
        lambda now: _objections(now, situation, quote),
        lambda now, objection: _numbers(now, objection, quote),
    )
    return tuple(
        told(one, lambda field, number, bound: _shown(number, field, bound, wish, situation.rules)) for one in found
    )


def quote_of(situation: Situation) -> Quote:
    """Return the prices and the free margin by which a wish is turned into USDT."""
    return Quote(situation.market, situation.rules, situation.rates.taker, situation.balance.available_usdt)


def number_words(number: Decimal, field: str, wish: TradeWish, rules: SymbolRules) -> str:
    """Return a number with the unit of its field: "20×", "150.00 USDT", "1.25 %"; a price to the pair's tick."""
    if field == "leverage":
        return f"{int(number)}×"
    if field in _EXITS and wish.exit_unit is ExitUnit.PRICE:
        return format_price(number, rules.tick_size)
    in_usdt = wish.exit_unit is ExitUnit.USDT if field in _EXITS else wish.amount_unit is AmountUnit.USDT
    if in_usdt:
        return f"{format_usdt(number) if decimals_of(number) <= 2 else format_quantity(number)} USDT"
    return f"{format_quantity(number)}{NARROW_SPACE}%"


def unreadable(wish: TradeWish) -> tuple[Refusal, ...]:
    """Return why a wish cannot be turned into terms at all, whatever the prices; empty when it can."""
    numbers = {"amount_usdt": wish.amount, "tp_usdt": wish.target, "sl_usdt": wish.stop}
    wrong = ((field, number_refusal(number)) for field, number in numbers.items())
    found = [Refusal(field, words) for field, words in wrong if words is not None]
    if wish.leverage < 1:
        found.append(Refusal("leverage", "Leverage must be 1 or more.", Decimal(1), shown="1×"))
    return tuple(found)


def _shown(number: Decimal, field: str, bound: Bound, wish: TradeWish, rules: SymbolRules) -> str:
    """Return a number and which others work too; of a price, on which side of it they lie."""
    words = number_words(number, field, wish, rules)
    if field not in _EXITS or wish.exit_unit is not ExitUnit.PRICE or bound is Bound.EXACTLY:
        return f"{words} {bound}".strip()
    further = (bound is Bound.AT_LEAST) == (field == "tp_usdt")
    return f"{words} {'or higher' if further == (wish.side is Side.LONG) else 'or lower'}"


def _objections(wish: TradeWish, situation: Situation, quote: Quote) -> list[Objection]:
    terms = wished_terms(wish, quote)
    assert terms is not None, "the numbers can be read and the quote is known"
    found = objections(terms, situation)
    if wish.exit_unit is ExitUnit.USDT or _trade(wish, terms, quote) is not None:
        return found
    return [one for one in found if one.field not in _EXITS]


def _numbers(wish: TradeWish, objection: Objection, quote: Quote) -> Iterator[tuple[Decimal, TradeWish]]:
    """Return what may be entered against an objection, in the unit of its field."""
    rounding = ROUND_CEILING if objection.bound is Bound.AT_LEAST else ROUND_FLOOR
    for candidate in objection.candidates:
        if objection.field == "leverage":
            yield candidate, replace(wish, leverage=int(candidate))
        elif objection.field == "amount_usdt":
            for number in _amounts(wish, candidate, quote, rounding):
                yield number, replace(wish, amount=number)
        else:
            won = objection.field == "tp_usdt"
            for number in _exits(wish, candidate, quote, won, objection.bound):
                yield number, replace(wish, target=number) if won else replace(wish, stop=number)


def _amounts(wish: TradeWish, margin: Decimal, quote: Quote, rounding: str) -> Iterator[Decimal]:
    free = max(quote.free_usdt, Decimal(0))
    amount = amount_from(margin, wish.measure, wish.amount_unit, wish.leverage, free)
    if amount is not None:
        yield rounded(amount, AMOUNT_DECIMALS[wish.amount_unit], rounding)
        yield rounded(amount, _FINEST_DECIMALS, rounding)


def _exits(wish: TradeWish, usdt: Decimal, quote: Quote, won: bool, bound: Bound) -> Iterator[Decimal]:
    terms = wished_terms(wish, quote)
    trade = None if terms is None else _trade(wish, terms, quote)
    if wish.exit_unit is ExitUnit.USDT:
        yield usdt
    elif trade is not None and wish.exit_unit is ExitUnit.PRICE:
        # The price of an amount is rounded in the trade's favour, which need not be towards more of it.
        further = (1 if bound is Bound.AT_LEAST else -1) * (1 if won else -1) * wish.side.sign
        price, tick = exit_wish(usdt, wish.exit_unit, trade, won), quote.rules.tick_size
        yield from (found for found in (price + further * tick * step for step in range(_TICKS_TRIED)) if found > 0)
    elif trade is not None:
        number = max(exit_wish(usdt, wish.exit_unit, trade, won), Decimal(0))
        for decimals in (PERCENT_DECIMALS, _FINEST_DECIMALS):
            yield rounded(number, decimals, ROUND_CEILING if bound is Bound.AT_LEAST else ROUND_FLOOR)


def _trade(wish: TradeWish, terms: TradeTerms, quote: Quote) -> ExpectedTrade | None:
    return expected_trade(wish.side, terms.amount_usdt, wish.leverage, wish.basis, quote)
