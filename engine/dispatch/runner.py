"""Running the requests of a cycle: what is sent first, the full check last, and nothing waits for a straggler."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial

from binance_client import BinanceTestnetClient
from domain.exchange import RequestUsage
from engine.dispatch.background import BACKGROUND, BackgroundRequests, fault_report
from engine.dispatch.stragglers import Running, Stragglers, as_late
from engine.dispatch.throttle import throttled
from engine.requests.account import ReadAccount, ReadSymbol
from engine.requests.catalogue import Task
from engine.requests.orders import CancelOrder, QueryOrder, ReadTrades, SendOrder, trades_after
from engine.requests.reports import Observation, OrderAck, OrderStatusReport, Received
from engine.state.engine_state import EngineState
from engine.state.exchange_state import ExchangeState
from engine.state.wake_up import WakeUp
from exchange.transport import urgent

POOL_SIZE = 16
URGENT_POOL_SIZE = 32  # each hangs for ten seconds at most, and is asked again after two
PATIENCE_SECONDS = 0.5  # how long the next cycle waits for what is usually there by then


class Requests:
    """Runs requests side by side for the actor; those that take long report to a later cycle."""

    def __init__(self, wake_up: WakeUp, on_progress: Callable[[], None]) -> None:
        self.background = BackgroundRequests(wake_up)
        self._on_progress = on_progress
        self._stragglers = Stragglers()
        self._ordinary = ThreadPoolExecutor(POOL_SIZE, thread_name_prefix="monitor-request")
        self._urgent = ThreadPoolExecutor(URGENT_POOL_SIZE, thread_name_prefix="monitor-urgent-request")

    def perform(self, client: BinanceTestnetClient, tasks: Sequence[Task], state: EngineState) -> list[Received]:
        """Run requests; return what was received within half a second by those that do not run beside.

        What the full check reads must not be older than what was just sent; a slow question about one thing must not
        hold up the protection of another.
        """
        for task in tasks:
            if isinstance(task, BACKGROUND):
                self.background.submit(partial(throttled, client, client.usage()), task, state.exchange.batch)
        quick = [task for task in tasks if not isinstance(task, (*BACKGROUND, ReadAccount))]
        quick.sort(key=lambda task: not isinstance(task, SendOrder | CancelOrder))
        last = [task for task in tasks if isinstance(task, ReadAccount)]
        received: list[Received] = []
        for group in (quick, last):
            wanted = [task for task in group if self._stragglers.may_run(task, time.monotonic())]
            if wanted:
                self._on_progress()
                batch = state.exchange.begin_batch()
                received += [Received(report, batch) for report in self._together(client, wanted, batch)]
        return received

    def late(self, exchange: ExchangeState) -> list[Received]:
        """Return the results that have come since the last call of requests that nobody waited for.

        What an order did counts as learnt now: no read that was begun before may speak against it.
        """
        order_reports = (OrderAck, OrderStatusReport)
        return [
            Received(item.observation, exchange.begin_batch()) if isinstance(item.observation, order_reports) else item
            for item in self.background.drain()
        ]

    def nothing_answers(self) -> bool:
        """Whether questions have been under way for long and none has been answered since."""
        return self._stragglers.nothing_answers(time.monotonic())

    def stop(self) -> None:
        """End without waiting."""
        self._ordinary.shutdown(wait=False, cancel_futures=True)
        self._urgent.shutdown(wait=False, cancel_futures=True)
        self.background.stop()

    def _together(self, client: BinanceTestnetClient, group: Sequence[Task], batch: int) -> list[Observation]:
        """Run requests side by side; return what they report in time, each executed order with its trades if they are.

        The others report later, in the batch before: something may have changed since they were begun.
        """
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        running = {self._submit(client, task): Running(task, None) for task in group}
        reports: list[Observation] = []
        while running:
            done, _ = wait(running, max(0.0, give_up_at - time.monotonic()), FIRST_COMPLETED)
            if not done:
                break
            for future in done:
                task = running.pop(future).task
                report = future.result()
                follow_up = trades_after(task, report)
                if follow_up is None or not self._stragglers.may_run(follow_up, time.monotonic()):
                    reports.append(report)
                else:
                    running[self._submit(client, follow_up)] = Running(follow_up, report)
        generation = self.background.generation()
        for future, left in running.items():
            if left.known is not None:
                reports.append(left.known)
            future.add_done_callback(partial(self._late, left.task, batch - 1, generation))
        return reports

    def _submit(self, client: BinanceTestnetClient, task: Task) -> "Future[Observation]":
        is_urgent = _is_urgent(task)
        pool = self._urgent if is_urgent else self._ordinary
        future = pool.submit(_run_urgently if is_urgent else throttled, client, client.usage(), task)
        self._stragglers.follow(task, future, time.monotonic())
        return future

    def _late(self, task: Task, batch: int, generation: int, future: "Future[Observation]") -> None:
        """Hand on what a request reports that nobody waits for any more."""
        if future.cancelled():
            return
        error = future.exception()
        if error is not None:
            # Nobody waits for this thread: what ends it would be lost, and with it what was asked.
            self.background.tell_fault(task, error)
        report = as_late(future.result()) if error is None else fault_report(task)
        self.background.deliver(Received(report, batch), generation, fault=error is not None)


def _is_urgent(task: Task) -> bool:
    """Whether a request must not wait for workers or connections that anything else occupies."""
    if isinstance(task, QueryOrder | ReadSymbol):
        return task.urgent
    return isinstance(task, SendOrder | CancelOrder | ReadTrades)


def _run_urgently(client: BinanceTestnetClient, usage: RequestUsage, task: Task) -> Observation:
    with urgent():
        return throttled(client, usage, task)
