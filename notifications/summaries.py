"""The summary of a day or a week, as a journal line like any other: it goes out through the outbox."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from database import save_journal
from domain.terms import LIVE_PHASES, Phase, Severity
from domain.wording import format_usdt
from notifications.schedule import summary_due
from storage.settings import read_setting, save_setting
from storage.tables import PositionRow

SETTING = "summaries"
DEFAULT_HOUR = 8
MONDAY = 0


@dataclass(frozen=True, slots=True)
class PeriodResult:
    """What the bot's trades of one account brought in a period; unknown results are counted, not summed."""

    trades: int
    won: int
    lost: int
    unknown: int
    net_usdt: Decimal
    best_usdt: Decimal | None
    worst_usdt: Decimal | None
    open_now: int


def load_period_result(session: Session, account_id: int, since: datetime, until: datetime) -> PeriodResult:
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
    return PeriodResult(trades, won, lost, unknown, total or Decimal(0), best, worst, session.scalar(open_now) or 0)


def summary_sentence(name: str, result: PeriodResult) -> str:
    """Return the summary in one or two plain sentences."""
    if not result.trades:
        return f"{name}: no trade closed. Open now: {result.open_now}."
    noun = "trade" if result.trades == 1 else "trades"
    text = (
        f"{name}: {format_usdt(result.net_usdt, signed=True)} USDT after fees from {result.trades} {noun}, "
        f"{result.won} won, {result.lost} lost"
    )
    if result.best_usdt is not None and result.worst_usdt is not None and result.trades > 1:
        best, worst = (format_usdt(value, signed=True) for value in (result.best_usdt, result.worst_usdt))
        text += f"; best {best}, worst {worst}"
    unknown = f" The result of {result.unknown} is not known." if result.unknown else ""
    return f"{text}.{unknown} Open now: {result.open_now}."


def load_summary_hour(session: Session) -> int:
    """Return from which hour of the day, in the person's zone, summaries are sent, 0 to 23."""
    return int(_load(session).get("hour", DEFAULT_HOUR))


def save_summary_hour(session: Session, hour: int) -> None:
    """Save it, 0 to 23."""
    save_setting(session, SETTING, {**_load(session), "hour": hour})


def write_due_summaries(session: Session, account_id: int, now: datetime, zone: ZoneInfo, hour: int) -> list[str]:
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
    wanted = [("daily_summary", "Yesterday", _days_before(midnight, 1))]
    if midnight.weekday() == MONDAY:
        wanted.append(("weekly_summary", "Last week", _days_before(midnight, 7)))
    for event, name, since in wanted:
        result = load_period_result(session, account_id, since, midnight)
        save_journal(
            session,
            at=now,
            severity=Severity.INFO,
            event=event,
            text=summary_sentence(name, result),
            account_id=account_id,
            details={"net_usdt": str(result.net_usdt), "trades": result.trades, "won": result.won, "lost": result.lost},
        )
    save_setting(session, SETTING, {**saved, "last_day": day})
    return [event for event, _, _ in wanted]


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
