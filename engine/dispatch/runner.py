"""Running the requests of a cycle: what is sent first, the full check last, and what may take long beside them."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial

from binance_client import BinanceTestnetClient
from engine.dispatch.background import BACKGROUND, BackgroundRequests
from engine.dispatch.throttle import throttled
from engine.requests.account import ReadAccount
from engine.requests.catalogue import Task
from engine.requests.orders import CancelOrder, SendOrder
from engine.requests.reports import Observation, Received
from engine.state.engine_state import EngineState
from engine.state.wake_up import WakeUp
from storage.lease import Lease

POOL_SIZE = 8
KEEP_LEASE_EVERY_SECONDS = 3.0  # it lasts eight; a database that hangs must not hold up what an answer asks for


class Requests:
    """Runs requests side by side for the actor, and says meanwhile that the cycle gets on."""

    def __init__(self, wake_up: WakeUp, lease: Lease, on_progress: Callable[[], None]) -> None:
        self.background = BackgroundRequests(wake_up)
        self._lease = lease
        self._on_progress = on_progress
        self._pool = ThreadPoolExecutor(POOL_SIZE, thread_name_prefix="monitor-request")

    def perform(self, client: BinanceTestnetClient, tasks: Sequence[Task], state: EngineState) -> list[Received]:
        """Run requests; return what was received by those that do not run beside.

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
            if not group:
                continue
            batch = state.exchange.begin_batch()
            results = self._together(partial(throttled, client, client.usage()), group)
            received += [Received(result, batch) for result in results]
        return received

    def stop(self) -> None:
        """End without waiting."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        self.background.stop()

    def _together(self, work: Callable[[Task], Observation], group: Sequence[Task]) -> list[Observation]:
        """Run requests side by side; the lease is kept while they run, progress is told with each that ends."""
        self._on_progress()
        futures = [self._pool.submit(work, task) for task in group]
        running = len(futures)
        while left := len(wait(futures, timeout=KEEP_LEASE_EVERY_SECONDS).not_done):
            self._lease.keep()
            if left < running:
                self._on_progress()
            running = left
        return [future.result() for future in futures]
