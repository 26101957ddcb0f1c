"""The nightly check of the roll-ups against the rows; a difference is mended and stands in the journal."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.schedulers.base import BaseScheduler
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from database import save_event
from domain.journal.bot_facts import ResultsRecounted
from domain.terms import Phase
from storage.roll_up_tables import DAY_MINUTES, QUARTER_MINUTES, ResultSpanRow
from storage.tables import PositionRow

log = logging.getLogger(__name__)

CHECK_EVERY: Final = timedelta(days=1)
# A bot that is restarted every day would never come to what is done once a day.
FIRST_CHECK_AFTER: Final = timedelta(minutes=10)
_AT_ONCE: Final = timedelta(days=7)  # one short transaction each: nobody waits for the check
_DIFFERENCES: Final = """
    SELECT date_bin(interval '1 day', starts_at, timestamptz '2000-01-01 00:00+00')
    FROM (
        (SELECT * FROM result_{kind} WHERE account_id = :account_id AND minutes = :minutes
            AND starts_at >= :since AND starts_at < :until
        EXCEPT ALL SELECT * FROM counted_result_{kind}(:account_id, :minutes, :since, :until))
        UNION ALL
        (SELECT * FROM counted_result_{kind}(:account_id, :minutes, :since, :until)
        EXCEPT ALL SELECT * FROM result_{kind} WHERE account_id = :account_id AND minutes = :minutes
            AND starts_at >= :since AND starts_at < :until)
    ) AS differing
"""


class RollUpCheck:
    """Compares roll-ups and rows of the account in use, a week at a time."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        active: Callable[[], bool],
        account_id: Callable[[], int | None],
        now: Callable[[], datetime],
    ) -> None:
        """Take what the check needs.

        Args:
            sessions: of an engine that is not the monitor's.
            active: whether this process holds the lease.
            account_id: the account in use, None before the first sign-in.
            now: the clock of the journal.
        """
        self._sessions = sessions
        self._active = active
        self._account_id = account_id
        self._now = now

    def schedule(self, scheduler: BaseScheduler) -> None:
        """Add the job."""
        scheduler.add_job(
            self.run,
            "interval",
            seconds=CHECK_EVERY.total_seconds(),
            next_run_time=datetime.now(UTC) + FIRST_CHECK_AFTER,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )

    def run(self) -> None:
        """Check all time; a database that is away is checked the next night."""
        account_id = self._account_id()
        if account_id is None or not self._active():
            return
        try:
            self.check(account_id)
        except SQLAlchemyError as failure:
            log.warning("roll-ups not checked reason=%s", type(failure).__name__)

    def check(self, account_id: int) -> None:
        """Compare, and where they differ count anew and say so in the journal."""
        with self._sessions() as session:
            first, last = _extent(session, account_id)
        if first is None or last is None:
            return
        since = first.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        while since <= last and self._active():
            with self._sessions.begin() as session:
                self._check(session, account_id, since)
            since += _AT_ONCE

    def _check(self, session: Session, account_id: int, since: datetime) -> None:
        days = _differing_days(session, account_id, since)
        if not days:
            return
        for day in days:
            session.execute(
                text("SELECT recount_results(:account_id, :since, :until)"),
                {"account_id": account_id, "since": day, "until": day + timedelta(days=1)},
            )
        log.error("roll-ups differed days=%s account=%d", ",".join(f"{day:%Y-%m-%d}" for day in days), account_id)
        facts = ResultsRecounted(len(days), f"{days[0]:%Y-%m-%d}", f"{days[-1]:%Y-%m-%d}")
        save_event(session, facts, at=self._now(), account_id=account_id)


def _extent(session: Session, account_id: int) -> tuple[datetime | None, datetime | None]:
    """Return the first and the last moment of which there is a trade or a roll-up."""
    closed = select(func.min(PositionRow.closed_at), func.max(PositionRow.closed_at)).where(
        PositionRow.account_id == account_id, PositionRow.phase == Phase.CLOSED
    )
    rolled = select(func.min(ResultSpanRow.starts_at), func.max(ResultSpanRow.starts_at)).where(
        ResultSpanRow.account_id == account_id, ResultSpanRow.minutes == QUARTER_MINUTES
    )
    firsts, lasts = zip(*(session.execute(statement).one() for statement in (closed, rolled)), strict=True)
    known_firsts, known_lasts = ([at for at in moments if at is not None] for moments in (firsts, lasts))
    return min(known_firsts, default=None), max(known_lasts, default=None)


def _differing_days(session: Session, account_id: int, since: datetime) -> list[datetime]:
    found: set[datetime] = set()
    for kind in ("spans", "shares"):
        for minutes in (QUARTER_MINUTES, DAY_MINUTES):
            values = {"account_id": account_id, "minutes": minutes, "since": since, "until": since + _AT_ONCE}
            found |= {day.astimezone(UTC) for day in session.scalars(text(_DIFFERENCES.format(kind=kind)), values)}
    return sorted(found)
