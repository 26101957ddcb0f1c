"""Totals, curve and breakdown of closed trades: from roll-ups where they suffice, from the rows otherwise."""

from decimal import Decimal
from typing import Any

from sqlalchemy import CTE, ScalarSelect, Subquery, func, literal, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.engine import Row
from sqlalchemy.orm import Session
from sqlalchemy.sql.elements import ColumnElement

from services.history.queries import matches
from services.history.roll_ups import (
    covers_shares,
    covers_spans,
    load_days,
    load_points,
    load_result_shares,
    load_streaks,
    load_sums,
)
from services.history.views import (
    CurvePoint,
    DayResult,
    EquityCurve,
    HistoryBreakdown,
    HistoryFilter,
    HistoryShare,
    HistoryTotals,
)
from storage.tables import PositionRow

CURVE_POINTS = 500
CURVE_TRADES = 5_000  # so many are drawn trade by trade; a curve of more goes from day to day
_ZERO = Decimal(0)
_OPEN_FOR = func.extract("epoch", PositionRow.closed_at - PositionRow.opened_at)


def load_totals(session: Session, account_id: int | None, wanted: HistoryFilter) -> HistoryTotals:
    """Return the figures over the filter; the running sum starts at 0, so a first loss already counts as a drawdown."""
    return (
        load_totals_of_spans(session, account_id, wanted)
        if covers_spans(wanted)
        else load_totals_of_rows(session, account_id, wanted)
    )


def load_totals_of_spans(session: Session, account_id: int | None, wanted: HistoryFilter) -> HistoryTotals:
    """Return the same figures from the roll-ups; covers_spans must hold."""
    losing, winning = load_streaks(session, account_id, wanted)
    not_final = select(func.count()).where(
        *matches(account_id, wanted), PositionRow.net_usdt.is_not(None), ~PositionRow.result_final
    )
    sums = load_sums(session, account_id, wanted)
    return _totals(sums, losing, winning, session.scalar(not_final) or 0)


