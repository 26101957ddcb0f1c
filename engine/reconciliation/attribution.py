"""Trades on a place that somebody else shares with a run: each part in a row of whoever it belongs to."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from domain.pricing.attribution import PlaceTrade, merged_fill, own_parts, split_fill
from domain.terms import Fill
from engine.state.row_mapping import fill_of
from engine.state.working_set import Book
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


def booked_trades(book: Book, position: PositionRow) -> dict[int, Fill]:
    """Return every booked trade of a run's place by trade id, whole, whoever its parts belong to."""
    trades = _by_trade(book, position)
    for row in book.along_of[position.id]:
        trades[row.trade_id].append(row)
    return {trade_id: _whole(rows) for trade_id, rows in trades.items()}


def share_out(book: Book, position: PositionRow) -> None:
    """Give every trade on the run's place anew to the run and to foreign hands, and note what these hold.

    Worked out from all of them each time, so that it does not matter in which order they were read.
    """
    if not book.beside_of[position.id]:
        return
    book.session.flush()
    trades = sorted(_by_trade(book, position).values(), key=lambda rows: (rows[0].traded_at, rows[0].trade_id))
    parts, foreign = own_parts([_place_trade(book, position, rows) for rows in trades])
    for rows, own in zip(trades, parts, strict=True):
        _give(book, position, rows, own)
    _file(book, position, [row for rows in trades for row in rows])
    position.foreign_quantity = foreign
    if not foreign:
        position.own_part_only = False


def take_all(book: Book, position: PositionRow) -> None:
    """Give the run everything that foreign hands did on its place."""
    book.session.flush()
    trades = list(_by_trade(book, position).values())
    for rows in trades:
        _give(book, position, rows, _whole(rows).quantity)
    _file(book, position, [row for rows in trades for row in rows])
    position.foreign_quantity = Decimal(0)
    position.own_part_only = False


def give_along(book: Book, position: PositionRow, late: PositionRow, quantity: Decimal) -> None:
    """Give the newest of what the run's orders closed, up to a quantity, to a run given up on the same place."""
    closing = [row for row in book.fills_of[position.id] if not row.opening and row.order_id is not None]
    for row in sorted(closing, key=lambda row: (row.traded_at, row.trade_id), reverse=True):
        part = min(quantity, row.quantity)
        if part <= 0:
            return
        quantity -= part
        given = row
        if part < row.quantity:
            given_part, kept = split_fill(fill_of(row), part)
            given = FillRow(**{name: getattr(row, name) for name in _COPIED})
            book.session.add(given)
            _cut(row, kept)
            _cut(given, given_part)
        else:
            book.fills_of[position.id].remove(row)
        given.position_id, given.beside_position_id = late.id, position.id
        book.along_of[position.id].append(given)
        book.fills_of[late.id].append(given)


def taken_along(book: Book, position: PositionRow) -> Decimal:
    """Return how much of a foreign quantity our own orders closed with the run's, base units."""
    rows = (row for row in book.beside_of[position.id] if not row.opening and row.order_id is not None)
    orders = ((row.quantity, book.orders.get(row.order_id or 0)) for row in rows)
    return sum((q for q, order in orders if order is not None and not order.for_foreign_part), Decimal(0))


def _by_trade(book: Book, position: PositionRow) -> dict[int, list[FillRow]]:
    trades: dict[int, list[FillRow]] = defaultdict(list)
    for row in (*book.fills_of[position.id], *book.beside_of[position.id]):
        trades[row.trade_id].append(row)
    return trades


def _whole(rows: Sequence[FillRow]) -> Fill:
    return merged_fill([fill_of(row) for row in rows])


def _place_trade(book: Book, position: PositionRow, rows: Sequence[FillRow]) -> PlaceTrade:
    first = rows[0]
    if first.opening:
        for_us = any(row.position_id == position.id for row in rows)
    else:
        order = book.orders.get(first.order_id) if first.order_id is not None else None
        for_us = order is not None and not order.for_foreign_part
    return PlaceTrade(_whole(rows).quantity, first.opening, for_us)


def _give(book: Book, position: PositionRow, rows: list[FillRow], own: Decimal) -> None:
    """Bring the rows of one trade to what the run's part of it is; rows is changed in place."""
    whole = _whole(rows)
    if own in (0, whole.quantity):
        wanted = [(whole, own > 0)]
    else:
        ours, theirs = split_fill(whole, own)
        wanted = [(ours, True), (theirs, False)]
    rows.sort(key=lambda row: row.position_id is None)
    while len(rows) > len(wanted):
        book.session.delete(rows.pop())
    while len(rows) < len(wanted):
        rows.append(FillRow(**{name: getattr(rows[0], name) for name in _COPIED}))
        book.session.add(rows[-1])
    for row, (part, is_ours) in zip(rows, wanted, strict=True):
        row.position_id, row.beside_position_id = (position.id, None) if is_ours else (None, position.id)
        _cut(row, part)


def _cut(row: FillRow, part: Fill) -> None:
    for name in _PARTED:
        setattr(row, name, getattr(part, name))


def _file(book: Book, position: PositionRow, rows: Sequence[FillRow]) -> None:
    """Bring the book's lists up to what the rows say, oldest trade first."""
    ordered = sorted(rows, key=lambda row: row.trade_id)
    book.fills_of[position.id] = [row for row in ordered if row.position_id == position.id]
    book.beside_of[position.id] = [row for row in ordered if row.position_id is None]
