"""The journal as Activity shows it: every decision, order, fill and refusal, newest first."""

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import Severity
from services.account import current_account_id
from services.errors import reading
from services.feed import MonitorFeed
from services.history.views import JournalEntry, PositionName
from storage.bot_tables import JournalRow
from storage.tables import PositionRow

GRAVITY = (Severity.INFO, Severity.GOOD, Severity.WARNING, Severity.DANGER)


class Activity:
    """The journal, and the positions it can be narrowed to."""

    def __init__(self, sessions: sessionmaker[Session], feed: MonitorFeed) -> None:
        self._sessions = sessions
        self._feed = feed

    def entries(
        self,
        position_id: int | None = None,
        severity: Severity | None = None,
        before_id: int | None = None,
        limit: int = 200,
    ) -> tuple[JournalEntry, ...]:
        """Return entries of the account in use, newest first; see load_activity. May raise NotReadable."""
        with reading(self._sessions) as session:
            return load_activity(
                session,
                current_account_id(session, self._feed.health()),
                position_id=position_id,
                severity=severity,
                before_id=before_id,
                limit=limit,
            )

    def position_names(self, limit: int = 100) -> tuple[PositionName, ...]:
        """Return the newest positions to choose from, newest first. May raise NotReadable."""
        with reading(self._sessions) as session:
            return load_position_names(session, current_account_id(session, self._feed.health()), limit)

    def position_name(self, position_id: int) -> PositionName | None:
        """Return one position to name it by, None when there is none of that id. May raise NotReadable."""
        with reading(self._sessions) as session:
            return load_position_name(session, current_account_id(session, self._feed.health()), position_id)


def load_activity(
    session: Session,
    account_id: int | None,
    *,
    position_id: int | None = None,
    severity: Severity | None = None,
    before_id: int | None = None,
    limit: int = 200,
) -> tuple[JournalEntry, ...]:
    """Return entries of the account and of the bot as a whole, newest first.

    Args:
        session: a database session.
        account_id: the account in use, None = only what belongs to no account.
        position_id: only what happened to this position.
        severity: this or graver (INFO < GOOD < WARNING < DANGER), None = all.
        before_id: only entries older than this one, to page on.
        limit: at most so many, ≥ 1.
    """
    statement = (
        select(JournalRow, PositionRow.symbol, PositionRow.side)
        .outerjoin(PositionRow, PositionRow.id == JournalRow.position_id)
        .where(or_(JournalRow.account_id == account_id, JournalRow.account_id.is_(None)))
        .order_by(JournalRow.id.desc())
        .limit(limit)
    )
    if position_id is not None:
        statement = statement.where(JournalRow.position_id == position_id)
    if severity is not None:
        statement = statement.where(JournalRow.severity.in_(GRAVITY[GRAVITY.index(severity) :]))
    if before_id is not None:
        statement = statement.where(JournalRow.id < before_id)
    return tuple(
        JournalEntry(
            id=row.id,
            at=row.at,
            severity=row.severity,
            event=row.event,
            text=row.text,
            position_id=row.position_id,
            position_name=None if symbol is None else f"{symbol} {side}",
            details=dict(row.details),
        )
        for row, symbol, side in session.execute(statement)
    )


def load_position_names(session: Session, account_id: int | None, limit: int) -> tuple[PositionName, ...]:
    """Return the account's newest trades to choose from, newest first, at most so many."""
    statement = (
        select(PositionRow).where(PositionRow.account_id == account_id).order_by(PositionRow.id.desc()).limit(limit)
    )
    return tuple(map(_position_name, session.scalars(statement)))


def load_position_name(session: Session, account_id: int | None, position_id: int) -> PositionName | None:
    """Return one trade of the account to name it by, None when it has none of that id."""
    row = session.get(PositionRow, position_id)
    return None if row is None or row.account_id != account_id else _position_name(row)


def _position_name(row: PositionRow) -> PositionName:
    return PositionName(row.id, row.symbol, row.side, row.sequence, row.phase, row.closed_at or row.created_at)
