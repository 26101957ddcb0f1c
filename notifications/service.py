"""Notifications as they run in the server: the sender's thread, and the jobs of ping, summaries and clearing away."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from apscheduler.schedulers.base import BaseScheduler
from sqlalchemy.orm import Session, sessionmaker

from domain.fault_log import FaultLog
from notifications.dead_mans_switch import DeadMansSwitch
from notifications.outbox import load_ping_channel
from notifications.sender import NotificationSender
from notifications.summaries import load_summary_hour, write_due_summaries
from storage.connections import DATABASE_SILENT
from storage.preferences import load_time_zone
from storage.session_secret import SecretUnavailable

log = logging.getLogger(__name__)

PING_EVERY: Final = timedelta(minutes=1)
SUMMARIES_EVERY: Final = timedelta(minutes=1)
CLEAR_AWAY_EVERY: Final = timedelta(days=1)


class NotificationService:
    """Starts and stops with the server; does nothing while another process holds the lease."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        scheduler: BaseScheduler,
        *,
        active: Callable[[], bool],
        account_id: Callable[[], int | None],
        cycle_age_seconds: Callable[[], float],
        open_address: Callable[[Session, str], str],
    ) -> None:
        """Build it; nothing is sent before start().

        Args:
            sessions: of an engine that is not the monitor's.
            scheduler: carries the jobs.
            active: whether this process holds the lease.
            account_id: the account in use, None before the first sign-in.
            cycle_age_seconds: age of the bot's last cycle.
            open_address: decrypts a saved address; raises SecretUnavailable.
        """
        self._sessions = sessions
        self._faults = FaultLog(log)
        self._active = active
        self._account_id = account_id
        self._open_address = open_address
        self._sender = NotificationSender(sessions, active=active, zone=load_time_zone, open_address=open_address)
        self._switch = DeadMansSwitch(cycle_age_seconds=cycle_age_seconds, active=active)
        for job, every in (
            (self.ping, PING_EVERY),
            (self.write_summaries, SUMMARIES_EVERY),
            (self._sender.forget_old, CLEAR_AWAY_EVERY),
        ):
            scheduler.add_job(
                self._guarded(job), "interval", seconds=every.total_seconds(), max_instances=1, coalesce=True
            )

    def start(self) -> None:
        """Begin to send."""
        self._sender.start()

    def stop(self) -> None:
        """Stop; what is not sent is sent after the next start."""
        self._sender.stop()

    def ping(self) -> None:
        """Ping the address of the dead man's switch, if there is one."""
        with self._sessions.begin() as session:
            row = load_ping_channel(session)
            address = None if row is None else (self._open_address(session, row.address_token), row.private_allowed)
        if address is not None:
            self._switch.ping_once(address[0], private_allowed=address[1])

    def write_summaries(self) -> None:
        """Write the summaries that are due into the journal; the outbox does the rest."""
        account_id = self._account_id()
        if account_id is None or not self._active():
            return
        with self._sessions.begin() as session:
            hour = load_summary_hour(session)
            write_due_summaries(session, account_id, datetime.now(UTC), load_time_zone(session), hour)

    def _guarded(self, job: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                job()
            except (*DATABASE_SILENT, SecretUnavailable) as error:
                log.warning("%s waits reason=%s", job.__name__, type(error).__name__)

        return self._faults.guarded(f"{job.__name__} failed", run)
