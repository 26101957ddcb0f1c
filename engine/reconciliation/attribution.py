"""Trades on a position that somebody else shares with a trade: each part in a row of whoever it belongs to."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from domain.pricing.attribution import PositionTrade, merged_fill, own_quantities, split_fill
from domain.terms import LIVE_PHASES, Fill, Purpose
from engine.state.row_mapping import fill_of
from engine.state.working_set import WorkingSet
from storage.tables import FillRow, PositionRow

_PARTED = ("quantity", "commission", "realized_pnl")
_COPIED = (
    "account_id",
    "order_id",
    "symbol",
    "trade_id",
    "exchange_order_id",
    "client_order_id",
    "side",
    "opening",
    "price",
    "commission_asset",
    "maker",
    "traded_at",
)


def recorded_trades(rows: WorkingSet, position: PositionRow) -> dict[int, Fill]:
    """Return every recorded trade of a trade's position by trade id, whole, whoever its parts belong to."""
    trades = _by_trade(rows, position)
    for row in rows.surplus_fills_of[position.id]:
        trades[row.trade_id].append(row)
    return {trade_id: _whole(parts) for trade_id, parts in trades.items()}


def attribute_fills(rows: WorkingSet, position: PositionRow) -> None:
    """Give every fill on the trade's position anew to the trade and to somebody else, and note what these hold.

    Worked out from all of them each time, so that it does not matter in which order they were read.
    """
    all_known = _has_ended(rows, position) or _never_entered(rows, position)
    if not rows.external_fills_of[position.id] and not (all_known and _closed_too_much(rows, position)):
        return
    rows.session.flush()
    trades = sorted(_by_trade(rows, position).values(), key=lambda parts: (parts[0].traded_at, parts[0].trade_id))
    quantities, external = own_quantities(
        [_place_trade(rows, position, parts) for parts in trades], all_known=all_known
    )
    for parts, own in zip(trades, quantities, strict=True):
        attribute_trade(rows, position, parts, own)
    _file(rows, position, [row for parts in trades for row in parts])
    position.external_quantity = external
    if not external:
        position.own_part_only = False


def _has_ended(rows: WorkingSet, position: PositionRow) -> bool:
    """Whether nothing more can come of the trade: what its orders close beyond its own was never its own."""
    return position.phase not in LIVE_PHASES and rows.entry_final(position)


def _never_entered(rows: WorkingSet, position: PositionRow) -> bool:
    """Whether nothing is known to have opened the trade: until that is known it carries no trades."""
    entries = [order for order in rows.orders_of[position.id] if order.purpose is Purpose.ENTRY]
    opened = any(row.opening for row in rows.fills_of[position.id])
    return not opened and not any(order.executed_quantity for order in entries)


def _closed_too_much(rows: WorkingSet, position: PositionRow) -> bool:
    return sum((row.quantity if row.opening else -row.quantity for row in rows.fills_of[position.id]), Decimal(0)) < 0


def attribute_all(rows: WorkingSet, position: PositionRow) -> None:
    """Give the trade everything that somebody else did on its position."""
    rows.session.flush()
    trades = list(_by_trade(rows, position).values())
    for parts in trades:
        attribute_trade(rows, position, parts, _whole(parts).quantity)
    _file(rows, position, [row for parts in trades for row in parts])
    position.external_quantity = Decimal(0)
    position.own_part_only = False


def give_part(rows: WorkingSet, position: PositionRow, trade_id: int, late: PositionRow, quantity: Decimal) -> None:
    """Give so much of a fill recorded with the trade to a trade abandoned at the same key."""
    row = next(row for row in rows.fills_of[position.id] if row.trade_id == trade_id)
    given = row
    if quantity < row.quantity:
        given_part, kept = split_fill(fill_of(row), quantity)
        given = FillRow(**{name: getattr(row, name) for name in _COPIED})
        rows.session.add(given)
        _cut(row, kept)
        _cut(given, given_part)
    else:
        rows.fills_of[position.id].remove(row)
    given.position_id, given.found_at_position_id = late.id, position.id
    rows.surplus_fills_of[position.id].append(given)
    rows.fills_of[late.id].append(given)


def external_closed_quantity(rows: WorkingSet, position: PositionRow) -> Decimal:
    """Return how much of a external quantity our own orders closed with the trade's, base units."""
    parts = (row for row in rows.external_fills_of[position.id] if not row.opening and row.order_id is not None)
    orders = ((row.quantity, rows.orders.get(row.order_id or 0)) for row in parts)
    return sum((q for q, order in orders if order is not None and not order.for_external_part), Decimal(0))


def _by_trade(rows: WorkingSet, position: PositionRow) -> dict[int, list[FillRow]]:
    trades: dict[int, list[FillRow]] = defaultdict(list)
    for row in (*rows.fills_of[position.id], *rows.external_fills_of[position.id]):
        trades[row.trade_id].append(row)
    return trades


def _whole(parts: Sequence[FillRow]) -> Fill:
    return merged_fill([fill_of(row) for row in parts])


def _place_trade(rows: WorkingSet, position: PositionRow, parts: Sequence[FillRow]) -> PositionTrade:
    first = parts[0]
    if first.opening:
        for_us = any(row.position_id == position.id for row in parts)
    else:
        order = rows.orders.get(first.order_id) if first.order_id is not None else None
        for_us = order is not None and not order.for_external_part
    return PositionTrade(_whole(parts).quantity, first.opening, for_us)


def attribute_trade(rows: WorkingSet, position: PositionRow, parts: list[FillRow], own: Decimal) -> None:
    """Bring the rows of one fill to what the trade's part of it is, own in base units; parts is changed in place.

    A part that stays with its holder keeps its row. What is written before what goes is deleted must never make two
    rows of one holder: the database takes one part of a fill for each.
    """
    whole = _whole(parts)
    if own in (0, whole.quantity):
        wanted = [(whole, own > 0)]
    else:
        ours, theirs = split_fill(whole, own)
        wanted = [(ours, True), (theirs, False)]
    held = {row.position_id is not None: row for row in parts}
    copied = {name: getattr(parts[0], name) for name in _COPIED}
    parts.clear()
    for part, is_ours in wanted:
        row = held.pop(is_ours, None) or (held.pop(not is_ours, None) if len(wanted) == 1 else None)
        if row is None:
            row = FillRow(**copied)
            rows.session.add(row)
        row.position_id, row.found_at_position_id = (position.id, None) if is_ours else (None, position.id)
        _cut(row, part)
        parts.append(row)
    for row in held.values():
        rows.session.delete(row)


def _cut(row: FillRow, part: Fill) -> None:
    for name in _PARTED:
        setattr(row, name, getattr(part, name))
    row.fee_usdt = part.commission_usdt


def _file(rows: WorkingSet, position: PositionRow, parts: Sequence[FillRow]) -> None:
    """Bring the working set's lists up to what the rows say, oldest trade first."""
    ordered = sorted(parts, key=lambda row: row.trade_id)
    rows.fills_of[position.id] = [row for row in ordered if row.position_id == position.id]
    rows.external_fills_of[position.id] = [row for row in ordered if row.position_id is None]
