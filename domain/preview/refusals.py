"""What is wrong with a trade before it is sent, in plain words, with the number that would work."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.numbers import number_refusal
from domain.preview.draft import Situation, draft_trade
from domain.preview.objection import Bound, Objection
from domain.preview.objections_protection import stop_objection, target_objection
from domain.preview.objections_size import amount_objection, leverage_objection
from domain.preview.suggestions import Solved, solve
from domain.reopening import EntryRefusal
from domain.terms import TradeTerms
from domain.wording import decimals_of, format_price, format_quantity, format_usdt

SLOTS_PER_TRADE = 3  # stop, target, and room to move one of them


@dataclass(frozen=True, slots=True)
class Refusal:
    """One reason why a trade cannot be opened. field is a name of TradeTerms.

    suggestion is a value for that field which, with those of the other fields, takes this reason away and brings no
    other, and bound says which others do too; None when there is none. shown is how the message writes them: "12.50
    USDT or more". A form whose field is written in another unit replaces it.
    cause tells whether it may pass by itself (cause.is_passing), for an entry that is tried again.
    """

    field: str
    wrong: str
    suggestion: Decimal | None = None
    cause: EntryRefusal = EntryRefusal.TERMS_REFUSED
    bound: Bound = Bound.EXACTLY
    shown: str = ""

    @property
    def message(self) -> str:
        """What is wrong, and the number that works."""
        return f"{self.wrong} Enter {self.shown}." if self.shown else self.wrong


def refusals(terms: TradeTerms, situation: Situation) -> tuple[Refusal, ...]:
    """Return everything that keeps a trade from being opened, in the order of the form; empty = it may be sent.

    The suggestions belong together: with all of them entered nothing is left but what has none.
    """
    found = solve(terms, lambda requested: objections(requested, situation), _numbers_of_terms)
    return tuple(refusal_of(one, _shown_usdt) for one in found)


def _numbers_of_terms(terms: TradeTerms, objection: Objection) -> Iterator[tuple[Decimal, TradeTerms]]:
    for number in objection.candidates:
        yield number, _entered(terms, objection.field, number)


def refusal_of(one: Solved, shown: Callable[[str, Decimal, Bound], str]) -> Refusal:
    """Return a solved objection in words; shown writes the number of a field and which others work too."""
    objection = one.objection
    if one.number is None:
        return Refusal(objection.field, f"{objection.wrong} {objection.otherwise}".strip(), cause=objection.cause)
    words = shown(objection.field, one.number, one.bound)
    return Refusal(objection.field, objection.wrong, one.number, objection.cause, one.bound, words)


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


def _shown_usdt(field: str, value: Decimal, bound: Bound) -> str:
    number = f"{int(value)}×"
    if field != "leverage":
        number = f"{format_usdt(value) if decimals_of(value) <= 2 else format_quantity(value)} USDT"
    return f"{number} {bound}".strip()


def objections(terms: TradeTerms, situation: Situation) -> list[Objection]:
    """Return what is wrong with these very terms, at most one objection a field except symbol."""
    unreadable = _unreadable(terms)
    if unreadable:
        return unreadable
    found = [*_symbol_objections(situation), *_reopen_objections(terms)]
    if _has_no_price(situation):
        return found
    leverage = leverage_objection(terms, situation)
    amount = amount_objection(terms, situation, leverage is not None)
    found += [objection for objection in (amount, leverage) if objection]
    draft = draft_trade(terms, situation)
    if draft is not None:
        protection = (target_objection(terms, draft, situation), stop_objection(terms, draft, situation))
        found += [objection for objection in protection if objection]
    return found


def _unreadable(terms: TradeTerms) -> list[Objection]:
    amounts = {"amount_usdt": terms.amount_usdt, "tp_usdt": terms.tp_usdt, "sl_usdt": terms.sl_usdt}
    wrong = ((field, number_refusal(value)) for field, value in amounts.items())
    found = [Objection(field, words) for field, words in wrong if words is not None]
    if terms.leverage < 1:
        found.append(Objection("leverage", "Leverage must be 1 or more.", candidates=(Decimal(1),)))
    return found


def _has_no_price(situation: Situation) -> bool:
    market = situation.market
    return min(market.bid, market.ask, market.mark) <= 0


def _symbol_objections(situation: Situation) -> Iterator[Objection]:
    rules, market, slots = situation.rules, situation.market, situation.free_conditional_slots
    if not rules.listed:
        yield _about_symbol("The exchange does not list this pair any more.", "Choose another.")
    elif rules.delivers_at is not None:
        wrong = f"The exchange ends this pair on {rules.delivers_at:%d %b %Y, %H:%M} UTC and closes what is open in it."
        yield _about_symbol(wrong, "Choose another.")
    elif not rules.trading:
        wrong = "The exchange takes no new trades in this pair at the moment."
        yield _about_symbol(wrong, "Choose another.", EntryRefusal.SYMBOL_RESTRICTED)
    if _has_no_price(situation):
        wrong = "There is no price for this pair at the moment."
        yield _about_symbol(wrong, "Try again in a little while.", EntryRefusal.THIN_BOOK)
    elif rules.market_take_bound and not _within_take_bound(situation):
        price, mark = format_price(market.ask, rules.tick_size), format_price(market.mark, rules.tick_size)
        wrong = f"This pair trades at {price}, too far from its fair price of {mark}: no order would be filled."
        yield _about_symbol(wrong, "Wait until the two are closer, or choose another pair.", EntryRefusal.PRICES_APART)
    if slots is not None and slots < SLOTS_PER_TRADE:
        wrong = "The exchange holds as many stops and targets as it allows, so this trade could not be protected."
        yield _about_symbol(wrong, "Close another trade first.", EntryRefusal.NO_ROOM_FOR_STOPS)


def _about_symbol(wrong: str, otherwise: str, cause: EntryRefusal = EntryRefusal.TERMS_REFUSED) -> Objection:
    return Objection("symbol", wrong, otherwise=otherwise, cause=cause)


def _within_take_bound(situation: Situation) -> bool:
    mark, bound = situation.market.mark, situation.rules.market_take_bound
    return abs(situation.market.ask - mark) <= mark * bound and abs(situation.market.bid - mark) <= mark * bound


def _reopen_objections(terms: TradeTerms) -> Iterator[Objection]:
    rule = terms.reopen
    if rule.enabled and rule.delay.total_seconds() < 0:
        yield Objection(
            "reopen", "The wait before opening again cannot be negative.", otherwise="Enter 0 minutes or more."
        )
    elif rule.enabled and rule.maximum is not None and rule.maximum < 1:
        yield Objection("reopen", "Opening again 0 times means never.", otherwise="Enter 1 or more, or switch it off.")
