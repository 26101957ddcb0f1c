"""The numbers that work, found together: entered all at once, they leave nothing wrong that has a number."""

from collections.abc import Callable, Iterable
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from domain.preview.objection import Bound, Objection

# What the others are judged by comes first.
_ORDER = ("leverage", "amount_usdt", "tp_usdt", "sl_usdt")
_SIZE = ("leverage", "amount_usdt")
_FORM_ORDER = ("amount_usdt", "leverage", "tp_usdt", "sl_usdt")
_TRIES = 16  # a number may have to give way to a later one, but not for ever

Request = TypeVar("Request")


@dataclass(frozen=True, slots=True)
class Solved:
    """What is wrong with a field, and the number that works there, as it is entered; None when there is none."""

    objection: Objection
    number: Decimal | None = None
    bound: Bound = Bound.EXACTLY


def solve(
    request: Request,
    objections: Callable[[Request], list[Objection]],
    numbers: Callable[[Request, Objection], Iterable[tuple[Decimal, Request]]],
) -> list[Solved]:
    """Return everything that is wrong with a request, and the numbers that put it right together.

    Args:
        request: what was typed.
        objections: what is wrong with a request, at most one a field of terms.
        numbers: what may be entered against one objection, the comfortable one first, each with the request it makes.

    Returns:
        First what is about no number, then the fields in the order of the form. What only comes up because another
        number is entered is among them: everything is said at once.
    """
    others = [Solved(one) for one in objections(request) if one.field not in _ORDER]
    hopeless: frozenset[str] = frozenset()
    while True:
        first, entered, stuck = _try(request, objections, numbers, hopeless)
        if not stuck:
            break
        # A field that cannot be put right is left as it was typed, and the others are found anew beside that.
        hopeless |= stuck
    named = [field for field in _FORM_ORDER if field in first and (field in entered or field in hopeless)]
    return others + [Solved(first[field], *entered.get(field, (None, Bound.EXACTLY))) for field in named]


def _try(
    request: Request,
    objections: Callable[[Request], list[Objection]],
    numbers: Callable[[Request, Objection], Iterable[tuple[Decimal, Request]]],
    hopeless: frozenset[str],
) -> tuple[dict[str, Objection], dict[str, tuple[Decimal, Bound]], frozenset[str]]:
    """Put one field right after the other; return what was wrong, what was entered, and which could not be."""
    first: dict[str, Objection] = {}
    entered: dict[str, tuple[Decimal, Bound]] = {}
    stuck: frozenset[str] = frozenset()
    for _ in range(_TRIES):
        wrong = {one.field: one for one in objections(request) if one.field in _ORDER}
        left = [field for field in _ORDER if field in wrong and field not in hopeless]
        # Stop and target are judged once the size is right: another one may be all that they need.
        sized = not any(field in _SIZE and field not in stuck for field in left)
        first = {field: one for field, one in wrong.items() if sized or field in _SIZE} | first
        if not left:
            return first, entered, frozenset()
        open_to = [field for field in left if field not in stuck]
        if not open_to:
            return first, entered, stuck
        objection = wrong[open_to[0]]
        found = _first_that_works(request, objection, wrong.keys(), objections, numbers)
        if found is None:
            stuck |= {objection.field}
            continue
        number, request = found
        stuck = frozenset()  # what did not work may work beside this number
        known = entered.get(objection.field)
        bound = objection.bound if known is None or known[1] is objection.bound else Bound.EXACTLY
        entered[objection.field] = number, bound
    return first, entered, frozenset(left)


def _first_that_works(
    request: Request,
    objection: Objection,
    wrong: AbstractSet[str],
    objections: Callable[[Request], list[Objection]],
    numbers: Callable[[Request, Objection], Iterable[tuple[Decimal, Request]]],
) -> tuple[Decimal, Request] | None:
    """Return the first number that puts its field right; one that makes no other field wrong comes before the rest."""
    second_best = None
    for number, after in numbers(request, objection):
        still = {one.field for one in objections(after)}
        if objection.field in still:
            continue
        if still <= wrong:
            return number, after
        second_best = second_best or (number, after)
    return second_best
