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
    exit_number,
    exit_usdt,
    expected_trade,
    margin_from,
)
from domain.preview.draft import Situation
from domain.preview.objection import Bound, Objection
from domain.preview.refusals import Refusal, objections, refusal_of
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
class RequestedTrade:
    """The fields of the form: amount in measure and amount_unit, target and stop in exit_unit.

    said_as_prices: target and stop are USDT because they were typed as prices of another pair, and are said as prices
    of this one.
    """

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
    said_as_prices: bool = False

    @property
    def needs_quote(self) -> bool:
        """Whether prices or the free margin are needed to say what is requested in USDT."""
        return self.exit_unit is not ExitUnit.USDT or self.amount_unit is AmountUnit.PERCENT_FREE


def requested_terms(requested: RequestedTrade, quote: Quote | None) -> TradeTerms | None:
    """Return the terms that the fields spell, wrong ones included.

    Args:
        requested: what is in the fields.
        quote: of the pair, or None when it is not known.

    Returns:
        None where a quote is needed and not known, and for numbers that nothing can be made of (requested_refusals).
        Where the amount buys nothing, exits that count from the trade are 1 USDT each: the refusal of the amount is
        what matters then.
    """
    if (requested.needs_quote and quote is None) or unreadable(requested):
        return None
    free = None if quote is None else max(quote.free_usdt, Decimal(0))
    margin = margin_from(requested.amount, requested.measure, requested.amount_unit, requested.leverage, free)
    if margin is None:
        return None
    tp_usdt, sl_usdt = requested.target, requested.stop
    if requested.exit_unit is not ExitUnit.USDT and quote is not None:
        trade = expected_trade(requested.side, margin, requested.leverage, requested.basis, quote)
        tp_usdt = _ANY_EXIT if trade is None else exit_usdt(requested.target, requested.exit_unit, trade, won=True)
        sl_usdt = _ANY_EXIT if trade is None else exit_usdt(requested.stop, requested.exit_unit, trade, won=False)
    if requested.exits.targets:
        tp_usdt = requested.exits.targets[-1].at_usdt  # the last one takes the place of the target for all of it
    return TradeTerms(
        requested.symbol,
        requested.side,
        margin,
        requested.leverage,
        tp_usdt,
        sl_usdt,
        requested.basis,
        requested.reopen,
        requested.exits,
    )


def requested_refusals(requested: RequestedTrade, situation: Situation) -> tuple[Refusal, ...]:
    """Return everything that keeps a requested trade from being opened, each number as its field would be filled in.

    The numbers belong together: with all of them entered nothing is left but what has none.
    """
    refused = unreadable(requested)
    if refused:
        return refused
    quote = quote_of(situation)
    found = solve(
        requested,
        lambda now: _objections(now, situation, quote),
        lambda now, objection: _numbers(now, objection, quote),
    )

    def shown(field: str, number: Decimal, bound: Bound) -> str:
        if requested.said_as_prices and field in _EXITS:
            return _shown_as_price(number, field, bound, requested, quote)
        return _shown(number, field, bound, requested, situation.rules)

    return tuple(refusal_of(one, shown) for one in found)


def quote_of(situation: Situation) -> Quote:
    """Return the prices and the free margin by which a requested trade is turned into USDT."""
    return Quote(situation.market, situation.rules, situation.rates.taker, situation.balance.available_usdt)


def number_words(number: Decimal, field: str, requested: RequestedTrade, rules: SymbolRules) -> str:
    """Return a number with the unit of its field: "20×", "150.00 USDT", "1.25 %"; a price to the pair's tick."""
    if field == "leverage":
        return f"{int(number)}×"
    if field in _EXITS and requested.exit_unit is ExitUnit.PRICE:
        return format_price(number, rules.tick_size)
    in_usdt = requested.exit_unit is ExitUnit.USDT if field in _EXITS else requested.amount_unit is AmountUnit.USDT
    if in_usdt:
        return f"{format_usdt(number) if decimals_of(number) <= 2 else format_quantity(number)} USDT"
    return f"{format_quantity(number)}{NARROW_SPACE}%"


def unreadable(requested: RequestedTrade) -> tuple[Refusal, ...]:
    """Return why a requested trade cannot be turned into terms at all, whatever the prices; empty when it can."""
    numbers = {"amount_usdt": requested.amount, "tp_usdt": requested.target, "sl_usdt": requested.stop}
    wrong = ((field, number_refusal(number)) for field, number in numbers.items())
    found = [Refusal(field, words) for field, words in wrong if words is not None]
    if requested.leverage < 1:
        found.append(Refusal("leverage", "Leverage must be 1 or more.", Decimal(1), shown="1×"))
    return tuple(found)


