"""The summary of a day or a week, as a journal line like any other: it goes out through the outbox."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from database import save_event
from domain.journal.bot_facts import DailySummary, WeeklySummary
from domain.journal.events import JournalEvent
from domain.terms import LIVE_PHASES, Phase
from notifications.schedule import summary_due
from storage.settings import read_setting, save_setting
from storage.tables import PositionRow

SETTING = "summaries"
DEFAULT_HOUR = 8
MONDAY = 0
Summary = DailySummary | WeeklySummary


def load_summary(
    session: Session, summary: type[Summary], account_id: int, since: datetime, until: datetime
) -> Summary:
    """Return the result of the positions closed in [since, until)."""
    net = PositionRow.net_usdt
    trades, won, lost, unknown, total, best, worst = session.execute(
        select(
            func.count(),
            func.count().filter(net > Decimal(0)),
            func.count().filter(net < Decimal(0)),
            func.count().filter(net.is_(None)),
            func.coalesce(func.sum(net), Decimal(0)),
            func.max(net),
            func.min(net),
        ).where(
            PositionRow.account_id == account_id,
            PositionRow.phase == Phase.CLOSED,
            PositionRow.closed_at >= since,
            PositionRow.closed_at < until,
        )
    ).one()
    open_now = select(func.count()).where(PositionRow.account_id == account_id, PositionRow.phase.in_(LIVE_PHASES))
    return summary(trades, won, lost, unknown, total or Decimal(0), best, worst, session.scalar(open_now) or 0)


def load_summary_hour(session: Session) -> int:
    """Return from which hour of the day, in the person's zone, summaries are sent, 0 to 23."""
    return int(_load(session).get("hour", DEFAULT_HOUR))


def save_summary_hour(session: Session, hour: int) -> None:
    """Save it, 0 to 23."""
    save_setting(session, SETTING, {**_load(session), "hour": hour})


def write_due_summaries(
    session: Session, account_id: int, now: datetime, zone: ZoneInfo, hour: int
) -> list[JournalEvent]:
    """Write the summaries that are due into the journal, each once; return the events written.

    Args:
        session: a transaction; committed by the caller.
        account_id: the account in use.
        now: aware.
        zone: the person's; the day that ended at the last midnight there is summed up, on Mondays the week too.
        hour: from which hour of the day on, 0 to 23.
    """
    saved = _load(session)
    day = summary_due(now, zone, hour, saved.get("last_day"))
    if day is None:
        return []
    midnight = datetime.combine(now.astimezone(zone).date(), datetime.min.time(), zone)
    due: list[Summary] = [load_summary(session, DailySummary, account_id, _days_before(midnight, 1), midnight)]
    if midnight.weekday() == MONDAY:
        due.append(load_summary(session, WeeklySummary, account_id, _days_before(midnight, 7), midnight))
    for facts in due:
        save_event(session, facts, at=now, account_id=account_id)
    save_setting(session, SETTING, {**saved, "last_day": day})
    return [facts.EVENT for facts in due]


def _load(session: Session) -> dict[str, Any]:
    def read(saved: dict[str, Any]) -> dict[str, Any]:
        hour, last_day = saved.get("hour", DEFAULT_HOUR), saved.get("last_day", "")
        if type(hour) is not int or not 0 <= hour <= 23 or not isinstance(last_day, str):
            raise ValueError(hour)
        return saved

    return read_setting(session, SETTING, read, absent={})


def _days_before(midnight: datetime, days: int) -> datetime:
    """Return the midnight so many days earlier, also across a change of the clocks."""
    return datetime.combine(midnight.date() - timedelta(days=days), datetime.min.time(), midnight.tzinfo)
