"""Rows of fills: each part of one in a row of whoever it belongs to; written for effects alone."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import select

from decisions.reconciliation.effects import Attribute, GivePart, RecordExternalFill, RecordFill, TakeFill
from decisions.reconciliation.view import KeyFacts, KeyTrade
from domain.pricing.attribution import merged_fill, split_fill
from domain.terms import LIVE_PHASES, Fill, Purpose
from engine.state.row_mapping import fill_of, fill_row
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


def key_facts(rows: WorkingSet, position: PositionRow) -> KeyFacts:
    """Return every fill at a trade's key as the rules of attribution read it."""
    entries = [order for order in rows.orders_of[position.id] if order.purpose is Purpose.ENTRY]
    opened = any(row.opening for row in rows.fills_of[position.id])
    return KeyFacts(
        position_id=position.id,
        ended=position.phase not in LIVE_PHASES and rows.entry_final(position),
        never_entered=not opened and not any(order.executed_quantity for order in entries),
        has_external=bool(rows.external_fills_of[position.id]),
        trades=tuple(_key_trade(rows, position, parts) for parts in _by_trade(rows, position).values()),
    )


def _key_trade(rows: WorkingSet, position: PositionRow, parts: Sequence[FillRow]) -> KeyTrade:
    first = parts[0]
    own = [row for row in parts if row.position_id == position.id]
    if first.opening:
        for_us = bool(own)
    else:
        order = rows.orders.get(first.order_id) if first.order_id is not None else None
        for_us = order is not None and not order.for_external_part
    return KeyTrade(
        trade_id=first.trade_id,
        traded_at=first.traded_at,
        quantity=sum((row.quantity for row in parts), Decimal(0)),
        opening=first.opening,
        for_us=for_us,
        own_quantity=sum((row.quantity for row in own), Decimal(0)),
    )


def write_fill(rows: WorkingSet, effect: RecordFill | RecordExternalFill | TakeFill) -> None:
    """Record a fill that is new, or one of somebody else's that is a trade's from now on."""
    match effect:
        case RecordFill():
            row = fill_row(rows.account_id, effect.fill)
            row.position_id, row.order_id = effect.position_id, effect.order_id
        case RecordExternalFill():
            row = fill_row(rows.account_id, effect.fill)
            row.found_at_position_id, row.client_order_id = effect.position_id, effect.client_order_id
        case TakeFill():
            row = _external_row(rows, effect.fill) or fill_row(rows.account_id, effect.fill)
            row.position_id, row.found_at_position_id = effect.position_id, None
    rows.session.add(row)
    held = rows.external_fills_of if isinstance(effect, RecordExternalFill) else rows.fills_of
    held[effect.position_id].append(row)


def _external_row(rows: WorkingSet, fill: Fill) -> FillRow | None:
    known = select(FillRow).where(
        FillRow.account_id == rows.account_id,
        FillRow.symbol == fill.symbol,
        FillRow.trade_id == fill.trade_id,
        FillRow.position_id.is_(None),
    )
    return rows.session.scalar(known)


def write_attribution(rows: WorkingSet, position: PositionRow, effect: Attribute) -> None:
    """Bring the rows of every fill at a trade's key to what was decided, and note what is held externally."""
    rows.session.flush()
    trades, written = _by_trade(rows, position), list[FillRow]()
    for trade_id, own in effect.own:
        parts = trades[trade_id]
        _attribute_trade(rows, position, parts, own)
        written += parts
    ordered = sorted(written, key=lambda row: row.trade_id)
    rows.fills_of[position.id] = [row for row in ordered if row.position_id == position.id]
    rows.external_fills_of[position.id] = [row for row in ordered if row.position_id is None]
    position.external_quantity = effect.external_quantity
    if not effect.external_quantity:
        position.own_part_only = False


def write_part(rows: WorkingSet, position: PositionRow, late: PositionRow, effect: GivePart) -> None:
    """Give so much of a fill recorded with the trade to a trade abandoned at the same key."""
    row = next(row for row in rows.fills_of[position.id] if row.trade_id == effect.trade_id)
    given = row
    if effect.quantity < row.quantity:
        given_part, kept = split_fill(fill_of(row), effect.quantity)
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


def _attribute_trade(rows: WorkingSet, position: PositionRow, parts: list[FillRow], own: Decimal) -> None:
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
