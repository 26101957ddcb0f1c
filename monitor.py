"""PositionMonitor: one actor thread that reads, decides, sends and records; the only writer of orders."""

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from binance_client import BinanceTestnetClient
from config import Config
from domain.bot_status import MonitorHealth
from domain.fault_log import FaultLog
from domain.terms import SymbolRules
from engine.state.quarantine import Unprocessable
from engine.state.wake_up import WakeUp
from engine.supervision.alerts import Alerts
from engine.supervision.connection import SignInTarget
from engine.supervision.routine_jobs import routine_scheduler
from engine.supervision.sign_in import ConnectionSupervisor
from engine.supervision.status import Status
from engine.supervision.watchdog import Watchdog
from engine.worker import Worker
from exchange.errors import TradingError
from storage.connections import DATABASE_SILENT
from storage.lease import Lease, LeaseLost
from storage.migration import DatabaseIsNewer
from strategy import Try1Strategy

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
TROUBLE_PAUSE_SECONDS = 0.5
FAILED_PAUSE_SECONDS = 0.1
CYCLES_WITHOUT_PAUSE = 200


class PositionMonitor:
    """Watches one account and acts on it while this process holds the lease.

    Streams, timers and pages only wake it; nothing but the actor thread writes an order, and every order is a
    committed row before it is a request.
    """

    def __init__(
        self,
        config: Config,
        sessions: sessionmaker[Session],
        lease: Lease,
        strategy: Try1Strategy,
        *,
        before_sign_in: Callable[[SignInTarget], None] = lambda target: None,
    ) -> None:
        """Build a monitor that does nothing until started.

        Args:
            config: where and as whom to trade.
            sessions: of the monitor's own engine.
            lease: this process's claim; used from the actor thread only.
            strategy: decides.
            before_sign_in: called before each sign-in, e.g. to start the practice exchange.
        """
        self._lease = lease
        self._wake_up = WakeUp()
        self.alerts = Alerts(own_database=config.database_url is None)
        self.scheduler = routine_scheduler(self._wake_up.make_due)
        self._watchdog = Watchdog(lease, lambda seconds: self.alerts.stalled_for(seconds, self.exchange_now()))
        self._supervisor = ConnectionSupervisor(
            config, sessions, lease, self._wake_up, self.alerts, self._watchdog, before_sign_in
        )
        self._worker = Worker(
            sessions, lease, strategy, self._supervisor, self.alerts, self._wake_up, self._watchdog.feed
        )
        self._status = Status(sessions, lease, self._watchdog, self._supervisor, self.alerts)
        self._faults = FaultLog(log)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._recovered = False

    # What the rest of the process may call, from any thread.

    def start(self) -> None:
        """Start the actor thread, the one that watches it, and the scheduler of the routine jobs."""
        self._watchdog.watch()
        self._thread = threading.Thread(target=self._run, name="monitor", daemon=True)
        self._thread.start()
        self.scheduler.start()

    def stop(self) -> None:
        """Finish the cycle under way, then stop; nothing is closed or cancelled, stops stay on the exchange."""
        self._stopping.set()
        if self.scheduler.running:
            self.scheduler.shutdown(wait=False)
        self._watchdog.stop()
        self.wake()
        if self._thread is not None:
            self._thread.join(timeout=15)
        self._supervisor.disconnect()
        self._worker.stop()
        self._lease.release()

    def wake(self) -> None:
        """Wake the actor; woken during a check, another check follows."""
        self._wake_up.notify()

    def health(self) -> MonitorHealth:
        """Return the latest snapshot, with its ages as of now."""
        return self._status.health()

    def mark_price(self, symbol: str) -> tuple[Decimal, float] | None:
        """Return (mark price, age in seconds) from the price stream, None when never seen."""
        connection = self._supervisor.connection
        return None if connection is None else connection.mark_price(symbol)

    def symbol_rules(self) -> dict[str, SymbolRules]:
        """Return the rules of every symbol of the venue."""
        connection = self._supervisor.connection
        return {} if connection is None else self._worker.state.exchange.rules

    def exchange_now(self) -> datetime:
        """Return the exchange's time, by which everything is dated; this machine's while not signed in."""
        return self._supervisor.now()

    def viewer_client(self) -> BinanceTestnetClient | None:
        """Return the pages' own client, None while not signed in."""
        connection = self._supervisor.connection
        return None if connection is None else connection.viewer_client

    # The actor.

    def _run(self) -> None:
        while not self._stopping.is_set():
            fault_pause = 0.0
            try:
                pause = self._run_cycles_or_trouble()
            except Unprocessable as unprocessable:
                pause = 0.0
                fault_pause = self._leave_out(unprocessable)
            except Exception as fault:
                # A mistake in this program must not end protection: forget what was received, ask everything anew.
                pause = fault_pause = self._faults.note("cycle failed", fault)
                self._worker.start_over()
                self._worker.note_fault()
            try:
                self._status.publish(self._worker.state)
                self._status.write_alerts()
            except Exception as fault:
                fault_pause = max(fault_pause, self._faults.note("status failed", fault))
            # After a fault nothing wakes the actor before its time: what comes in would only lead into the same again.
            self._stopping.wait(fault_pause)
            self._wake_up.wait(max(0.0, pause - fault_pause))

    def _leave_out(self, unprocessable: Unprocessable) -> float:
        """Go on without what a cycle stumbled over; return how long to wait first, seconds."""
        pause = self._faults.note("left out", unprocessable)
        self._worker.state.leave_out(unprocessable.culprit, self.exchange_now())
        self._worker.note_fault()
        # A trade or an instruction is left out for long, and the others must not wait; a report is asked for again.
        return pause if unprocessable.culprit.report_number is not None else 0.0

    def _run_cycles_or_trouble(self) -> float:
        try:
            return self._run_cycles()
        except LeaseLost as lost:
            log.warning("standing by reason=%s", lost)
            self._worker.stand_by()
        except DatabaseIsNewer as newer:
            log.error("standing by reason=%s", newer)
            self.alerts.raise_("newer", self.exchange_now())
            self._worker.stand_by()
        except DATABASE_SILENT as error:
            log.warning("database trouble error=%s", _first_line(error))
            if self._lease.given_up:
                self._worker.stand_by()  # what was open in the database has been ended meanwhile
            else:
                self._worker.protect_without_database()
            return TROUBLE_PAUSE_SECONDS
        except TradingError as error:
            log.warning("not signed in reason=%s", error.details or error)
            self.alerts.sign_in_failed(error, self.exchange_now())
        return IDLE_SECONDS

    def _run_cycles(self) -> float:
        """Do all there is to do; return how long to wait at most."""
        self._watchdog.feed()
        if not self._hold_lease():
            return IDLE_SECONDS
        self._lease.heartbeat()
        fresh = self._supervisor.connect()
        if fresh is not None:
            self._worker.begin(fresh)
        if self._supervisor.connection is None:
            self.alerts.resolve("database", self.exchange_now())
            return IDLE_SECONDS
        for _ in range(CYCLES_WITHOUT_PAUSE):
            self._worker.query_named_orders()
            tasks = self._worker.run_cycle()
            self._watchdog.feed()
            self._status.publish(self._worker.state)
            if not tasks or self._stopping.is_set():
                break
            self._lease.heartbeat()
            if not self._worker.perform(tasks):
                return FAILED_PAUSE_SECONDS  # nothing was learned: asking at once again would only hammer
        self._supervisor.verify(self._worker.state)
        wake = self._worker.next_wake
        due_in = IDLE_SECONDS if wake is None else (wake - self.exchange_now()).total_seconds()
        return min(IDLE_SECONDS, max(0.0, due_in))

    def _hold_lease(self) -> bool:
        """Whether this process is the one that acts; when it becomes so, it recovers first."""
        if not self._lease.held:
            if not self._lease.try_take():
                self._supervisor.refresh_target()
                self.alerts.resolve("database", self.exchange_now())
                self.alerts.drop_pending()
                return False
            self._recovered = False
        if not self._recovered:
            self._worker.recover()
            self._recovered = True
        return True


def _first_line(error: SQLAlchemyError) -> str:
    """Return what the database said, without the statement and its values."""
    return str(getattr(error, "orig", None) or type(error).__name__).partition("\n")[0]


_monitor: PositionMonitor | None = None


def set_monitor(monitor: PositionMonitor | None) -> None:
    """Say which monitor this process runs; the lifespan alone calls it."""
    global _monitor  # noqa: PLW0603  one monitor per process, started and ended with the server
    _monitor = monitor


def get_monitor() -> PositionMonitor:
    """Return the monitor the server started; never starts one.

    Raises:
        RuntimeError: the server has not started it.
    """
    if _monitor is None:
        raise RuntimeError("the monitor is not running: start the dashboard with `make run`")
    return _monitor
