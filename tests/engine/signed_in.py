"""The engine's own parts around one account of the practice exchange, on a real database."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.orm import Session, sessionmaker

from config import Config
from engine.state.wake_up import WakeUp
from engine.supervision.alerts import Alerts
from engine.supervision.sign_in import ConnectionSupervisor
from engine.supervision.watchdog import Watchdog
from engine.worker import Worker
from storage.lease import Lease
from strategy import Try1Strategy
from tests.support.practice import PracticeExchange


class Parts:
    """A supervisor and a worker that holds the lease, and what they share."""

    def __init__(self, database_url: str, sessions: sessionmaker[Session], exchange: PracticeExchange) -> None:
        self.config = Config.from_environment(
            {"DATABASE_URL": database_url, "EXCHANGE": "practice", "BINANCE_FUTURES_URL": exchange.url}
        )
        self.sessions = sessions
        self.lease = Lease(database_url, "first")
        assert self.lease.try_take()
        self.wake_up, self.alerts = WakeUp(), Alerts()
        watchdog = Watchdog(self.lease, lambda seconds: None)
        self.supervisor = ConnectionSupervisor(
            self.config, sessions, self.lease, self.wake_up, self.alerts, watchdog, lambda target: None
        )
        self.worker = Worker(
            sessions, self.lease, Try1Strategy(), self.supervisor, self.alerts, self.wake_up, lambda: None
        )
        self.worker.install = "abcdef"

    def codes(self) -> list[str]:
        """Return what is wrong now."""
        return [alert.code for alert in self.alerts.listed()]


@contextmanager
def engine_parts(database_url: str, sessions: sessionmaker[Session], exchange: PracticeExchange) -> Iterator[Parts]:
    """Give the parts, not signed in yet; end all of it."""
    parts = Parts(database_url, sessions, exchange)
    try:
        yield parts
    finally:
        parts.worker.stop()
        parts.supervisor.disconnect()
        parts.lease.release()
