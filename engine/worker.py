"""One account's work: cycles on its state, the requests that they ask for, and what to do without the database."""

import logging
import time
from collections.abc import Callable, Sequence
from datetime import datetime

from sqlalchemy.orm import Session, sessionmaker

from database import install_id
from engine.cycle import Cycle
from engine.dispatch.background import BACKGROUND
from engine.dispatch.emergency import closes, first_stops, may_act, questions, replacements
from engine.dispatch.runner import Requests
from engine.requests.catalogue import Task
from engine.requests.orders import QueryOrder, SendOrder
from engine.requests.reports import OrderAck, Received, StagedSent, TaskFailed, changed_an_order, order_of
from engine.state.backoff import QUARANTINE_FOR
from engine.state.engine_state import EngineState
from engine.state.recovery import query_whatever_may_be_sent
from engine.state.routines import Routine
from engine.state.schedule import Schedule
from engine.state.wake_up import WakeUp
from engine.supervision.alerts import Alerts
from engine.supervision.connection import Connection
from engine.supervision.sign_in import ConnectionSupervisor
from storage.lease import Lease
from strategy import Try1Strategy

log = logging.getLogger(__name__)


class Worker:
    """Runs cycles for the actor on the account that it is signed in to."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        lease: Lease,
        strategy: Try1Strategy,
        supervisor: ConnectionSupervisor,
        alerts: Alerts,
        wake_up: WakeUp,
        on_progress: Callable[[], None],
    ) -> None:
        self._sessions = sessions
        self._lease = lease
        self._strategy = strategy
        self._supervisor = supervisor
        self._wake_up = wake_up
        self._alerts = alerts
        self._fault_until = 0.0
        self.requests = Requests(wake_up, on_progress)
        self.state = EngineState()
        self.install = ""
        self.next_wake: datetime | None = None

    def begin(self, state: EngineState) -> None:
        """Work on from here with another memory; answers still to come belong to what was before."""
        self.state = state
        self.requests.background.forget()

    def start_over(self) -> None:
        """Forget what was received and is to be done; the exchange and the rows know it all."""
        self.begin(self.state.start_over())

    def recover(self) -> None:
        """Begin as whoever comes after a kill: what may have been sent is asked about, nothing else is known.

        Raises:
            LeaseLost: somebody else is to act.
        """
        self.start_over()
        with self._sessions.begin() as session:
            self._lease.guard(session)
            self.install = install_id(session)
            query_whatever_may_be_sent(session)

    def run_cycle(self) -> list[Task]:
        """Run one cycle in one transaction; return the requests to run now that it is committed."""
        connection = self._supervisor.connection
        assert connection is not None
        state = self.state
        self._take_late(connection)
        state.schedule.preparing = self.requests.background.in_flight()
        state.marks.read(connection.mark_price)
        state.exchange.follow_clock(self._supervisor.now(), time.monotonic())
        committed_stops = dict(state.staged_stops)
        try:
            with self._sessions.begin() as session:
                self._lease.guard(session)
                cycle = Cycle(session, connection.account_id, state, self._supervisor.now())
                tasks = cycle.run(self._strategy, self.install, connection.modes.hedge, connection.client.usage())
        except BaseException:
            state.staged_stops = committed_stops  # an entry that was not committed is neither sent nor asked about
            raise
        state.received = []
        connection.price_stream.watch(state.marks.watched)
        connection.act_on(state.probe.habits, state.probe.heard)
        state.committed(cycle.spare_stops, cycle.rows.staged_ids())
        self.next_wake = cycle.next_wake
        self._judge(cycle, connection)
        return tasks

    def _take_late(self, connection: Connection) -> None:
        """Take in what nobody waited for."""
        exchange = self.state.exchange
        late = self.requests.late(exchange)
        exchange.note_reachable(late, connection.client.usage(), self._supervisor.now())
        self.state.received += late

    def _judge(self, cycle: Cycle, connection: Connection) -> None:
        """Open and close the alerts that a committed cycle tells of."""
        now = self._supervisor.now()
        if self.requests.background.take_faults():
            self.note_fault()
        self._alerts.resolve("database", now)
        if time.monotonic() > self._fault_until:
            self._alerts.resolve("internal", now)
        self._alerts.judge(cycle, self.state, connection, now)

    def note_fault(self) -> None:
        """Show a fault of our own for a while, even when the next cycle succeeds."""
        self._fault_until = time.monotonic() + QUARANTINE_FOR.total_seconds()
        self._alerts.raise_("internal", self._supervisor.now())

    def stand_by(self) -> None:
        """Forget what another process now has to do with."""
        self.start_over()
        self._alerts.stand_by()

    def stop(self) -> None:
        """End the requests under way without waiting for them."""
        self.requests.stop()

    def query_named_orders(self) -> None:
        """Query orders that events named before touching the database: a fill is then recorded one cycle sooner."""
        self._take_events()
        # An answer that just came says the same as the events about it.
        answers = [item.observation for item in self.state.received if isinstance(item.observation, OrderAck)]
        answered = {answer.order_id for answer in answers if answer.is_clear}
        queries = [QueryOrder(order, None, urgent=True) for order in self.state.inbox.take_open_orders(answered)]
        if not queries:
            return
        known = len(self.state.received)
        self.perform(queries)
        reported = {order_of(item.observation) for item in self.state.received[known:]}
        # A question that hangs is asked again, as every other: the event will not come a second time.
        hanging = {query.sent.client_order_id for query in queries if query.order_id not in reported}
        self.state.inbox.named_orders |= hanging

    def perform(self, tasks: Sequence[Task]) -> bool:
        """Run requests and keep what has come back for the next cycle; return whether anything was learned."""
        connection = self._supervisor.connection
        assert connection is not None
        began = time.monotonic()
        received = self.requests.perform(connection.client, tasks, self.state)
        if any(changed_an_order(item.observation) for item in received):
            connection.user_stream.changed_since(began)
        self.state.exchange.note_reachable(received, connection.client.usage(), self._supervisor.now())
        self.state.received += received
        if self.requests.nothing_answers():
            self.state.exchange.reachable_since = None
        beside = all(isinstance(task, BACKGROUND) for task in tasks)
        return beside or any(not isinstance(item.observation, TaskFailed) for item in received)

    def protect_without_database(self) -> None:
        """Send what is committed already, for entries that fill and stops that vanish meanwhile: a stop, or a close."""
        self._alerts.raise_("database", self._supervisor.now())
        self.state.schedule = Schedule()  # what the lost cycle had planned was not done
        connection = self._supervisor.connection
        if connection is None:
            return
        self.query_named_orders()
        self._take_late(connection)
        if not may_act(self._lease.last_good_age()):
            return
        self._send_staged(first_stops(self.state, self._supervisor.now()))
        asking = questions(self.state, self._supervisor.now())
        if asking:
            self.perform(asking)
        self._send_staged(replacements(self.state, self._supervisor.now()))
        self._send_staged(closes(self.state, self._supervisor.now()))

    def _send_staged(self, tasks: list[SendOrder]) -> None:
        """Send staged orders; that they were sent is the first thing to be recorded."""
        for task in tasks:
            log.warning("sent without the database order=%s", task.intent.client_order_id)
            batch = self.state.exchange.batch
            self.state.without_database.note_sent(task.order_id, task.request_timestamp, batch + 1)
            intent = task.intent
            sent = StagedSent(task.order_id, intent.trigger_price, intent.quantity, task.request_timestamp)
            self.state.received.append(Received(sent, batch))
        if tasks:
            self.perform(tasks)

    def _take_events(self) -> None:
        """Take what streams named and jobs made due since the last cycle; after a gap everything is checked."""
        drained = self._wake_up.drain()
        for event in drained.events:
            self.state.inbox.name(event.client_order_id, event.symbol, self.install)
        if drained.gap:
            self.state.schedule.make_due(Routine.CHECK_POSITIONS)
        for routine in drained.due:
            self.state.schedule.make_due(routine)
            if routine is Routine.VERIFY_ACCOUNT:
                self.state.history.due = True
            self._supervisor.make_due(routine)
