"""What is kept how long: equity samples are thinned out, everything else is kept."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from storage.income_tables import EquityRow

EVERY_SAMPLE_KEPT_FOR = timedelta(days=90)
AT_A_TIME = 5_000  # rows: a cycle must not wait for a long statement


def thin_equity(session: Session, account_id: int, now: datetime) -> int:
    """Delete samples older than 90 days but the first of each hour; return how many, at most 5 000 a call."""
    hour = func.date_trunc("hour", EquityRow.at)
    number = func.row_number().over(partition_by=hour, order_by=(EquityRow.at, EquityRow.id)).label("number")
    old = (
        select(EquityRow.id, number)
        .where(EquityRow.account_id == account_id, EquityRow.at < now - EVERY_SAMPLE_KEPT_FOR)
        .subquery()
    )
    superfluous = select(old.c.id).where(old.c.number > 1).limit(AT_A_TIME)
    deleted = session.scalars(delete(EquityRow).where(EquityRow.id.in_(superfluous)).returning(EquityRow.id))
    return len(deleted.all())
