"""Requests that may take long run beside the actor, so that they never hold up the protection of a position."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from engine.requests.account import ExplainPlace, ReadBalance, ReadIncome
from engine.requests.adoption import ReadAdoption
from engine.requests.catalogue import Task
from engine.requests.entry import PrepareEntry
from engine.requests.reports import Observation, Received
from engine.state.inbox import Bell

SLOW = (PrepareEntry, ReadAdoption, ReadIncome, ReadBalance, ExplainPlace)
THREADS = 4


class SlowRequests:
    """Runs slow requests and keeps their results until the actor takes them; used by the actor thread."""

    def __init__(self, bell: Bell) -> None:
        self._bell = bell
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="monitor-slow-request")
        self._lock = threading.Lock()
        self._done: list[Received] = []
        self._in_flight: set[str] = set()
        self._generation = 0

    def submit(self, work: Callable[[Task], Observation], task: Task, batch: int) -> None:
        """Run a request; its result counts as read in batch, the one before anything sent later."""
        with self._lock:
            self._in_flight.add(_name(task))
        self._pool.submit(self._run, work, task, batch, self._generation)

    def _run(self, work: Callable[[Task], Observation], task: Task, batch: int, generation: int) -> None:
        try:
            result = Received(work(task), batch)
        finally:
            with self._lock:
                self._in_flight.discard(_name(task))
        with self._lock:
            if generation == self._generation:
                self._done.append(result)
        self._bell.ring()

    def drain(self) -> list[Received]:
        """Return the results that have come since the last call."""
        with self._lock:
            done, self._done = self._done, []
        return done

    def in_flight(self) -> set[str]:
        """Return the names of what is being prepared: instruction ids, and runs to be opened again."""
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


def _name(task: Task) -> str:
    if isinstance(task, PrepareEntry):
        return task.key
    if isinstance(task, ReadAdoption):
        return task.wanted.instruction_id
    return type(task).__name__