def _shown(number: Decimal, field: str, bound: Bound, requested: RequestedTrade, rules: SymbolRules) -> str:
    """Return a number and which others work too; of a price, on which side of it they lie."""
    words = number_words(number, field, requested, rules)
    if field not in _EXITS or requested.exit_unit is not ExitUnit.PRICE or bound is Bound.EXACTLY:
        return f"{words} {bound}".strip()
    further = (bound is Bound.AT_LEAST) == (field == "tp_usdt")
    return f"{words} {'or higher' if further == (requested.side is Side.LONG) else 'or lower'}"


def _shown_as_price(number: Decimal, field: str, bound: Bound, requested: RequestedTrade, quote: Quote) -> str:
    """Return where an exit in USDT lies; in USDT where the amount buys nothing."""
    terms = requested_terms(requested, quote)
    trade = None if terms is None else _trade(requested, terms, quote)
    if trade is None:
        return _shown(number, field, bound, requested, quote.rules)
    price = exit_number(number, ExitUnit.PRICE, trade, won=field == "tp_usdt")
    return _shown(price, field, bound, replace(requested, exit_unit=ExitUnit.PRICE), quote.rules)


def _objections(requested: RequestedTrade, situation: Situation, quote: Quote) -> list[Objection]:
    terms = requested_terms(requested, quote)
    assert terms is not None, "the numbers can be read and the quote is known"
    found = objections(terms, situation)
    if requested.exit_unit is ExitUnit.USDT or _trade(requested, terms, quote) is not None:
        return found
    return [one for one in found if one.field not in _EXITS]


def _numbers(requested: RequestedTrade, objection: Objection, quote: Quote) -> Iterator[tuple[Decimal, RequestedTrade]]:
    """Return what may be entered against an objection, in the unit of its field."""
    rounding = ROUND_CEILING if objection.bound is Bound.AT_LEAST else ROUND_FLOOR
    for candidate in objection.candidates:
        if objection.field == "leverage":
            yield candidate, replace(requested, leverage=int(candidate))
        elif objection.field == "amount_usdt":
            for number in _amounts(requested, candidate, quote, rounding):
                yield number, replace(requested, amount=number)
        else:
            won = objection.field == "tp_usdt"
            for number in _exits(requested, candidate, quote, won, objection.bound):
                yield number, replace(requested, target=number) if won else replace(requested, stop=number)


def _amounts(requested: RequestedTrade, margin: Decimal, quote: Quote, rounding: str) -> Iterator[Decimal]:
    free = max(quote.free_usdt, Decimal(0))
    amount = amount_from(margin, requested.measure, requested.amount_unit, requested.leverage, free)
    if amount is not None:
        yield rounded(amount, AMOUNT_DECIMALS[requested.amount_unit], rounding)
        yield rounded(amount, _FINEST_DECIMALS, rounding)


def _exits(requested: RequestedTrade, usdt: Decimal, quote: Quote, won: bool, bound: Bound) -> Iterator[Decimal]:
    terms = requested_terms(requested, quote)
    trade = None if terms is None else _trade(requested, terms, quote)
    if requested.exit_unit is ExitUnit.USDT:
        yield usdt
    elif trade is not None and requested.exit_unit is ExitUnit.PRICE:
        # The price of an amount is rounded in the trade's favour, which need not be towards more of it.
        further = (1 if bound is Bound.AT_LEAST else -1) * (1 if won else -1) * requested.side.sign
        price, tick = exit_number(usdt, requested.exit_unit, trade, won), quote.rules.tick_size
        yield from (found for found in (price + further * tick * step for step in range(_TICKS_TRIED)) if found > 0)
    elif trade is not None:
        number = max(exit_number(usdt, requested.exit_unit, trade, won), Decimal(0))
        for decimals in (PERCENT_DECIMALS, _FINEST_DECIMALS):
            yield rounded(number, decimals, ROUND_CEILING if bound is Bound.AT_LEAST else ROUND_FLOOR)


def _trade(requested: RequestedTrade, terms: TradeTerms, quote: Quote) -> ExpectedTrade | None:
    return expected_trade(requested.side, terms.amount_usdt, requested.leverage, requested.basis, quote)
