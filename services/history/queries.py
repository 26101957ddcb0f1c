"""Closed positions, a page of them at a time: filtered, sorted, with the terms they were opened on."""

from collections.abc import Callable
from datetime import datetime, timedelta
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import literal, select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from domain.terms import CloseReason, Phase
from services.history.views import (
    ClosedPosition,
    HistoryFilter,
    HistorySort,
)
from storage.mapping import reopen_rule, trade_terms
from storage.tables import PlanRow, PositionRow


def _open_for(trade: ClosedPosition) -> timedelta | None:
    return None if trade.opened_at is None else trade.closed_at - trade.opened_at


# The column, and what a line has there.
_SORTED_BY: dict[HistorySort, tuple[ColumnElement[Any] | InstrumentedAttribute[Any], Callable[[Any], object]]] = {
    HistorySort.PAIR: (PositionRow.symbol, attrgetter("symbol")),
    HistorySort.RESULT: (PositionRow.net_usdt, attrgetter("net_usdt")),
    HistorySort.REASON: (PositionRow.close_reason, attrgetter("reason")),
    HistorySort.GROSS: (PositionRow.gross_usdt, attrgetter("gross_usdt")),
    HistorySort.FEES: (PositionRow.fees_usdt, attrgetter("fees_usdt")),
    HistorySort.FUNDING: (PositionRow.funding_usdt, attrgetter("funding_usdt")),
    HistorySort.OPEN_FOR: (PositionRow.closed_at - PositionRow.opened_at, _open_for),
    HistorySort.RUN: (PositionRow.sequence, attrgetter("sequence")),
}
_BY_TIME = (PositionRow.closed_at, PositionRow.id)


def load_closed(
    session: Session,
    account_id: int | None,
    wanted: HistoryFilter,
    after: ClosedPosition | None,
    limit: int,
    sort: HistorySort = HistorySort.CLOSED,
    descending: bool = True,
) -> tuple[ClosedPosition, ...]:
    """Return one page of closed positions, sorted over all that the filter matches; unknown figures come last.

    The page is found by the last line of the one before it and by an index, so a deep one costs what the first does.

    Args:
        session: a database session.
        account_id: the account in use; None gives none.
        wanted: which positions count.
        after: the last line of the page before; None gives the first page.
        limit: rows on the page, ≥ 0.
        sort: the column that says the order; among equals the time of closing does, in the same direction.
        descending: largest, or latest, first.
    """
    conditions = matches(account_id, wanted)
    moment = None if after is None else (after.closed_at, after.id)
    if sort is HistorySort.CLOSED:
        return _page(session, conditions, _BY_TIME, moment, limit, descending)
    column, value_of = _SORTED_BY[sort]
    value = None if after is None else value_of(after)
    among_unknown = after is not None and value is None
    found: tuple[ClosedPosition, ...] = ()
    if not among_unknown:
        key = None if moment is None else (value, *moment)
        found = _page(session, [*conditions, column.is_not(None)], (column, *_BY_TIME), key, limit, descending)
    if len(found) < limit:
        unknown = [*conditions, column.is_(None)]
        found += _page(session, unknown, _BY_TIME, moment if among_unknown else None, limit - len(found), descending)
    return found


def _page(
    session: Session,
    conditions: list[ColumnElement[bool]],
    order: tuple[ColumnElement[Any] | InstrumentedAttribute[Any], ...],
    after: tuple[object, ...] | None,
    limit: int,
    descending: bool,
) -> tuple[ClosedPosition, ...]:
    """Return what follows a key in an order none of whose columns is empty there."""
    statement = select(PositionRow).where(*conditions).limit(limit)
    statement = statement.order_by(*(column.desc() if descending else column.asc() for column in order))
    if after is not None:
        line = tuple_(*order)
        key = tuple_(*(literal(value, column.type) for value, column in zip(after, order, strict=True)))
        statement = statement.where(line < key if descending else line > key)
    # Without a join: where most of a column is the same, the database would expect few rows after the key, and sort.
    rows = session.scalars(statement).all()
    chosen = select(PlanRow).where(PlanRow.id.in_({row.plan_id for row in rows}))
    plans = {plan.id: plan for plan in session.scalars(chosen)} if rows else {}
    return tuple(closed_position(row, plans[row.plan_id]) for row in rows)


def matches(account_id: int | None, wanted: HistoryFilter) -> list[ColumnElement[bool]]:
    """Return the conditions of a filter on PositionRow."""
    conditions: list[ColumnElement[bool]] = [
        PositionRow.account_id == account_id,
        PositionRow.phase == Phase.CLOSED,
        PositionRow.closed_at.is_not(None),
        PositionRow.close_reason.is_not(None),
    ]
    if wanted.symbol is not None:
        conditions.append(PositionRow.symbol == wanted.symbol)
    if wanted.side is not None:
        conditions.append(PositionRow.side == wanted.side)
    if wanted.reason is not None:
        conditions.append(PositionRow.close_reason == wanted.reason)
    if wanted.since is not None:
        conditions.append(PositionRow.closed_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(PositionRow.closed_at < wanted.until)
    return conditions


def closed_position(row: PositionRow, plan: PlanRow) -> ClosedPosition:
    """Return a closed trade with the terms it ran under; the reopen rule is the plan's of today."""
    return ClosedPosition(
        id=row.id,
        plan_id=row.plan_id,
        symbol=row.symbol,
        side=row.side,
        leverage=row.leverage,
        sequence=row.sequence,
        reason=cast(CloseReason, row.close_reason),
        quantity=row.entry_quantity,
        entry_price=row.entry_price,
        exit_price=row.exit_price,
        gross_usdt=row.gross_usdt,
        fees_usdt=row.fees_usdt,
        funding_usdt=row.funding_usdt,
        net_usdt=row.net_usdt,
        result_final=row.result_final,
        opened_at=row.opened_at,
        closed_at=cast(datetime, row.closed_at),
        terms=trade_terms(row, reopen_rule(plan)),
    )
