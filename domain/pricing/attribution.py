"""Whose a trade is when somebody else holds a part of the same place: ours or theirs, and how much of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.pricing.pnl import split_income
from domain.terms import Fill

_ZERO = Decimal(0)
_OURS = 1  # any id will do: there are two holders, one run of ours and everybody else


@dataclass(frozen=True, slots=True)
class PlaceTrade:
    """One trade on a run's place.

    quantity > 0, base units. for_us: it opened for the run, or closed by an order that is meant for the run's own
    quantity; everybody else's orders, and ours that close what somebody else added, are not.
    """

    quantity: Decimal
    opening: bool
    for_us: bool


def own_parts(trades: Sequence[PlaceTrade]) -> tuple[list[Decimal], Decimal]:
    """Return how much of each trade is the run's own, and what foreign hands hold at the end, base units.

    The exchange merges everything on a place, so a closing order may take more than it was meant for. Each takes what
    it was meant for first and the rest from the other; what neither is known to hold stays with the run, for the trade
    that explains it may not have been read yet.

    Args:
        trades: everything traded on the place since the run began on it, oldest first.
    """
    own = foreign = _ZERO
    parts: list[Decimal] = []
    for trade in trades:
        if trade.opening:
            part = trade.quantity if trade.for_us else _ZERO
            own, foreign = own + part, foreign + trade.quantity - part
        else:
            beyond = trade.quantity - max(own, _ZERO) if trade.for_us else trade.quantity
            taken = min(max(beyond, _ZERO), foreign)
            part = trade.quantity - taken
            own, foreign = own - part, foreign - taken
        parts.append(part)
    return parts, foreign


def before_empty(changes: Sequence[Decimal]) -> int:
    """Return how many trades on a place came before it was last empty; it is known to have been empty among them.

    Args:
        changes: what each trade added to the place, oldest first, base units, negative when it closed.
    """
    held = least = _ZERO
    number = 0
    for position, change in enumerate(changes, start=1):
        held += change
        if held <= least:
            least, number = held, position
    return number


def split_fill(fill: Fill, own_quantity: Decimal) -> tuple[Fill, Fill]:
    """Return a trade as two: the run's part of it and the rest.

    Fee and realized profit follow the quantity, to the 8 decimals the exchange books; both parts add up to the trade
    to the last digit. own_quantity lies between 0 and the trade's quantity, neither included.

    Source: docs/decisions/0018-attribution-of-fills.md
    """
    rest = fill.quantity - own_quantity
    if own_quantity <= 0 or rest <= 0:
        raise ValueError(f"{own_quantity} is no part of {fill.quantity}")
    holders: dict[int | None, Decimal] = {_OURS: own_quantity, None: rest}
    commission = split_income(fill.commission, holders)
    realized = split_income(fill.realized_pnl, holders)
    ours, theirs = (
        replace(fill, quantity=quantity, commission=commission[key], realized_pnl=realized[key])
        for key, quantity in holders.items()
    )
    return ours, theirs


def merged_fill(parts: Sequence[Fill]) -> Fill:
    """Return the trade that parts of it came from. Inverse of split_fill; one part is the trade itself."""
    return replace(
        parts[0],
        quantity=sum((part.quantity for part in parts), _ZERO),
        commission=sum((part.commission for part in parts), _ZERO),
        realized_pnl=sum((part.realized_pnl for part in parts), _ZERO),
    )
