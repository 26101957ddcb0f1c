"""Closed positions: one page of them, and the figures over all that the filter matches, computed in SQL."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from sqlalchemy import Subquery, func, literal, select
from sqlalchemy.engine import Row
from sqlalchemy.orm import InstrumentedAttribute, Session
from sqlalchemy.sql.elements import ColumnElement

from database_tables import PlanRow, PositionRow
from domain.terms import CloseReason, Phase, ReopenRule, TradeTerms
from services_views import ClosedPosition, HistoryFilter, HistoryPage, HistoryShare, HistoryTotals

EQUITY_POINTS = 500
_ZERO = Decimal(0)


def load_history(
    session: Session, account_id: int | None, wanted: HistoryFilter, offset: int, limit: int, timezone: str
) -> HistoryPage:
    """Return one page of closed positions and the figures of the whole filter.

    Args:
        session: a database session.
        account_id: the account in use; None gives an empty history.
        wanted: which positions count.
        offset: rows to skip, ≥ 0.
        limit: rows on the page, ≥ 0.
        timezone: an IANA name that PostgreSQL knows; says where a day of ``days`` begins.
    """
    runs = runs_in_order(account_id, wanted)
    return HistoryPage(
        rows=tuple(closed_position(row, plan) for row, plan in _load_rows(session, account_id, wanted, offset, limit)),
        totals=load_totals(session, runs),
        equity=_load_equity(session, runs),
        days=_load_days(session, runs, timezone),
        symbols=load_symbols(session, account_id),
        falls=_load_falls(session, runs),
        pairs=_load_shares(session, account_id, wanted, PositionRow.symbol),
        sides=_load_shares(session, account_id, wanted, PositionRow.side),
    )


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


def runs_in_order(account_id: int | None, wanted: HistoryFilter) -> Subquery:
    """Return the filter's runs with a known result, numbered by closing time, with the running sum of their results."""
    order = (PositionRow.closed_at, PositionRow.id)
    return (
        select(
            PositionRow.net_usdt.label("net"),
            PositionRow.gross_usdt.label("gross"),
            PositionRow.fees_usdt.label("fees"),
            PositionRow.funding_usdt.label("funding"),
            PositionRow.closed_at.label("closed_at"),
            func.extract("epoch", PositionRow.closed_at - PositionRow.opened_at).label("seconds"),
            func.row_number().over(order_by=order).label("place"),
            func.row_number()
            .over(partition_by=func.sign(PositionRow.net_usdt), order_by=order)
            .label("place_among_like"),
            func.sum(PositionRow.net_usdt).over(order_by=order, rows=(None, 0)).label("running"),
            func.count().over().label("runs"),
        )
        .where(*matches(account_id, wanted), PositionRow.net_usdt.is_not(None))
        .subquery("runs")
    )


def load_totals(session: Session, runs: Subquery) -> HistoryTotals:
    """Return the figures over runs; the running sum starts at 0, so a first loss already counts as a fall."""
    falls = _falls(runs)
    won, lost = runs.c.net > _ZERO, runs.c.net < _ZERO

    def total(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.coalesce(func.sum(column), _ZERO)

    statement = select(
        func.count().label("trades"),
        total(runs.c.net).label("net"),
        total(runs.c.gross).label("gross"),
        total(runs.c.fees).label("fees"),
        total(runs.c.funding).label("funding"),
        func.count().filter(won).label("won"),
        func.count().filter(lost).label("lost"),
        func.coalesce(func.sum(runs.c.net).filter(won), _ZERO).label("won_usdt"),
        func.coalesce(func.sum(runs.c.net).filter(lost), _ZERO).label("lost_usdt"),
        func.avg(runs.c.seconds).label("seconds"),
        func.max(runs.c.net).label("best_net"),
        func.min(runs.c.net).label("worst_net"),
        _longest_streak(runs, lost).label("longest_losing_run"),
        _longest_streak(runs, won).label("longest_winning_run"),
        select(func.coalesce(func.max(falls.c.fall), _ZERO)).scalar_subquery().label("deepest_fall"),
    ).select_from(runs)
    return _totals(session.execute(statement).one())


def closed_position(row: PositionRow, plan: PlanRow) -> ClosedPosition:
    """Return a closed run with the terms it ran under; the reopen rule is the plan's of today."""
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
        terms=_terms(row, plan),
    )


def _terms(row: PositionRow, plan: PlanRow) -> TradeTerms:
    return TradeTerms(
        symbol=row.symbol,
        side=row.side,
        amount_usdt=row.amount_usdt,
        leverage=row.leverage,
        tp_usdt=row.tp_usdt,
        sl_usdt=row.sl_usdt,
        basis=row.basis,
        reopen=ReopenRule(
            enabled=plan.reopen_enabled,
            delay=timedelta(seconds=plan.reopen_delay_seconds),
            maximum=plan.reopen_maximum,
            after_target=plan.reopen_after_target,
            after_stop=plan.reopen_after_stop,
        ),
    )


