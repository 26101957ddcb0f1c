"""Closed positions, a page of them at a time: filtered, sorted, with the terms they were opened on."""

from datetime import datetime
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import func, literal, select, tuple_
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

_ZERO = Decimal(0)
_OPEN_FOR = func.extract("epoch", PositionRow.closed_at - PositionRow.opened_at)
_SORTED_BY: dict[HistorySort, ColumnElement[Any] | InstrumentedAttribute[Any]] = {
    HistorySort.CLOSED: PositionRow.closed_at,
    HistorySort.PAIR: PositionRow.symbol,
    HistorySort.RESULT: PositionRow.net_usdt,
    HistorySort.REASON: PositionRow.close_reason,
    HistorySort.GROSS: PositionRow.gross_usdt,
    HistorySort.FEES: PositionRow.fees_usdt,
    HistorySort.FUNDING: PositionRow.funding_usdt,
    HistorySort.OPEN_FOR: _OPEN_FOR,
    HistorySort.RUN: PositionRow.sequence,
}


def load_closed(
    session: Session,
    account_id: int | None,
    wanted: HistoryFilter,
    offset: int,
    limit: int,
    sort: HistorySort = HistorySort.CLOSED,
    descending: bool = True,
) -> tuple[ClosedPosition, ...]:
    """Return one page of closed positions, sorted over all that the filter matches; unknown figures come last.

    Args:
        session: a database session.
        account_id: the account in use; None gives none.
        wanted: which positions count.
        offset: rows to skip, ≥ 0.
        limit: rows on the page, ≥ 0.
        sort: the column that says the order; equals stand newest first.
        descending: largest, or latest, first.
    """
    column = _SORTED_BY[sort]
    order = column.desc() if descending else column.asc()
    statement = (
        select(PositionRow, PlanRow)
        .join(PlanRow, PlanRow.id == PositionRow.plan_id)
        .where(*matches(account_id, wanted))
        # Without an unknown closing time the plain order is the index's own, read from its end.
        .order_by(
            order if sort is HistorySort.CLOSED else order.nulls_last(),
            PositionRow.closed_at.desc(),
            PositionRow.id.desc(),
        )
        .offset(offset)
        .limit(limit)
    )
    return tuple(closed_position(row, plan) for row, plan in session.execute(statement))


def load_closed_after(
    session: Session, account_id: int | None, wanted: HistoryFilter, after: tuple[datetime, int] | None, limit: int
) -> tuple[ClosedPosition, ...]:
    """Return the next closed positions of the filter, oldest first, found by key and not by counting rows.

    Args:
        session: a database session.
        account_id: the account in use; None gives none.
        wanted: which positions count.
        after: when the last one that is known already was closed, and its id; None begins with the oldest.
        limit: how many at most, ≥ 0.
    """
    statement = select(PositionRow, PlanRow).join(PlanRow, PlanRow.id == PositionRow.plan_id)
    statement = statement.where(*matches(account_id, wanted)).order_by(PositionRow.closed_at, PositionRow.id)
    if after is not None:
        statement = statement.where(tuple_(PositionRow.closed_at, PositionRow.id) > tuple_(*map(literal, after)))
    return tuple(closed_position(row, plan) for row, plan in session.execute(statement.limit(limit)))


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
