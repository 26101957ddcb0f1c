"""Plays many schedules side by side, each on a fresh database and a practice exchange that starts from nothing."""

import queue
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.support.practice import PracticeExchange
from tests.system.chaos.schedule import schedule
from tests.system.chaos.world import Played, World
from tests.system.crash.bench import Bench


def play_all(
    folder: Path,
    seed: str,
    numbers: Iterable[int],
    workers: int,
    tell: Callable[[int, Played], None] = lambda number, played: None,
) -> dict[int, Played]:
    """Play the schedules "seed-number"; return how each ended. tell hears of each at once, from any thread."""
    bench = Bench(folder)
    left: queue.Queue[int] = queue.Queue()
    for number in numbers:
        left.put(number)
    results: dict[int, Played] = {}

    def done(number: int, played: Played) -> None:
        results[number] = played
        tell(number, played)

    threads = [
        threading.Thread(target=_work, args=(bench, folder / f"practice-{worker}.state", left, seed, done))
        for worker in range(workers)
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        bench.close()
    return results


def _work(bench: Bench, state: Path, left: "queue.Queue[int]", seed: str, done: Callable[[int, Played], None]) -> None:
    exchange = PracticeExchange(state)
    exchange.start()
    try:
        while True:
            number = left.get_nowait()
            done(number, _play(bench, exchange, f"{seed}-{number}"))
    except queue.Empty:
        return
    finally:
        exchange.stop()


def _play(bench: Bench, exchange: PracticeExchange, seed: str) -> Played:
    try:
        exchange.begin_anew()
        with bench.database() as url:
            return World(url, exchange, bench.nursery, bench.folder).play(schedule(seed))
    except Exception as error:
        return Played([f"the schedule itself failed: {error!r}"])
