"""The rows of the income history of one day, each with the trades that it belongs to."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from services.history.views import IncomeEntry
from storage.income_tables import IncomeRow, IncomeShareRow
from storage.tables import FillRow


def load_rows(
    session: Session, account_id: int | None, day: date, offset: int, limit: int
) -> tuple[tuple[IncomeEntry, ...], int]:
    """Return rows of the income history of one day of the exchange, oldest first, and how many there are."""
    since = datetime.combine(day, time(), UTC)
    on_day = of_income(account_id, since, since + timedelta(days=1))
    rows = session.scalars(
        select(IncomeRow).where(on_day).order_by(IncomeRow.occurred_at, IncomeRow.id).offset(offset).limit(limit)
    ).all()
    holders = _load_holders(session, account_id, rows)
    entries = tuple(
        IncomeEntry(
            occurred_at=row.occurred_at,
            income_type=row.income_type,
            symbol=row.symbol,
            amount=row.amount,
            asset=row.asset,
            position_ids=tuple(sorted(holders[row.id])),
        )
        for row in rows
    )
    return entries, session.scalar(select(func.count()).select_from(IncomeRow).where(on_day)) or 0


def of_income(account_id: int | None, since: datetime, until: datetime) -> ColumnElement[bool]:
    """Return the condition of an income row of the account in a span of time, its end excluded."""
    return and_(IncomeRow.account_id == account_id, IncomeRow.occurred_at >= since, IncomeRow.occurred_at < until)


def _load_holders(session: Session, account_id: int | None, rows: Sequence[IncomeRow]) -> Mapping[int, set[int]]:
    """Return by row the trades of ours that it belongs to."""
    holders: dict[int, set[int]] = defaultdict(set)
    ids = [row.id for row in rows]
    shares = select(IncomeShareRow.income_id, IncomeShareRow.position_id).where(
        IncomeShareRow.income_id.in_(ids), IncomeShareRow.position_id.is_not(None)
    )
    found: list[tuple[int, int | None]] = [(row[0], row[1]) for row in session.execute(shares)]
    fills = (
        select(IncomeRow.id, FillRow.position_id)
        .join(
            FillRow,
            and_(
                FillRow.account_id == IncomeRow.account_id,
                FillRow.symbol == IncomeRow.symbol,
                FillRow.trade_id == IncomeRow.trade_id,
            ),
        )
        .where(IncomeRow.id.in_(ids), FillRow.position_id.is_not(None), IncomeRow.account_id == account_id)
    )
    found += [(row[0], row[1]) for row in session.execute(fills)]
    for income_id, position_id in found:
        if position_id is not None:
            holders[income_id].add(position_id)
    return holders
