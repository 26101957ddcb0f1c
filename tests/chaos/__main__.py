"""Random schedules against the invariants: `python -m tests.chaos SEED RUNS [WORKERS] [FIRST]`, what `make chaos` runs.

Each run is drawn from "SEED-number" and can be replayed alone: `python -m tests.chaos SEED 1 1 NUMBER`. Prints every
violation with the story of its run; ends with 1 if there was one.
"""

import queue
import shutil
import sys
import tempfile
import threading
import time
from pathlib import Path

from tests.chaos.schedule import schedule
from tests.chaos.world import Played, World
from tests.crash.__main__ import Bench
from tests.practice import PracticeExchange


def main(seed: str, runs: int, workers: int = 6, first: int = 0) -> int:
    """Play the runs; return the exit code."""
    folder = Path(tempfile.mkdtemp(prefix="trading-bot-chaos-"))
    bench = Bench(folder)
    exchanges = [PracticeExchange(folder / f"practice-{number}.state") for number in range(workers)]
    left: queue.Queue[int] = queue.Queue()
    for number in range(first, first + runs):
        left.put(number)
    results: dict[int, Played] = {}
    threads = [threading.Thread(target=_work, args=(bench, exchange, left, seed, results)) for exchange in exchanges]
    started = time.monotonic()
    try:
        for exchange in exchanges:
            exchange.start()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        for exchange in exchanges:
            exchange.stop()
        bench.close()
        shutil.rmtree(folder, ignore_errors=True)
    bad = [number for number, played in sorted(results.items()) if played.violations]
    positions = sum(played.runs for played in results.values())
    print(
        f"schedules: {len(results)}, positions opened or tried: {positions}, with violations: {len(bad)} {bad}, "
        f"{time.monotonic() - started:.0f} s"
    )
    return 1 if bad or len(results) < runs else 0


def _work(
    bench: Bench, exchange: PracticeExchange, left: "queue.Queue[int]", seed: str, results: dict[int, Played]
) -> None:
    while True:
        try:
            number = left.get_nowait()
        except queue.Empty:
            return
        exchange.control("faults", method="DELETE")
        exchange.control("reset", {})
        with bench.database(f"chaos_{number}") as url:
            try:
                played = World(url, exchange, bench.nursery, bench.folder).play(schedule(f"{seed}-{number}"))
            except Exception as error:
                played = Played([f"the run itself failed: {error!r}"])
        results[number] = played
        if played.violations:
            lines = "\n  ".join([*played.violations, *played.story])
            print(f"VIOLATION in {seed}-{number}\n  {lines}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), *(int(argument) for argument in sys.argv[3:])))
