"""Whose a trade is when external quantity shares a position: ours or external, and how much of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.pricing.pnl import split_income
from domain.terms import Fill

_ZERO = Decimal(0)
_OURS = 1  # any id will do: there are two holders, one position of ours and everybody else


@dataclass(frozen=True, slots=True)
class PositionTrade:
    """One trade at a position's key.

    quantity > 0, base units. for_us: it opened for our position, or closed by an order that is meant for our own
    quantity; external orders, and ours that close external quantity, are not.
    """

    quantity: Decimal
    opening: bool
    for_us: bool


def own_quantities(trades: Sequence[PositionTrade], *, all_known: bool = False) -> tuple[list[Decimal], Decimal]:
    """Return how much of each trade is our own, and what is held externally at the end, base units.

    The exchange merges everything at a key, so a closing order may take more than it was meant for. Each takes what
    it was meant for first and the rest from the other; what neither is known to hold stays with our position, for the
    trade that explains it may not have been read yet.

    Args:
        trades: everything traded at the key since our position began, oldest first.
        all_known: nothing of ours is missing among them, for our position has ended or never began: then nothing stays
            with it beyond what it held.
    """
    own = external = _ZERO
    parts: list[Decimal] = []
    for trade in trades:
        if trade.opening:
            part = trade.quantity if trade.for_us else _ZERO
            own, external = own + part, external + trade.quantity - part
        else:
            beyond = trade.quantity - max(own, _ZERO) if trade.for_us else trade.quantity
            taken = min(max(beyond, _ZERO), external)
            part = trade.quantity - taken
            if all_known:
                part = min(part, max(own, _ZERO))
            own, external = own - part, max(external - (trade.quantity - part), _ZERO)
        parts.append(part)
    return parts, external


def before_empty(changes: Sequence[Decimal]) -> int:
    """Return how many trades of a position came before it was last empty; it is known to have been empty among them.

    Args:
        changes: what each trade added to the position, oldest first, base units, negative when it closed.
    """
    held = least = _ZERO
    number = 0
    for position, change in enumerate(changes, start=1):
        held += change
        if held <= least:
            least, number = held, position
    return number


def split_fill(fill: Fill, own_quantity: Decimal) -> tuple[Fill, Fill]:
    """Return a trade as two: the position's part of it and the rest.

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
    value = None if fill.fee_usdt is None else split_income(fill.fee_usdt, holders)
    ours, theirs = (
        replace(
            fill,
            quantity=quantity,
            commission=commission[key],
            realized_pnl=realized[key],
            fee_usdt=None if value is None else value[key],
        )
        for key, quantity in holders.items()
    )
    return ours, theirs


def merged_fill(parts: Sequence[Fill]) -> Fill:
    """Return the trade that parts of it came from. Inverse of split_fill; one part is the trade itself."""
    values = [part.fee_usdt for part in parts]
    return replace(
        parts[0],
        quantity=sum((part.quantity for part in parts), _ZERO),
        commission=sum((part.commission for part in parts), _ZERO),
        realized_pnl=sum((part.realized_pnl for part in parts), _ZERO),
        fee_usdt=None if None in values else sum((value for value in values if value is not None), _ZERO),
    )
