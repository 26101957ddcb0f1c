"""The one snapshot that all live parts of the pages share: rows and streamed prices, no exchange request."""

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session, sessionmaker

from domain.bot_status import Alert, MonitorHealth
from domain.risk.verdict import Bite
from domain.terms import Severity
from services.account import current_account_id
from services.cache import ttl_cached
from services.dashboard.figures import (
    closed_today,
    load_results_since,
    load_wallet_trend,
    summary_of,
)
from services.dashboard.inactive_accounts import load_inactive_positions
from services.dashboard.positions import load_fill_marks, load_position_views
from services.dashboard.reopenings import load_paused, load_waiting
from services.dashboard.status import status_of
from services.dashboard.views import FillMark, Snapshot
from services.errors import NotReadable, reading
from services.feed import MonitorFeed
from storage.account_settings import load_opening_paused
from storage.preferences import load_calendar

SHARED_FOR = timedelta(seconds=0.9)
BITES_TTL = timedelta(seconds=2)
WALLET_TREND_TTL = timedelta(seconds=30)  # a new reading comes every few minutes


class Dashboard:
    """Makes the snapshot at most once per SHARED_FOR and hands the same one to every viewer."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        feed: MonitorFeed,
        now: Callable[[], datetime],
        bites_in: Callable[[Session, int], tuple[Bite, ...]] = lambda _, __: (),
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._feed = feed
        self._now = now
        self._making = threading.Lock()
        self._latest: Snapshot | None = None
        self._made_at: datetime | None = None
        self._unreadable_since: datetime | None = None
        self._wallet_trend = ttl_cached(WALLET_TREND_TTL, key=_account_of)(load_wallet_trend)
        self._bites = ttl_cached(BITES_TTL, key=_account_of, timer=timer)(bites_in)

    def snapshot(self) -> Snapshot:
        """Return the shared snapshot, made anew when it is older than SHARED_FOR.

        While the database does not answer, the last rows are shown on with an alert that says so; ages go on growing.
        """
        with self._making:
            now = self._now()
            if self._latest is None or self._made_at is None or abs(now - self._made_at) >= SHARED_FOR:
                self._latest = self._make(now)
                self._made_at = self._now()
            return self._latest

    def fills(self, position_id: int) -> tuple[FillMark, ...]:
        """Return the fills of one position, oldest first; empty when it is not on this account.

        Raises:
            NotReadable: the database does not answer.
        """
        with reading(self._sessions) as session:
            account_id = current_account_id(session, self._feed.health())
            return () if account_id is None else load_fill_marks(session, account_id, position_id)

    def forget(self) -> None:
        """Make the next snapshot anew: something a person did has just been written."""
        with self._making:
            self._made_at = None

    def _make(self, now: datetime) -> Snapshot:
        health = self._feed.health()
        try:
            with reading(self._sessions) as session:
                made = load_snapshot(session, self._feed, health, now, self._wallet_trend)
                account_id = current_account_id(session, health)
                if account_id is not None:
                    made = replace(made, bites=self._bites(session, account_id))
        except NotReadable:
            self._unreadable_since = self._unreadable_since or now
            return self._without_rows(health, now, self._unreadable_since)
        self._unreadable_since = None
        return made

    def _without_rows(self, health: MonitorHealth, now: datetime, since: datetime) -> Snapshot:
        alert = Alert(
            code="database_silent",
            severity=Severity.DANGER,
            title="The bot cannot read its own records",
            text=(
                "Its database does not answer. Stops and targets already placed stay on the exchange. "
                "What you see below may be out of date. The bot tries again every second."
            ),
            since=since,
        )
        health = replace(health, alerts=(alert, *health.alerts))
        if self._latest is None:
            status = status_of(health, opening_paused=False, now=now)
            return Snapshot(
                now, status, summary_of((), closed_today(()), (), health), (), (), (), health.external_positions, ()
            )
        status = status_of(health, opening_paused=self._latest.status.opening_paused, now=now)
        return replace(
            self._latest, status=status, external_positions=health.external_positions, ignored=health.ignored
        )


def load_snapshot(
    session: Session,
    feed: MonitorFeed,
    health: MonitorHealth,
    now: datetime,
    wallet_trend: Callable[[Session, int, datetime], tuple[Decimal, ...]],
) -> Snapshot:
    """Read the snapshot of the account in use: eight SQL statements, before the first sign-in too."""
    account_id = current_account_id(session, health)
    inactive = load_inactive_positions(session, account_id)
    if account_id is None:
        status = status_of(health, opening_paused=False, now=now)
        return Snapshot(
            now, status, summary_of((), closed_today(()), (), health), (), (), (), health.external_positions, inactive
        )
    positions = load_position_views(session, feed, account_id)
    since = load_calendar(session).day(now).begins_at  # the person's day, as limits and History count it
    today = closed_today(load_results_since(session, account_id, since))
    trend = wallet_trend(session, account_id, now)
    return Snapshot(
        taken_at=now,
        status=status_of(health, opening_paused=load_opening_paused(session, account_id), now=now),
        summary=summary_of(positions, today, trend, health),
        positions=positions,
        waiting=load_waiting(session, account_id),
        paused=load_paused(session, account_id),
        external_positions=health.external_positions,
        inactive=inactive,
        ignored=health.ignored,
    )


def _account_of(_: Session, account_id: int, *__: object) -> int:
    """Return what tells cached values apart."""
    return account_id
