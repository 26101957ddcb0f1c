"""Requests that are still under way: which, since when, and what their late answers still say."""

import threading
from concurrent.futures import Future
from dataclasses import dataclass, replace

from engine.requests.account import ReadAccount, ReadSymbol
from engine.requests.catalogue import Task
from engine.requests.orders import QueryOrder, ReadTrades
from engine.requests.reports import Observation, OrderAck, OrderNotFoundReport, OrderStatusReport, TaskFailed

ASKED_AGAIN_AFTER_SECONDS = 2.0
URGENT_AGAIN_AFTER_SECONDS = 1.0  # a position without a stop may hang on the answer
ASKED_AT_MOST = 3  # times at once
QUESTIONS = (QueryOrder, ReadTrades, ReadAccount, ReadSymbol)


@dataclass(frozen=True, slots=True)
class Running:
    """A request under way, and what is known already should it take too long."""

    task: Task
    known: Observation | None


class Stragglers:
    """Knows the questions under way, so that one that hangs is asked again, but not without end. For all threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._begun: dict[Future[Observation], tuple[object, float]] = {}
        self._answered_at = 0.0  # begin of the newest question that was answered, monotonic seconds

    def may_run(self, task: Task, now: float) -> bool:
        """Whether a request is to be sent: a question that was asked lately or too often waits for its answer."""
        if not isinstance(task, QUESTIONS):
            return True
        with self._lock:
            begun = [at for name, at in self._begun.values() if name == _name(task)]
        urgent = isinstance(task, QueryOrder | ReadSymbol) and task.urgent
        again_after = URGENT_AGAIN_AFTER_SECONDS if urgent else ASKED_AGAIN_AFTER_SECONDS
        return not begun or (len(begun) < ASKED_AT_MOST and now >= max(begun) + again_after)

    def follow(self, task: Task, future: "Future[Observation]", now: float) -> None:
        """Remember a request until it is done."""
        if not isinstance(task, QUESTIONS):
            return
        with self._lock:
            self._begun[future] = (_name(task), now)
        future.add_done_callback(self._ended)

    def nothing_answers(self, now: float) -> bool:
        """Whether a question has been under way for long and none that was begun as late has been answered."""
        with self._lock:
            begun = [at for _, at in self._begun.values()]
            return bool(begun) and self._answered_at < min(begun) <= now - ASKED_AGAIN_AFTER_SECONDS

    def _ended(self, future: "Future[Observation]") -> None:
        with self._lock:
            _, begun = self._begun.pop(future)
            failed = future.cancelled() or future.exception() or isinstance(future.result(), TaskFailed)
            if not failed:
                self._answered_at = max(self._answered_at, begun)


def as_late(report: Observation) -> Observation:
    """Return what an answer that came late still says: what an order did, but nothing about a position meanwhile."""
    if isinstance(report, OrderNotFoundReport):
        return replace(report, proof_read=False, positions=None)
    if isinstance(report, OrderAck | OrderStatusReport):
        return replace(report, positions=None)
    return report


def _name(task: Task) -> object:
    """Return what two requests share that ask the same."""
    if isinstance(task, QueryOrder | ReadTrades):
        return type(task), task.order_id
    return (type(task), task.symbol, task.with_resting) if isinstance(task, ReadSymbol) else type(task)
