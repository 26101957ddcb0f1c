"""Requests that may take long run beside the actor, so that they never hold up the protection of a position."""

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from domain.fault_log import FaultLog
from engine.requests.account import ReadBalance, ReadBrackets, ReadIncome, ReadRules, ReconcilePosition, ValueFees
from engine.requests.adoption import AdoptionFailed, ReadAdoption
from engine.requests.catalogue import Task
from engine.requests.entry import PrepareEntry
from engine.requests.history import VerifyHistory
from engine.requests.probe import CleanProbe, ProbeVenue
from engine.requests.reports import EntryNotPrepared, Observation, Received, TaskFailed
from engine.state.wake_up import WakeUp

log = logging.getLogger(__name__)

OWN_FAULT = "the bot ran into a fault of its own"
BACKGROUND = (
    PrepareEntry,
    ReadAdoption,
    ReadIncome,
    ReadBalance,
    ReadBrackets,
    ReadRules,
    ReconcilePosition,
    ValueFees,
    ProbeVenue,
    CleanProbe,
    VerifyHistory,
)
THREADS = 4


class BackgroundRequests:
    """Runs background requests and keeps their results until the actor takes them; used by the actor thread."""

    def __init__(self, wake_up: WakeUp) -> None:
        self._wake_up = wake_up
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="monitor-background-request")
        self._lock = threading.Lock()
        self._done: list[Received] = []
        self._in_flight: set[str] = set()
        self._generation = 0
        self._faults = 0
        self._fault_log = FaultLog(log)

    def generation(self) -> int:
        """Return what names the present: a result of another generation belongs to what was before."""
        with self._lock:
            return self._generation

    def submit(self, work: Callable[[Task], Observation], task: Task, batch: int) -> None:
        """Run a request; its result counts as read in batch, the one before anything sent later."""
        with self._lock:
            self._in_flight.add(_name(task))
        self._pool.submit(self._run, work, task, batch, self._generation)

    def _run(self, work: Callable[[Task], Observation], task: Task, batch: int, generation: int) -> None:
        fault = False
        try:
            report = work(task)
        except Exception as error:
            # Nobody waits for this thread: what ends it would be lost, and with it what was asked.
            self.tell_fault(task, error)
            report, fault = fault_report(task), True
        with self._lock:
            self._in_flight.discard(_name(task))
        self.deliver(Received(report, batch), generation, fault=fault)

    def deliver(self, received: Received, generation: int, *, fault: bool) -> None:
        """Keep a result until the actor takes it, and wake the actor."""
        with self._lock:
            self._faults += fault
            if generation == self._generation:
                self._done.append(received)
        self._wake_up.notify()

    def tell_fault(self, task: Task, error: BaseException) -> None:
        """Log that a request ended in a fault of the bot's own."""
        self._fault_log.note(f"request failed task={type(task).__name__}", error)

    def take_faults(self) -> int:
        """Return how many requests have ended in a fault of the bot's own since the last call."""
        with self._lock:
            faults, self._faults = self._faults, 0
        return faults

    def drain(self) -> list[Received]:
        """Return the results that have come since the last call."""
        with self._lock:
            done, self._done = self._done, []
        return done

    def in_flight(self) -> set[str]:
        """Return the names of what is being prepared: instruction ids, and trades to be opened again."""
        with self._lock:
            return set(self._in_flight)

    def forget(self) -> None:
        """Drop results and those still to come: they belong to what was before."""
        with self._lock:
            self._generation += 1
            self._done = []

    def stop(self) -> None:
        """End without waiting."""
        self._pool.shutdown(wait=False, cancel_futures=True)


def fault_report(task: Task) -> Observation:
    """Return what a request that ended in a fault counts as, so that whoever asked goes on."""
    if isinstance(task, PrepareEntry):
        return EntryNotPrepared(task.key, f"{OWN_FAULT}.", lasting=False)
    if isinstance(task, ReadAdoption):
        return AdoptionFailed(task.adoption, OWN_FAULT)
    return TaskFailed(task, OWN_FAULT)


def _name(task: Task) -> str:
    if isinstance(task, PrepareEntry):
        return task.key
    if isinstance(task, ReadAdoption):
        return task.adoption.instruction_id
    return type(task).__name__