def _load_rows(
    session: Session, account_id: int | None, wanted: HistoryFilter, offset: int, limit: int
) -> list[tuple[PositionRow, PlanRow]]:
    statement = (
        select(PositionRow, PlanRow)
        .join(PlanRow, PlanRow.id == PositionRow.plan_id)
        .where(*matches(account_id, wanted))
        .order_by(PositionRow.closed_at.desc(), PositionRow.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [(row, plan) for row, plan in session.execute(statement)]


def _totals(row: Row[Any]) -> HistoryTotals:
    decided = row.won + row.lost
    return HistoryTotals(
        trades=row.trades,
        net_usdt=row.net,
        gross_usdt=row.gross,
        fees_usdt=row.fees,
        funding_usdt=row.funding,
        won=row.won,
        lost=row.lost,
        win_rate_percent=Decimal(row.won) * 100 / decided if decided else None,
        profit_factor=row.won_usdt / -row.lost_usdt if row.lost_usdt else None,
        average_net=row.net / row.trades if row.trades else None,
        average_win=row.won_usdt / row.won if row.won else None,
        average_loss=row.lost_usdt / row.lost if row.lost else None,
        longest_losing_run=row.longest_losing_run,
        deepest_fall=row.deepest_fall,
        average_seconds_open=None if row.seconds is None else float(row.seconds),
        longest_winning_run=row.longest_winning_run,
        best_net=row.best_net,
        worst_net=row.worst_net,
    )


def _longest_streak(runs: Subquery, like: ColumnElement[bool]) -> ColumnElement[Any]:
    """Return the length of the longest row of like results: between neighbours both numberings grow by one."""
    streaks = (
        select(func.count().label("length")).where(like).group_by(runs.c.place - runs.c.place_among_like).subquery()
    )
    return select(func.coalesce(func.max(streaks.c.length), 0)).scalar_subquery()


def _falls(runs: Subquery) -> Subquery:
    """Return how far below its best moment, or zero, the running result was after each run."""
    best = func.greatest(func.max(runs.c.running).over(order_by=runs.c.place, rows=(None, 0)), _ZERO)
    return select(
        (best - runs.c.running).label("fall"), runs.c.place, runs.c.closed_at, runs.c.runs.label("runs")
    ).subquery("falls")


def _load_equity(session: Session, runs: Subquery) -> tuple[tuple[datetime, Decimal], ...]:
    """Return the running result, thinned evenly to EQUITY_POINTS, the last run always kept."""
    every = 1 + (runs.c.runs - 1) // (EQUITY_POINTS - 1)
    kept = (func.mod(runs.c.place, every) == 0) | (runs.c.place == runs.c.runs)
    statement = select(runs.c.closed_at, runs.c.running).where(kept).order_by(runs.c.place)
    return tuple((at, running) for at, running in session.execute(statement))


def _load_days(session: Session, runs: Subquery, timezone: str) -> tuple[tuple[date, Decimal, int], ...]:
    day = func.date(func.timezone(literal(timezone), runs.c.closed_at)).label("day")
    statement = select(day, func.sum(runs.c.net), func.count()).group_by(day).order_by(day)
    return tuple((at, net, trades) for at, net, trades in session.execute(statement))


def _load_falls(session: Session, runs: Subquery) -> tuple[tuple[datetime, Decimal], ...]:
    """Return the falls, the deepest of each stretch where there are more than EQUITY_POINTS."""
    falls = _falls(runs)
    stretch = (falls.c.place - 1) // (1 + (falls.c.runs - 1) // EQUITY_POINTS)
    statement = (
        select(func.max(falls.c.closed_at), func.max(falls.c.fall)).group_by(stretch).order_by(func.min(falls.c.place))
    )
    return tuple((at, fall) for at, fall in session.execute(statement))


def _load_shares(
    session: Session, account_id: int | None, wanted: HistoryFilter, name: InstrumentedAttribute[Any]
) -> tuple[HistoryShare, ...]:
    """Return the figures of each pair or side, the best result first."""
    net = PositionRow.net_usdt
    won, lost = net > _ZERO, net < _ZERO
    total = func.sum(net)
    statement = (
        select(
            name.label("name"),
            func.count().label("trades"),
            func.count().filter(won).label("won"),
            func.count().filter(lost).label("lost"),
            total.label("net"),
            func.coalesce(func.sum(PositionRow.fees_usdt), _ZERO).label("fees"),
            func.coalesce(func.sum(net).filter(won), _ZERO).label("won_usdt"),
            func.coalesce(func.sum(net).filter(lost), _ZERO).label("lost_usdt"),
            func.avg(func.extract("epoch", PositionRow.closed_at - PositionRow.opened_at)).label("seconds"),
        )
        .where(*matches(account_id, wanted), net.is_not(None))
        .group_by(name)
        .order_by(total.desc(), name)
    )
    return tuple(
        HistoryShare(
            name=str(row.name),
            trades=row.trades,
            won=row.won,
            lost=row.lost,
            net_usdt=row.net,
            fees_usdt=row.fees,
            profit_factor=row.won_usdt / -row.lost_usdt if row.lost_usdt else None,
            average_seconds_open=None if row.seconds is None else float(row.seconds),
        )
        for row in session.execute(statement)
    )


def load_symbols(session: Session, account_id: int | None) -> tuple[str, ...]:
    """Return the pairs that closed anything, in alphabetical order."""
    statement = select(PositionRow.symbol).where(*matches(account_id, HistoryFilter())).distinct()
    return tuple(session.scalars(statement.order_by(PositionRow.symbol)))
