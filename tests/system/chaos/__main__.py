"""Random schedules against the invariants: `python -m tests.system.chaos SEED RUNS [WORKERS] [FIRST] [LOG]`.

`make chaos` runs it. Each schedule is drawn from "SEED-number" and can be played alone:
`python -m tests.system.chaos SEED 1 1 NUMBER` does the same steps with the same figures at the same moments. Prints
every violation with the story of its schedule, and how long trades were without a stop while the exchange could be
reached; ends with 1 if there was a violation, or a time without a stop longer than promised.

LOG keeps a line for each schedule that was played: what it lists already is not played again, so a long run can be
broken off and gone on with, and the figures in the end are those of all.
"""

import json
import sys
import tempfile
import time
from collections.abc import Iterable
from pathlib import Path

from tests.system.chaos.playing import play_all
from tests.system.chaos.unprotected import After, Gap, distribution
from tests.system.chaos.world import Played
from tests.system.crash.bench import WORKERS

REPORT_EVERY = 50


class Record:
    """How each schedule ended, by its name; kept in a file where one was given."""

    def __init__(self, seed: str, log: Path | None) -> None:
        self._seed = seed
        self._log = log
        self.lines: dict[str, dict[str, object]] = {}
        self.gaps: list[Gap] = []
        if log is not None and log.exists():
            for line in log.read_text().splitlines():
                self._know(json.loads(line))

    def __contains__(self, number: int) -> bool:
        return f"{self._seed}-{number}" in self.lines

    def note(self, number: int, played: Played) -> None:
        """Write how a schedule ended, and tell of it when something is wrong."""
        line = {
            "schedule": f"{self._seed}-{number}",
            "positions": played.positions,
            "violations": played.violations,
            "gaps": [[gap.after, gap.position_id, gap.milliseconds] for gap in played.gaps],
        }
        self._know(line)
        if self._log is not None:
            with self._log.open("a") as file:
                file.write(json.dumps(line) + "\n")
        again = f"again: python -m tests.system.chaos {self._seed} 1 1 {number}"
        if played.violations:
            print("\n  ".join([f"VIOLATION in {line['schedule']}; {again}", *played.violations, *played.story]))
        for gap in played.gaps:
            if gap.is_too_long:
                print(f"TOO LONG in {line['schedule']}: {gap.position_id}, {gap.milliseconds} ms after {gap.after}")
        if len(self.lines) % REPORT_EVERY == 0:
            print(f"{len(self.lines)} schedules, the last one {line['schedule']}", flush=True)

    def _know(self, line: dict[str, object]) -> None:
        self.lines[str(line["schedule"])] = line
        rows = line["gaps"]
        assert isinstance(rows, list)
        self.gaps += [Gap(After(after), position, milliseconds) for after, position, milliseconds in rows]

    def bad(self) -> list[str]:
        """Return the schedules with violations."""
        return [name for name, line in self.lines.items() if line["violations"]]

    def positions(self) -> int:
        """Return how many positions were opened or tried."""
        return sum(int(str(line["positions"])) for line in self.lines.values())


def main(seed: str, runs: int, workers: int = WORKERS, first: int = 0, log: Path | None = None) -> int:
    """Play the schedules; return the exit code."""
    started = time.monotonic()
    record = Record(seed, log)
    numbers = [number for number in range(first, first + runs) if number not in record]
    with tempfile.TemporaryDirectory(prefix="trading-bot-chaos-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root the database servers run as another user, who must be able to pass
        results = play_all(folder, seed, numbers, workers, record.note)
    _tell(record, results.values(), time.monotonic() - started)
    print(f"the last one was {seed}-{first + runs - 1}; go on with: make chaos SEED={seed} FIRST={first + runs}")
    too_long = any(gap.is_too_long for gap in record.gaps)
    return 1 if record.bad() or too_long or len(results) < len(numbers) else 0


def _tell(record: Record, results: Iterable[Played], took: float) -> None:
    seconds = [played.seconds for played in results]
    bad = record.bad()
    print(f"schedules: {len(record.lines)}, positions opened or tried: {record.positions()}", end=", ")
    print(f"with violations: {len(bad)} {bad}")
    print(*distribution(record.gaps), sep="\n")
    each = sum(seconds) / max(1, len(seconds))
    print(f"{took:.0f} s, {60 * len(seconds) / took:.0f} schedules a minute, {each:.1f} s each")


def parse(arguments: list[str]) -> tuple[str, int, int, int, Path | None]:
    """Return what main() takes from the command line."""
    seed, runs, workers, first, log = [*arguments, *(str(WORKERS), "0", "")[len(arguments) - 2 :]]
    return seed, int(runs), int(workers), int(first), Path(log) if log else None


if __name__ == "__main__":
    sys.exit(main(*parse(sys.argv[1:])))
