"""Random schedules against the invariants: `python -m tests.system.chaos SEED RUNS [WORKERS] [FIRST]`.

`make chaos` runs it. Each schedule is drawn from "SEED-number" and can be played alone:
`python -m tests.system.chaos SEED 1 1 NUMBER` does the same steps with the same figures at the same moments. Prints
every violation with the story of its schedule; ends with 1 if there was one.
"""

import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.system.chaos.playing import play_all
from tests.system.chaos.world import Played
from tests.system.crash.bench import WORKERS


def main(seed: str, runs: int, workers: int = WORKERS, first: int = 0) -> int:
    """Play the schedules; return the exit code."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="trading-bot-chaos-", ignore_cleanup_errors=True) as folder:
        numbers = range(first, first + runs)
        results = play_all(Path(folder), seed, numbers, workers, partial(_print, seed))
    took = time.monotonic() - started
    bad = [number for number, played in sorted(results.items()) if played.violations]
    positions = sum(played.positions for played in results.values())
    each = sum(played.seconds for played in results.values()) / max(1, len(results))
    print(f"schedules: {len(results)}, positions opened or tried: {positions}, with violations: {len(bad)} {bad}")
    print(f"{took:.0f} s, {60 * len(results) / took:.0f} schedules a minute, {each:.1f} s each")
    return 1 if bad or len(results) < runs else 0


def _print(seed: str, number: int, played: Played) -> None:
    if not played.violations:
        return
    lines = "\n  ".join([*played.violations, *played.story])
    print(
        f"VIOLATION in {seed}-{number}; again: python -m tests.system.chaos {seed} 1 1 {number}\n  {lines}", flush=True
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], int(sys.argv[2]), *(int(argument) for argument in sys.argv[3:])))
