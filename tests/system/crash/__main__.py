"""Kill the bot at every boundary: `python -m tests.system.crash [WORKERS]`, what `make crash` runs.

First a scripted trade is played without a kill to learn how many boundaries it passes; then it is played once for each
of them, on a fresh database and a reset exchange. At every fourth the database hangs while the bot starts again. Prints
what was covered and every violation; ends with 1 if there was one.
"""

import queue
import shutil
import sys
import tempfile
import threading
import time
from collections import Counter
from functools import partial
from pathlib import Path

from tests.support.frozen import frozen_postgres
from tests.support.practice import PracticeExchange
from tests.system.crash.bench import WORKERS, Bench
from tests.system.crash.driver import Outcome, Script
from tests.system.crash.nursery import Nursery

HUNG_EVERY = 4
Seat = tuple[Bench, PracticeExchange]  # what one worker plays on


def main(workers: int) -> int:
    """Go through all boundaries; return the exit code."""
    started = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="trading-bot-crash-"))
    folder.chmod(0o711)  # as root the database servers run as another user, who must be able to pass
    nursery = Nursery(folder / "bots.log")
    seats = [_seat(folder / f"worker-{number}", nursery) for number in range(workers)]
    try:
        dry = _play(*seats[0], 0)
        print(f"a trade passes {len(dry.boundaries)} boundaries: {_kinds(dry.boundaries)}", flush=True)
        if dry.violations:
            print("it fails without a kill:", *dry.violations, *dry.story, sep="\n  ")
            return 1
        outcomes = _all(seats, len(dry.boundaries))
    finally:
        for bench, exchange in seats:
            exchange.stop()
            bench.close()
        nursery.close()
        shutil.rmtree(folder, ignore_errors=True)
    died = [outcome.died_at for outcome in outcomes if outcome.died_at]
    wrong = [line for outcome in outcomes for line in outcome.violations]
    print(
        f"boundaries killed at: {len(died)} of {len(outcomes)}, of {len(set(died))} names; "
        f"violations: {len(wrong)}; {time.monotonic() - started:.0f} s"
    )
    return 1 if wrong else 0


def _seat(folder: Path, nursery: Nursery) -> Seat:
    folder.mkdir()
    folder.chmod(0o711)
    exchange = PracticeExchange(folder / "practice.state")
    exchange.start()
    return Bench(folder, nursery), exchange


def _all(seats: list[Seat], boundaries: int) -> list[Outcome]:
    left: queue.Queue[int] = queue.Queue()
    for number in range(1, boundaries + 1):
        left.put(number)
    outcomes: list[Outcome] = []
    started = time.monotonic()

    def work(seat: Seat) -> None:
        while True:
            try:
                number = left.get_nowait()
            except queue.Empty:
                return
            outcome = _play(*seat, number)
            outcomes.append(outcome)
            state = "ok" if not outcome.violations else "VIOLATED"
            lines = [f"{number:4} {state} {outcome.died_at} ({time.monotonic() - started:.0f} s)"]
            lines += [f"  VIOLATION {line}" for line in outcome.violations] + [f"  {line}" for line in outcome.story]
            print("\n".join(lines), flush=True)

    threads = [threading.Thread(target=work, args=(seat,)) for seat in seats]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def _play(bench: Bench, exchange: PracticeExchange, number: int) -> Outcome:
    exchange.begin_anew()
    frozen = partial(frozen_postgres, bench.folder) if number and number % HUNG_EVERY == 0 else None
    with bench.database() as url:
        return Script(url, exchange, bench.nursery, bench.folder, str(number), frozen).run()


def _kinds(boundaries: list[str]) -> str:
    kinds = Counter(name.rpartition("#")[0] for name in boundaries)
    return ", ".join(f"{count} × {name}" for name, count in sorted(kinds.items()))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else WORKERS))
