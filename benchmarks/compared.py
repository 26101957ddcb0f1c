"""Whether the bot reacts as fast as an earlier version: `python -m benchmarks.compared COMMIT [RUNS [TURNS]]`.

This version and the one of COMMIT play benchmarks.reaction by turns, TURNS times (5) RUNS trades (10) each, so that
what else the machine does meets both alike. Prints, for the time until a stop or target is recorded and for the time
until an entry is protected, the median of the turns' medians for both and the ratio of this version to the earlier one.
"""

import io
import re
import statistics
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MEASURED = ("stop or target filled -> recorded", "entry filled -> stop accepted")
_MEDIAN = re.compile(r"p50 (\d+) ms")


def unpack(commit: str, folder: Path) -> None:
    """Put the files of a commit there."""
    command = ["git", "archive", commit]
    packed = subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout  # noqa: S603  the caller's own commit
    with tarfile.open(fileobj=io.BytesIO(packed)) as files:
        files.extractall(folder, filter="data")


def medians(folder: Path, runs: int) -> list[int]:
    """Return what a version prints of both times, milliseconds, in the order of MEASURED."""
    command = [sys.executable, "-m", "benchmarks.reaction", str(runs)]
    printed = subprocess.run(  # noqa: S603  this project's own module
        command, cwd=folder, check=True, capture_output=True, text=True
    ).stdout
    found = [int(median) for median in _MEDIAN.findall(printed)]
    if len(found) != len(MEASURED):
        raise SystemExit(f"the version in {folder} does not print two medians:\n{printed}")
    return found


def main(commit: str, runs: int = 10, turns: int = 5) -> None:
    """Measure both versions by turns and print."""
    with tempfile.TemporaryDirectory(prefix="trading-bot-earlier-") as name:
        earlier = Path(name)
        unpack(commit, earlier)
        measured = [(medians(earlier, runs), medians(ROOT, runs)) for _ in range(turns)]
    for place, what in enumerate(MEASURED):
        before, now = (statistics.median(turn[version][place] for turn in measured) for version in (0, 1))
        print(f"{what}: {commit} {before:.0f} ms, now {now:.0f} ms, ratio {now / before:.2f}")  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1], *map(int, sys.argv[2:]))
