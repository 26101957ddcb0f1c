"""What is kept how long: equity samples and lines of routine are thinned out, everything else is kept."""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from domain.journal.events import JournalEvent
from storage.bot_tables import JournalRow
from storage.income_tables import EquityRow

EVERY_SAMPLE_KEPT_FOR = timedelta(days=90)
ROUTINE_KEPT_FOR = timedelta(days=90)
# They say that a step went as it should. What was sent, and when it rested, stays with the orders of the trade.
ROUTINE = (JournalEvent.OPENING, JournalEvent.PROTECTED)
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


def thin_journal(session: Session, account_id: int, now: datetime) -> int:
    """Delete lines of routine older than 90 days that are announced; return how many, at most 5 000 a call."""
    old = (
        select(JournalRow.id)
        .where(
            JournalRow.account_id == account_id,
            JournalRow.event.in_(ROUTINE),
            JournalRow.at < now - ROUTINE_KEPT_FOR,
            JournalRow.announced,
        )
        .limit(AT_A_TIME)
    )
    deleted = session.scalars(delete(JournalRow).where(JournalRow.id.in_(old)).returning(JournalRow.id))
    return len(deleted.all())
