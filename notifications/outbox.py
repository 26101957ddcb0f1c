"""What is on its way: journal lines become notifications of each channel, in order, at least once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from domain.terms import Severity
from notifications.kinds import NotificationKind, kind_of, saved_kinds
from notifications.schedule import GIVE_UP_AFTER, QuietHours, pause_after
from storage.bot_tables import JournalRow
from storage.notification_tables import NotificationChannelRow, NotificationRow
from storage.tables import PositionRow

FAN_OUT_AT_ONCE: Final = 500
BUNDLE_FROM: Final = 4  # so many waiting at once go out as one message
BUNDLE_AT_MOST: Final = 40
PING_SERVICE: Final = "Ping"  # the channel that gets no notifications, only the dead man's ping


@dataclass(frozen=True, slots=True)
class Message:
    """What one channel is sent next: one line of the journal, or several bundled."""

    channel_id: int
    notification_ids: tuple[int, ...]
    title: str
    body: str


def fan_out(session: Session, now: datetime) -> int:
    """Give every new journal line to the channels that asked for its kind; return how many notifications were made.

    The line itself is written in the transaction of its event, so nothing that happened is missed, and a line that is
    committed late is found late instead of never.

    Args:
        session: a transaction; committed by the caller.
        now: becomes the moment from which a notification is tried.
    """
    lines = session.scalars(
        select(JournalRow)
        .where(JournalRow.announced.is_(False))
        .order_by(JournalRow.id)
        .limit(FAN_OUT_AT_ONCE)
        .with_for_update(skip_locked=True)
    ).all()
    if not lines:
        return 0
    wanting = {
        channel.id: saved_kinds(channel.kinds)
        for channel in session.scalars(select(NotificationChannelRow).where(NotificationChannelRow.enabled))
    }
    made = 0
    for line in lines:
        kind = kind_of(line.event)
        for channel_id, kinds in wanting.items():
            if kind in kinds:
                session.add(
                    NotificationRow(
                        channel_id=channel_id, journal_id=line.id, created_at=now, attempts=0, not_before=now
                    )
                )
                made += 1
    session.execute(update(JournalRow).where(JournalRow.id.in_([line.id for line in lines])).values(announced=True))
    return made


def channels_with_mail(session: Session, now: datetime) -> tuple[int, ...]:
    """Return the enabled channels whose oldest unsent notification is due: one that must wait holds back the rest."""
    oldest = (
        select(NotificationRow.channel_id, func.min(NotificationRow.id).label("first"))
        .where(NotificationRow.sent_at.is_(None), NotificationRow.given_up_at.is_(None))
        .group_by(NotificationRow.channel_id)
        .subquery()
    )
    due = (
        select(NotificationRow.channel_id)
        .join(oldest, oldest.c.first == NotificationRow.id)
        .join(NotificationChannelRow, NotificationChannelRow.id == NotificationRow.channel_id)
        .where(NotificationRow.not_before <= now, NotificationChannelRow.enabled)
        .order_by(NotificationRow.id)
    )
    return tuple(session.scalars(due))


def next_message(session: Session, channel_id: int, now: datetime, zone: ZoneInfo) -> Message | None:
    """Return what a channel is sent next, None while it is quiet or nothing is left.

    Args:
        session: a transaction; committed by the caller.
        channel_id: the channel.
        now: aware.
        zone: the person's, in which quiet hours and times are meant.
    """
    channel = session.get(NotificationChannelRow, channel_id)
    if channel is None:
        return None
    waiting = session.execute(
        select(NotificationRow, JournalRow, PositionRow.symbol, PositionRow.side)
        .join(JournalRow, JournalRow.id == NotificationRow.journal_id)
        .outerjoin(PositionRow, PositionRow.id == JournalRow.position_id)
        .where(
            NotificationRow.channel_id == channel_id,
            NotificationRow.sent_at.is_(None),
            NotificationRow.given_up_at.is_(None),
        )
        .order_by(NotificationRow.id)
        .limit(BUNDLE_AT_MOST)
    ).all()
    if not waiting:
        return None
    quiet_until = _quiet_until(channel, now, zone)
    if quiet_until is not None:
        for row in waiting:
            row[0].not_before = quiet_until
        return None
    if len(waiting) < BUNDLE_FROM:
        notification, line, symbol, side = waiting[0]
        pair = f"{symbol} {side.value}" if symbol else ""
        return Message(channel_id, (notification.id,), _title(line, pair), line.text)
    lines = [f"{line.at.astimezone(zone):%H:%M} {line.text}" for _, line, _, _ in waiting]
    ids = tuple(notification.id for notification, _, _, _ in waiting)
    return Message(channel_id, ids, f"Trading bot: {len(ids)} messages", "\n".join(lines))


def load_ping_channel(session: Session) -> NotificationChannelRow | None:
    """Return the channel of the dead man's ping, None while none is set."""
    return session.scalar(select(NotificationChannelRow).where(NotificationChannelRow.service == PING_SERVICE))


def note_sent(session: Session, message: Message, now: datetime) -> None:
    """Record that a message went out."""
    session.execute(
        update(NotificationRow)
        .where(NotificationRow.id.in_(message.notification_ids))
        .values(sent_at=now, attempts=NotificationRow.attempts + 1, last_problem=None)
    )


def note_not_sent(session: Session, message: Message, problem: str, now: datetime) -> None:
    """Record a failed try: tried again after a growing pause, given up after a day.

    Args:
        session: a transaction; committed by the caller.
        message: what did not go out.
        problem: why, in plain words without the address.
        now: aware.
    """
    rows: Sequence[NotificationRow] = session.scalars(
        select(NotificationRow).where(NotificationRow.id.in_(message.notification_ids))
    ).all()
    for row in rows:
        row.attempts += 1
        row.last_problem = problem
        row.not_before = now + pause_after(row.attempts)
        if now - row.created_at >= GIVE_UP_AFTER:
            row.given_up_at = now


def forget_old(session: Session, before: datetime) -> None:
    """Delete what was sent or given up before a moment: it is only diagnostic."""
    done = func.coalesce(NotificationRow.sent_at, NotificationRow.given_up_at)
    session.execute(delete(NotificationRow).where(done < before))


def _quiet_until(channel: NotificationChannelRow, now: datetime, zone: ZoneInfo) -> datetime | None:
    if channel.quiet_from is None or channel.quiet_until is None:
        return None
    return QuietHours(channel.quiet_from, channel.quiet_until).until(now, zone)


def _title(line: JournalRow, pair: str) -> str:
    kind = kind_of(line.event)
    mark = "Attention: " if line.severity in (Severity.WARNING, Severity.DANGER) else ""
    what = {
        NotificationKind.OPENED: "Opened",
        NotificationKind.CLOSED: "Closed",
        NotificationKind.STOP_MOVED: "Stop or target moved",
        NotificationKind.STOP_FAILED: "Stop-loss",
        NotificationKind.LIMIT: "Limit",
        NotificationKind.HEALTH: "Trading bot",
        NotificationKind.EXTERNAL: "Not the bot's",
        NotificationKind.DAILY_SUMMARY: "Your day",
        NotificationKind.WEEKLY_SUMMARY: "Your week",
    }
    return f"{mark}{what[kind] if kind else 'Trading bot'} {pair}".strip()
