"""Figures over closed positions from the roll-ups: as exact as from the rows, in the time of days instead of trades."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, Select, Subquery, and_, func, literal, or_, select, tuple_
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from services.history.views import CurvePoint, DayResult, HistoryFilter
from storage.roll_up_tables import DAY_MINUTES, QUARTER_MINUTES, ResultShareRow, ResultSpanRow

_ZERO: Final = Decimal(0)
_DAY: Final = timedelta(days=1)
_QUARTER_SECONDS: Final = QUARTER_MINUTES * 60
_EARLIEST: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST: Final = datetime(9999, 1, 1, tzinfo=UTC)


def covers_shares(wanted: HistoryFilter) -> bool:
    """Say whether the filter begins and ends with a quarter of an hour, as days of every time zone do."""
    moments = (moment for moment in (wanted.since, wanted.until) if moment is not None)
    return all(moment.timestamp() % _QUARTER_SECONDS == 0 for moment in moments)


def covers_spans(wanted: HistoryFilter) -> bool:
    """Say whether figures that depend on the order of trades can be had: of all pairs, sides and reasons alone."""
    return covers_shares(wanted) and wanted.symbol is None and wanted.side is None and wanted.reason is None


def load_sums(session: Session, account_id: int | None, wanted: HistoryFilter) -> Row[Any]:
    """Return the sums over the filter and its max_drawdown; covers_spans must hold."""
    spans = _in_order(_few_spans(account_id, wanted))

    def total(column: ColumnElement[Any]) -> ColumnElement[Any]:
        return func.coalesce(func.sum(column), 0)

    sums = ("trades", "unknown", "won", "lost", "net", "gross", "fees", "funding", "won_usdt", "lost_usdt")
    statement: Select[Any] = select(
        *(total(spans.c[name]).label(name) for name in sums),
        (func.sum(spans.c.seconds) / func.nullif(func.sum(spans.c.timed), 0)).label("seconds"),
        func.max(spans.c.best).label("best_net"),
        func.min(spans.c.worst).label("worst_net"),
        func.coalesce(func.max(spans.c.fall), _ZERO).label("max_drawdown"),
    )
    return session.execute(statement).one()


def load_streaks(session: Session, account_id: int | None, wanted: HistoryFilter) -> tuple[int, int]:
    """Return the longest row of losses and of wins over the filter; covers_spans must hold."""
    columns = (
        ResultSpanRow.trades,
        ResultSpanRow.lost,
        ResultSpanRow.losses_first,
        ResultSpanRow.losses_last,
        ResultSpanRow.losses_longest,
        ResultSpanRow.won,
        ResultSpanRow.wins_first,
        ResultSpanRow.wins_last,
        ResultSpanRow.wins_longest,
    )
    statement = select(*columns).where(*_few_spans(account_id, wanted), ResultSpanRow.trades > 0)
    spans = session.execute(statement.order_by(ResultSpanRow.starts_at)).all()
    return _longest((row[0], *row[1:5]) for row in spans), _longest((row[0], *row[5:9]) for row in spans)


def load_result_shares(session: Session, account_id: int | None, wanted: HistoryFilter) -> list[Row[Any]]:
    """Return the sums of each pair (side None) and each side (symbol None), best first; covers_shares must hold."""
    total = func.sum(ResultShareRow.net)
    summed = ("trades", "won", "lost", "net", "fees", "won_usdt", "lost_usdt")
    conditions = [*_pieces(ResultShareRow, account_id, wanted), ResultShareRow.trades > 0]
    for column, value in (
        (ResultShareRow.symbol, wanted.symbol),
        (ResultShareRow.side, wanted.side),
        (ResultShareRow.reason, wanted.reason),
    ):
        if value is not None:
            conditions.append(column == value)
    statement = (
        select(
            ResultShareRow.symbol.label("symbol"),
            ResultShareRow.side.label("side"),
            *(func.sum(getattr(ResultShareRow, name)).label(name) for name in summed),
            (func.sum(ResultShareRow.seconds) / func.nullif(func.sum(ResultShareRow.timed), 0)).label("seconds"),
        )
        .where(*conditions)
        .group_by(func.grouping_sets(tuple_(ResultShareRow.symbol), tuple_(ResultShareRow.side)))
        .order_by(total.desc(), ResultShareRow.symbol, ResultShareRow.side)
    )
    return list(session.execute(statement).all())


def load_points(session: Session, account_id: int | None, wanted: HistoryFilter, most: int) -> tuple[CurvePoint, ...]:
    """Return the curve from days, or from quarters of an hour where there are few days; covers_spans must hold.

    At most so many points; empty when both are too few for a curve.
    """
    for conditions in (_few_spans(account_id, wanted), _spans(QUARTER_MINUTES, account_id, wanted)):
        known = select(func.count()).select_from(ResultSpanRow).where(*conditions, ResultSpanRow.trades > 0)
        number = session.scalar(known) or 0
        if number >= most // 2:
            return _points(session, conditions, 1 + (number - 1) // most)
    return ()


def load_days(session: Session, account_id: int | None, wanted: HistoryFilter, timezone: str) -> tuple[DayResult, ...]:
    """Return what each day of a zone made; covers_spans must hold."""
    day = func.date(func.timezone(literal(timezone), ResultSpanRow.starts_at)).label("day")
    statement = (
        select(day, func.sum(ResultSpanRow.net), func.sum(ResultSpanRow.trades))
        .where(*_spans(QUARTER_MINUTES, account_id, wanted), ResultSpanRow.trades > 0)
        .group_by(day)
        .order_by(day)
    )
    return tuple(DayResult(at, net, int(trades)) for at, net, trades in session.execute(statement))


def load_symbols(session: Session, account_id: int | None) -> tuple[str, ...]:
    """Return the pairs that closed anything, in alphabetical order."""
    statement = select(ResultShareRow.symbol).where(*_pieces(ResultShareRow, account_id, HistoryFilter())).distinct()
    return tuple(session.scalars(statement.order_by(ResultShareRow.symbol)))


def _points(session: Session, conditions: list[ColumnElement[bool]], at_once: int) -> tuple[CurvePoint, ...]:
    spans = _in_order([*conditions, ResultSpanRow.trades > 0])
    stretch = (spans.c.number - 1) // at_once
    at_its_end = func.array_agg(aggregate_order_by(spans.c.before + spans.c.net, spans.c.number.desc()))
    statement = (
        select(func.max(spans.c.last_closed_at), at_its_end[1], func.max(spans.c.fall))
        .group_by(stretch)
        .order_by(stretch)
    )
    return tuple(CurvePoint(at, result, fall) for at, result, fall in session.execute(statement))


def _in_order(conditions: list[ColumnElement[bool]]) -> Subquery:
    """Return spans with the running result before each, and the deepest fall below the best moment up to its end.

    Below the best moment of earlier spans its lowest moment lies deepest; below its own, it knows itself.
    """
    so_far: dict[str, Any] = {"order_by": ResultSpanRow.starts_at, "rows": (None, -1)}
    before = func.coalesce(func.sum(ResultSpanRow.net).over(**so_far), _ZERO)
    summed = (
        select(
            ResultSpanRow.__table__,
            before.label("before"),
            func.row_number().over(order_by=ResultSpanRow.starts_at).label("number"),
        )
        .where(*conditions)
        .subquery()
    )
    earlier = func.max(summed.c.before + summed.c.peak).over(order_by=summed.c.number, rows=(None, -1))
    best = func.greatest(earlier, _ZERO)
    fall = func.greatest(summed.c.drawdown, best - summed.c.before - summed.c.trough)
    return select(summed, fall.label("fall")).subquery()


def _longest(spans: Iterable[tuple[int, ...]]) -> int:
    """Return the longest streak over spans of (trades, like ones, first, last, longest)."""
    longest = running = 0
    for trades, like, first, last, of_span in spans:
        longest = max(longest, running + first, of_span)
        running = running + trades if like == trades else last
    return longest


def _few_spans(account_id: int | None, wanted: HistoryFilter) -> list[ColumnElement[bool]]:
    return _pieces(ResultSpanRow, account_id, wanted)


def _spans(minutes: int, account_id: int | None, wanted: HistoryFilter) -> list[ColumnElement[bool]]:
    return [
        ResultSpanRow.account_id == account_id,
        _between(ResultSpanRow, minutes, wanted.since or _EARLIEST, wanted.until or _LATEST),
    ]


def _pieces(
    table: type[ResultSpanRow | ResultShareRow], account_id: int | None, wanted: HistoryFilter
) -> list[ColumnElement[bool]]:
    """Return the conditions of the fewest spans that make up the filter: whole days of UTC, quarters at both ends."""
    since, until = wanted.since or _EARLIEST, wanted.until or _LATEST
    first = _EARLIEST - (_EARLIEST - since) // _DAY * _DAY  # rounded up
    end = _EARLIEST + (until - _EARLIEST) // _DAY * _DAY
    if end <= first:
        return [table.account_id == account_id, _between(table, QUARTER_MINUTES, since, until)]
    parts = [_between(table, DAY_MINUTES, first, end)]
    if since < first:
        parts.append(_between(table, QUARTER_MINUTES, since, first))
    if end < until:
        parts.append(_between(table, QUARTER_MINUTES, end, until))
    return [table.account_id == account_id, or_(*parts)]


def _between(
    table: type[ResultSpanRow | ResultShareRow], minutes: int, since: datetime, until: datetime
) -> ColumnElement[bool]:
    return and_(table.minutes == minutes, table.starts_at >= since, table.starts_at < until)
