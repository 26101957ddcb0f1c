"""PositionMonitor: one actor thread that reads, decides, sends and records; the only writer of orders."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import update
from sqlalchemy.exc import InterfaceError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session, sessionmaker

from binance_client import BinanceTestnetClient
from config import Config
from database import install_id
from domain.bot_status import MonitorHealth
from domain.exchange import RequestUsage
from domain.terms import OrderState, SymbolRules
from engine.cycle import Pass
from engine.dispatch.emergency import protect_without_database
from engine.dispatch.runner import Requests
from engine.requests.account import ReadAccount
from engine.requests.catalogue import Task
from engine.requests.orders import AskOrder
from engine.requests.reports import OrderAnswer, Received, TaskFailed
from engine.state.backoff import QUARANTINE_FOR
from engine.state.inbox import Bell
from engine.state.quarantine import Blamed, Stuck
from engine.state.schedule import Schedule
from engine.state.working_set import Memory
from engine.supervision.connection import Wanted
from engine.supervision.problems import Problems
from engine.supervision.sign_in import Door
from engine.supervision.status import health_of, standing_by, with_standstill
from engine.supervision.watchdog import Pulse
from exchange.errors import TradingError
from storage.lease import Lease, LeaseLost
from storage.migration import DatabaseIsNewer
from storage.tables import OrderRow
from strategy import Try1Strategy

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0
TROUBLE_PAUSE_SECONDS = 0.5
FAILED_PAUSE_SECONDS = 0.1
PASSES_WITHOUT_PAUSE = 200


class PositionMonitor:
    """Watches one account and acts on it while this process holds the lease.

    Streams, timers and pages only ring; nothing but the actor thread writes an order, and every order is a committed
    row before it is a request.
    """

    def __init__(
        self,
        config: Config,
        sessions: sessionmaker[Session],
        lease: Lease,
        strategy: Try1Strategy,
        *,
        before_sign_in: Callable[[Wanted], None] = lambda wanted: None,
    ) -> None:
        """Build a monitor that does nothing until started.

        Args:
            config: where and as whom to trade.
            sessions: of the monitor's own engine.
            lease: this process's claim; used from the actor thread only.
            strategy: decides.
            before_sign_in: called before each sign-in, e.g. to start the practice exchange.
        """
        self._sessions = sessions
        self._lease = lease
        self._strategy = strategy
        self._bell = Bell()
        self.problems = Problems()
        self._pulse = Pulse(lease, lambda seconds: self.problems.stood_still(seconds, self._now()))
        self._requests = Requests(self._bell, lease, self._pulse.beat)
        self._door = Door(config, sessions, lease, self._bell, self.problems, self._pulse, before_sign_in)
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._memory = Memory()
        self._schedule = Schedule()
        self._seen: list[Received] = []
        self._install = ""
        self._recovered = False
        self._next_wake: datetime | None = None
        self._fault_until = 0.0
        self._health = self._door.outside

    # What the rest of the process may call, from any thread.

    def start(self) -> None:
        """Start the actor thread, and the one that watches it."""
        self._pulse.watch()
        self._thread = threading.Thread(target=self._run, name="monitor", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Finish the pass under way, then stop; nothing is closed or cancelled, stops stay on the exchange."""
        self._stopping.set()
        self._pulse.stop()
        self.ring()
        if self._thread is not None:
            self._thread.join(timeout=15)
        self._door.leave()
        self._requests.stop()
        self._lease.release()

    def ring(self) -> None:
        """Wake the actor; rung during a check, another check follows."""
        self._bell.ring()

    def health(self) -> MonitorHealth:
        """Return the latest picture, with its ages as of now."""
        connection = self._door.connection
        health = replace(self._health, holds_lease=self._lease.held, last_cycle_age_seconds=self._pulse.age())
        if connection is not None:
            health = replace(health, streams=connection.stream_health())
        return with_standstill(health, self._now()) if self._pulse.is_stuck() else health

    def mark_price(self, symbol: str) -> tuple[Decimal, float] | None:
        """Return (mark price, age in seconds) from the price stream, None when never seen."""
        connection = self._door.connection
        return None if connection is None else connection.mark_price(symbol)

    def symbol_rules(self) -> dict[str, SymbolRules]:
        """Return the rules of every symbol of the venue."""
        connection = self._door.connection
        return {} if connection is None else connection.rules

    def exchange_now(self) -> datetime:
        """Return the exchange's time, by which everything is dated; this machine's while not signed in."""
        return self._now()

    def viewer_client(self) -> BinanceTestnetClient | None:
        """Return the pages' own client, None while not signed in."""
        connection = self._door.connection
        return None if connection is None else connection.viewer_client

    # The actor.

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                pause = self._turn_or_trouble()
            except Exception:
                # A mistake in this program must not end protection: forget what was seen, ask everything anew.
                log.exception("pass failed")
                self._start_over()
                self._note_fault()
                pause = TROUBLE_PAUSE_SECONDS
            self._publish()
            self._tell_news()
            self._bell.wait(pause)

    def _turn_or_trouble(self) -> float:
        try:
            return self._turn()
        except LeaseLost as lost:
            log.warning("standing by reason=%s", lost)
            self._stand_by()
        except DatabaseIsNewer as newer:
            log.error("standing by reason=%s", newer)
            self.problems.raise_("newer", self._now())
            self._stand_by()
        except (OperationalError, InterfaceError, PoolTimeout) as error:
            log.warning("database trouble error=%s", _first_line(error))
            if self._lease.given_up:
                self._stand_by()  # what was open in the database has been ended meanwhile
            else:
                self._without_database()
            return TROUBLE_PAUSE_SECONDS
        except Stuck as stuck:
            log.exception("left out")
            self._leave_out(stuck.blamed)
            self._note_fault()
            return 0.0
        except TradingError as error:
            log.warning("not signed in reason=%s", error)
            self.problems.sign_in_failed(error, self._now())
        return IDLE_SECONDS

    def _turn(self) -> float:
        """Do all there is to do; return how long to wait at most."""
        self._pulse.beat()
        if not self._lease.held:
            if not self._lease.try_take():
                self._door.look()
                self.problems.settle("database", self._now())
                self.problems.drop_news()
                return IDLE_SECONDS
            self._recovered = False
        if not self._recovered:
            self._recover()
            self._recovered = True
        self._lease.heartbeat()
        fresh = self._door.enter()
        if fresh is not None:
            self._memory, self._schedule, self._seen = fresh, Schedule(), []
            self._requests.slow.forget()
        if self._door.connection is None:
            self.problems.settle("database", self._now())
            return IDLE_SECONDS
        for _ in range(PASSES_WITHOUT_PAUSE):
            self._ask_what_was_named()
            tasks = self._pass()
            self._pulse.beat()
            self._publish()
            if not tasks or self._stopping.is_set():
                break
            self._lease.heartbeat()
            self._seen = self._perform(tasks)
            if self._seen and all(isinstance(item.observation, TaskFailed) for item in self._seen):
                return FAILED_PAUSE_SECONDS  # nothing was learned: asking at once again would only hammer
        self._door.keep_right(self._memory)
        if self._next_wake is None:
            return IDLE_SECONDS
        return min(IDLE_SECONDS, max(0.0, (self._next_wake - self._now()).total_seconds()))

    def _pass(self) -> list[Task]:
        connection = self._door.connection
        assert connection is not None
        self._seen += self._requests.slow.drain()
        self._schedule.preparing = self._requests.slow.in_flight()
        with self._sessions.begin() as session:
            self._lease.guard(session)
            work = Pass(session, connection.account_id, self._memory, self._schedule, self._now())
            tasks = work.run(
                self._seen, self._strategy, self._install, connection.modes.hedge, connection.client.usage()
            )
        self._seen = []
        self._next_wake = work.next_wake
        self.problems.settle("database", self._now())
        if time.monotonic() > self._fault_until:
            self.problems.settle("internal", self._now())
        self.problems.judge(work, self._memory, connection, self._now())
        return tasks

    def _ask_what_was_named(self) -> None:
        """Ask about orders that events named before touching the database: a fill is then booked one pass sooner."""
        self._drain_bell()
        known = self._memory.unsettled
        named = self._memory.touched & known.keys()
        self._memory.touched -= named
        # An answer that just came says the same as the events about it.
        answers = [item.observation for item in self._seen if isinstance(item.observation, OrderAnswer)]
        answered = {answer.order_id for answer in answers if _is_clear(answer)}
        asks: list[Task] = [
            AskOrder(known[client_id], None) for client_id in named if known[client_id].order_id not in answered
        ]
        if asks:
            self._seen += self._perform(asks)

    def _perform(self, tasks: Sequence[Task]) -> list[Received]:
        connection = self._door.connection
        assert connection is not None
        seen = self._requests.perform(connection.client, tasks, self._memory)
        self._note_reachable(seen, connection.client.usage())
        return seen

    def _note_reachable(self, seen: list[Received], usage: RequestUsage) -> None:
        """Note since when the exchange answers questions; what was sent says nothing about that."""
        reads = [item.observation for item in seen if not isinstance(item.observation, OrderAnswer)]
        if usage.blocked_until is not None:
            # While the exchange wants a pause nothing can be placed and nothing closed: no deadline runs.
            self._memory.reachable_since = None
        elif any(not isinstance(read, TaskFailed) for read in reads):
            self._memory.reachable_since = self._memory.reachable_since or self._now()
        elif any(isinstance(read, TaskFailed) and isinstance(read.task, ReadAccount) for read in reads):
            self._memory.reachable_since = None

    def _recover(self) -> None:
        """Begin as the lease holder: forget memory, and treat every reserved order as perhaps sent."""
        self._start_over()
        with self._sessions.begin() as session:
            self._lease.guard(session)
            self._install = install_id(session)
            session.execute(
                update(OrderRow).where(OrderRow.state == OrderState.RESERVED).values(state=OrderState.UNKNOWN)
            )
            # Asked about at once, whatever this machine's clock says.
            session.execute(
                update(OrderRow).where(OrderRow.state == OrderState.UNKNOWN).values(not_before=OrderRow.created_at)
            )

    def _note_fault(self) -> None:
        """Show a fault of our own for a while, even when the next pass succeeds."""
        self._fault_until = time.monotonic() + QUARANTINE_FOR.total_seconds()
        self.problems.raise_("internal", self._now())

    def _leave_out(self, blamed: Blamed) -> None:
        """Go on without what a pass stumbled over: an observation is asked for again, a run waits for a while."""
        if blamed.seen_number is not None:
            del self._seen[blamed.seen_number]
        elif blamed.position_id is not None:
            self._memory.set_aside[blamed.position_id] = self._now() + QUARANTINE_FOR
        elif blamed.instruction_id is not None:
            self._memory.unworkable.add(blamed.instruction_id)

    def _start_over(self) -> None:
        """Forget what was seen and is to be done; the exchange and the rows know it all."""
        known = self._memory
        self._memory = Memory(
            rules=known.rules, ignored=known.ignored, balance=known.balance, reachable_since=known.reachable_since
        )
        self._schedule = Schedule()
        self._seen = []
        self._requests.slow.forget()

    def _stand_by(self) -> None:
        self._start_over()
        self.problems.stand_by()

    def _without_database(self) -> None:
        self.problems.raise_("database", self._now())
        self._schedule = Schedule()  # what the lost pass had planned was not done
        connection = self._door.connection
        if connection is None:
            return
        self._ask_what_was_named()
        if self._seen:
            self._seen += protect_without_database(
                self._seen, self._memory, connection.client, self._lease.last_good_age(), time.monotonic()
            )

    def _publish(self) -> None:
        connection = self._door.connection
        problems = self.problems.listed()
        if not self._lease.held:
            since = next((p.since for p in self._health.problems if p.code == "standby"), self._now())
            self._health = standing_by(self._door.outside, problems, since)
        elif connection is None:
            self._health = replace(self._door.outside, problems=problems)
        else:
            self._health = health_of(connection, self._memory, problems)

    def _tell_news(self) -> None:
        """Write what began and what ended into the journal; what cannot be written now is written later."""
        if not self._lease.held or not self.problems.has_news():
            return
        connection = self._door.connection
        try:
            with self._sessions.begin() as session:
                self._lease.guard(session)
                self.problems.write_news(session, None if connection is None else connection.account_id)
        except (LeaseLost, SQLAlchemyError) as error:
            log.warning("news not written reason=%s", error)
        else:
            self.problems.drop_news()

    def _now(self) -> datetime:
        return self._door.now()

    def _drain_bell(self) -> None:
        """Take what the streams named since the last pass; after a gap everything is checked."""
        events, gap = self._bell.drain()
        for event in events:
            self._memory.name(event.client_order_id, event.symbol, self._install)
        if gap:
            self._schedule.full_check_at = None


def _first_line(error: SQLAlchemyError) -> str:
    """Return what the database said, without the statement and its values."""
    return str(getattr(error, "orig", None) or type(error).__name__).partition("\n")[0]


def _is_clear(answer: OrderAnswer) -> bool:
    return answer.order is not None or answer.conditional is not None or answer.code is not None


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