def load_totals_of_rows(session: Session, account_id: int | None, wanted: HistoryFilter) -> HistoryTotals:
    """Return the same figures from the rows, whatever the filter."""
    trades = _trades_in_order(account_id, wanted)
    drawdowns = _drawdowns(trades)
    won, lost = trades.c.net > _ZERO, trades.c.net < _ZERO

    def total(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.coalesce(func.sum(column), _ZERO)

    statement = select(
        func.count().label("trades"),
        total(trades.c.net).label("net"),
        total(trades.c.gross).label("gross"),
        total(trades.c.fees).label("fees"),
        total(trades.c.funding).label("funding"),
        func.count().filter(won).label("won"),
        func.count().filter(lost).label("lost"),
        func.coalesce(func.sum(trades.c.net).filter(won), _ZERO).label("won_usdt"),
        func.coalesce(func.sum(trades.c.net).filter(lost), _ZERO).label("lost_usdt"),
        func.avg(trades.c.seconds).label("seconds"),
        func.max(trades.c.net).label("best_net"),
        func.min(trades.c.net).label("worst_net"),
        func.count().filter(trades.c.result_final.is_(False)).label("not_final"),
        _longest_streak(trades, lost).label("longest_losing_streak"),
        _longest_streak(trades, won).label("longest_winning_streak"),
        select(func.coalesce(func.max(drawdowns.c.drawdown), _ZERO)).scalar_subquery().label("max_drawdown"),
        _count_unknown(account_id, wanted).label("unknown"),
    ).select_from(trades)
    row = session.execute(statement).one()
    return _totals(row, row.longest_losing_streak, row.longest_winning_streak, row.not_final)


def load_equity_curve(session: Session, account_id: int | None, wanted: HistoryFilter, timezone: str) -> EquityCurve:
    """Return how the result grew, at most CURVE_POINTS points of it, and what each day made.

    Where there are more trades, a point stands for a stretch of them: where the result was at its end, and the deepest
    drawdown within.

    Args:
        session: a database session.
        account_id: the account in use; None gives empty equity_curve.
        wanted: which positions count.
        timezone: an IANA name that PostgreSQL knows; says where a day begins.
    """
    rolled = covers_spans(wanted)
    points: tuple[CurvePoint, ...] = ()
    if rolled and _more_trades_than(session, account_id, wanted, CURVE_TRADES):
        points = load_points(session, account_id, wanted, CURVE_POINTS)
    return EquityCurve(
        points=points or load_points_of_rows(session, account_id, wanted),
        days=load_days(session, account_id, wanted, timezone)
        if rolled
        else load_days_of_rows(session, account_id, wanted, timezone),
    )


def load_points_of_rows(session: Session, account_id: int | None, wanted: HistoryFilter) -> tuple[CurvePoint, ...]:
    """Return the curve from the rows, whatever the filter."""
    drawdowns = _drawdowns(_trades_in_order(account_id, wanted))
    stretch = (drawdowns.c.number - 1) // (1 + (drawdowns.c.trades - 1) // CURVE_POINTS)
    at_its_end = func.array_agg(aggregate_order_by(drawdowns.c.running, drawdowns.c.number.desc()))
    points = (
        select(func.max(drawdowns.c.closed_at), at_its_end[1], func.max(drawdowns.c.drawdown))
        .group_by(stretch)
        .order_by(func.min(drawdowns.c.number))
    )
    return tuple(CurvePoint(at, result, drawdown) for at, result, drawdown in session.execute(points))


def load_days_of_rows(
    session: Session, account_id: int | None, wanted: HistoryFilter, timezone: str
) -> tuple[DayResult, ...]:
    """Return what each day of a zone made from the rows, whatever the filter."""
    day = func.date(func.timezone(literal(timezone), PositionRow.closed_at)).label("day")
    days = (
        select(day, func.sum(PositionRow.net_usdt), func.count())
        .where(*matches(account_id, wanted), PositionRow.net_usdt.is_not(None))
        .group_by(day)
        .order_by(day)
    )
    return tuple(DayResult(at, net, trades) for at, net, trades in session.execute(days))


def _more_trades_than(session: Session, account_id: int | None, wanted: HistoryFilter, trades: int) -> bool:
    known = (*matches(account_id, wanted), PositionRow.net_usdt.is_not(None))
    return bool(session.scalar(select(select(PositionRow.id).where(*known).offset(trades).limit(1).exists())))


def load_breakdown(session: Session, account_id: int | None, wanted: HistoryFilter) -> HistoryBreakdown:
    """Return the figures of each pair and each side, the best result first."""
    load = load_result_shares if covers_shares(wanted) else load_result_shares_of_rows
    rows = load(session, account_id, wanted)
    return HistoryBreakdown(
        pairs=tuple(_share(row.symbol, row) for row in rows if row.symbol is not None),
        sides=tuple(_share(row.side.value, row) for row in rows if row.side is not None),
    )


def load_result_shares_of_rows(session: Session, account_id: int | None, wanted: HistoryFilter) -> list[Row[Any]]:
    """Return the sums of each pair and each side from the rows, whatever the filter."""
    net = PositionRow.net_usdt
    won, lost = net > _ZERO, net < _ZERO
    total = func.sum(net)
    statement = (
        select(
            PositionRow.symbol.label("symbol"),
            PositionRow.side.label("side"),
            func.count().label("trades"),
            func.count().filter(won).label("won"),
            func.count().filter(lost).label("lost"),
            total.label("net"),
            func.coalesce(func.sum(PositionRow.fees_usdt), _ZERO).label("fees"),
            func.coalesce(func.sum(net).filter(won), _ZERO).label("won_usdt"),
            func.coalesce(func.sum(net).filter(lost), _ZERO).label("lost_usdt"),
            func.avg(_OPEN_FOR).label("seconds"),
        )
        .where(*matches(account_id, wanted), net.is_not(None))
        .group_by(func.grouping_sets(tuple_(PositionRow.symbol), tuple_(PositionRow.side)))
        .order_by(total.desc(), PositionRow.symbol, PositionRow.side)
    )
    return list(session.execute(statement).all())


def _trades_in_order(account_id: int | None, wanted: HistoryFilter) -> CTE:
    """Return the filter's runs with a known result, numbered by closing time, with the running sum of their results.

    A common table expression is reckoned once however often a statement reads it.
    """
    order = (PositionRow.closed_at, PositionRow.id)
    return (
        select(
            PositionRow.net_usdt.label("net"),
            PositionRow.gross_usdt.label("gross"),
            PositionRow.fees_usdt.label("fees"),
            PositionRow.funding_usdt.label("funding"),
            PositionRow.result_final.label("result_final"),
            PositionRow.closed_at.label("closed_at"),
            _OPEN_FOR.label("seconds"),
            func.row_number().over(order_by=order).label("number"),
            func.row_number()
            .over(partition_by=func.sign(PositionRow.net_usdt), order_by=order)
            .label("number_among_like"),
            func.sum(PositionRow.net_usdt).over(order_by=order, rows=(None, 0)).label("running"),
            func.count().over().label("trades"),
        )
        .where(*matches(account_id, wanted), PositionRow.net_usdt.is_not(None))
        .cte("trades")
    )


def _count_unknown(account_id: int | None, wanted: HistoryFilter) -> ScalarSelect[int]:
    unknown = select(func.count()).select_from(PositionRow)
    return unknown.where(*matches(account_id, wanted), PositionRow.net_usdt.is_(None)).scalar_subquery()


def _totals(row: Row[Any], losing: int, winning: int, not_final: int) -> HistoryTotals:
    decided = row.won + row.lost
    return HistoryTotals(
        trades=int(row.trades),
        net_usdt=row.net,
        gross_usdt=row.gross,
        fees_usdt=row.fees,
        funding_usdt=row.funding,
        won=int(row.won),
        lost=int(row.lost),
        win_rate_percent=Decimal(row.won) * 100 / decided if decided else None,
        profit_factor=row.won_usdt / -row.lost_usdt if row.lost_usdt else None,
        average_net=row.net / row.trades if row.trades else None,
        average_win=row.won_usdt / row.won if row.won else None,
        average_loss=row.lost_usdt / row.lost if row.lost else None,
        longest_losing_streak=losing,
        max_drawdown=row.max_drawdown,
        average_seconds_open=None if row.seconds is None else float(row.seconds),
        longest_winning_streak=winning,
        best_net=row.best_net,
        worst_net=row.worst_net,
        unknown=int(row.unknown),
        not_final=not_final,
    )


def _longest_streak(trades: CTE, like: ColumnElement[bool]) -> ScalarSelect[int]:
    """Return the length of the longest row of like results: between neighbours both numberings grow by one."""
    streaks = (
        select(func.count().label("length"))
        .where(like)
        .group_by(trades.c.number - trades.c.number_among_like)
        .subquery()
    )
    return select(func.coalesce(func.max(streaks.c.length), 0)).scalar_subquery()


def _drawdowns(trades: CTE) -> Subquery:
    """Return the trades with how far below its best moment, or zero, the running result was after each."""
    best = func.greatest(func.max(trades.c.running).over(order_by=trades.c.number, rows=(None, 0)), _ZERO)
    return select(
        (best - trades.c.running).label("drawdown"),
        trades.c.running,
        trades.c.number,
        trades.c.closed_at,
        trades.c.trades,
    ).subquery("drawdowns")


def _share(name: str, row: Row[Any]) -> HistoryShare:
    return HistoryShare(
        name=name,
        trades=int(row.trades),
        won=int(row.won),
        lost=int(row.lost),
        net_usdt=row.net,
        fees_usdt=row.fees,
        profit_factor=row.won_usdt / -row.lost_usdt if row.lost_usdt else None,
        average_seconds_open=None if row.seconds is None else float(row.seconds),
    )
