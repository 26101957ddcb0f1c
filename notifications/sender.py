"""The thread that sends: it reads the outbox and never touches a trade; a dead receiver only delays its own channel."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session, sessionmaker

from domain.fault_log import FaultLog
from notifications.addresses import BadAddress
from notifications.outbox import (
    Message,
    channels_with_mail,
    fan_out,
    forget_old,
    next_message,
    note_not_sent,
    note_sent,
)
from notifications.sending import NotSent, send_message
from storage.connections import DATABASE_SILENT
from storage.notification_tables import NotificationChannelRow
from storage.session_secret import SecretUnavailable

log = logging.getLogger(__name__)

POLL_SECONDS: Final = 1.0
SENT_KEPT_FOR: Final = timedelta(days=30)
CHANNELS_AT_ONCE: Final = 4


class NotificationSender:
    """Sends while this process holds the lease, so that two instances on one database do not send twice."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        *,
        active: Callable[[], bool],
        zone: Callable[[Session], ZoneInfo],
        open_address: Callable[[Session, str], str],
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        send: Callable[..., None] = send_message,
    ) -> None:
        """Build a sender that does nothing until started.

        Args:
            sessions: of an engine that is not the monitor's.
            active: whether this process holds the lease.
            zone: the person's zone as saved.
            open_address: decrypts a channel's address; raises when the secret is not there.
            now: this machine's time, aware.
            send: sends one message; raises BadAddress or NotSent.
        """
        self._sessions = sessions
        self._active = active
        self._zone = zone
        self._open_address = open_address
        self._now = now
        self._send = send
        self._faults = FaultLog(log)
        self._stopping = threading.Event()
        self._pool = ThreadPoolExecutor(CHANNELS_AT_ONCE, "notification")
        self._under_way: dict[int, Future[None]] = {}
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread."""
        self._thread = threading.Thread(target=self._run, name="notifications", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop; what is not sent is sent after the next start."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(timeout=5)
        self._pool.shutdown(wait=False, cancel_futures=True)

    def work_once(self) -> None:
        """Give new journal lines to the channels and begin to send what is due, one message a channel at a time."""
        with self._sessions.begin() as session:
            fan_out(session, self._now())
            due = channels_with_mail(session, self._now())
        for channel_id in due:
            running = self._under_way.get(channel_id)
            if running is None or running.done():
                self._under_way[channel_id] = self._pool.submit(self._deliver, channel_id)

    def wait_until_idle(self, seconds: float) -> None:
        """Wait for the sends under way; used when stopping in order and by tests."""
        for future in list(self._under_way.values()):
            future.result(timeout=seconds)

    def forget_old(self) -> None:
        """Delete what was sent long ago."""
        with self._sessions.begin() as session:
            forget_old(session, self._now() - SENT_KEPT_FOR)

    def _run(self) -> None:
        failing = False
        while not self._stopping.wait(POLL_SECONDS):
            if not self._active():
                continue
            try:
                self.work_once()
                failing = False
            except DATABASE_SILENT:
                if not failing:
                    log.warning("notifications wait: the database does not answer")
                failing = True
            except Exception as fault:
                # Nothing a row holds may end the thread: the other channels go on.
                self._faults.note("notifications failed", fault)

    def _deliver(self, channel_id: int) -> None:
        try:
            with self._sessions.begin() as session:
                message = next_message(session, channel_id, self._now(), self._zone(session))
            if message is not None:
                self._send_one(message)
        except DATABASE_SILENT:
            log.warning("notification not recorded channel=%s: the database does not answer", channel_id)
        except Exception as fault:
            self._faults.note(f"notification failed channel={channel_id}", fault)

    def _send_one(self, message: Message) -> None:
        problem = ""
        try:
            with self._sessions.begin() as session:
                channel = session.get_one(NotificationChannelRow, message.channel_id)
                address, private_allowed = self._open_address(session, channel.address_token), channel.private_allowed
            self._send(address, message.title, message.body, private_allowed=private_allowed)
        except (BadAddress, NotSent, SecretUnavailable) as error:
            problem = str(error)
        with self._sessions.begin() as session:
            if problem:
                note_not_sent(session, message, problem, self._now())
            else:
                note_sent(session, message, self._now())
        log.info(
            "notification channel=%s count=%s problem=%s", message.channel_id, len(message.notification_ids), problem
        )
