"""Plays many schedules side by side, each on a fresh database and a practice exchange that starts from nothing."""

import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path

from tests.support.frozen import frozen_postgres
from tests.support.practice import PracticeExchange
from tests.system.chaos.schedule import limits, schedule, switches
from tests.system.chaos.world import Played, World
from tests.system.crash.bench import Bench
from tests.system.crash.nursery import Nursery


def play_all(
    folder: Path,
    seed: str,
    numbers: Iterable[int],
    workers: int,
    tell: Callable[[int, Played], None] = lambda number, played: None,
) -> dict[int, Played]:
    """Play the schedules "seed-number"; return how each ended. tell hears of each at once, from any thread.

    Each worker has a database server of its own: a schedule may let it hang.
    """
    nursery = Nursery(folder / "bots.log")
    left: queue.Queue[int] = queue.Queue()
    for number in numbers:
        left.put(number)
    results: dict[int, Played] = {}
    reporting = threading.Lock()

    def done(number: int, played: Played) -> None:
        with reporting:
            results[number] = played
            tell(number, played)

    threads = [
        threading.Thread(target=_work, args=(folder / f"worker-{worker}", nursery, left, seed, done))
        for worker in range(workers)
    ]
    try:
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        nursery.close()
    return results


def _work(
    folder: Path, nursery: Nursery, left: "queue.Queue[int]", seed: str, done: Callable[[int, Played], None]
) -> None:
    folder.mkdir()
    folder.chmod(0o711)  # as root the server runs as another user, who must be able to pass
    bench = Bench(folder, nursery)
    exchange = PracticeExchange(folder / "practice.state")
    try:
        while True:
            number = left.get_nowait()
            done(number, _play(bench, exchange, f"{seed}-{number}"))
    except queue.Empty:
        return
    finally:
        exchange.stop()
        bench.close()


def _play(bench: Bench, exchange: PracticeExchange, seed: str) -> Played:
    try:
        _start_afresh(exchange, switches(seed))
        with bench.database() as url:
            frozen = partial(frozen_postgres, bench.folder)
            return World(url, exchange, bench.nursery, bench.folder, frozen).play(schedule(seed), limits(seed))
    except Exception as error:
        return Played([f"the schedule itself failed: {error!r}"])


def _start_afresh(exchange: PracticeExchange, switches: Mapping[str, str]) -> None:
    """Start an exchange that knows nothing, not even of rules changed earlier, and reads the open questions its way."""
    exchange.stop()
    exchange.state_file.unlink(missing_ok=True)
    chosen = [word for name, value in switches.items() for word in ("--switch", f"{name}={value}")]
    exchange.arguments = ("--prices", "hold", "--seed", "1", *chosen)
    exchange.start()
    exchange.begin_anew()
