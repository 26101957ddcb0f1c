"""How long each test file takes: written by `make durations`, read to begin with the longest."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

FILE: Final = Path(__file__).parents[1] / "durations.json"
WORTH_NOTING_SECONDS: Final = 2.0  # below, the order does not matter, and the figures would change with each measuring
UNKNOWN_SECONDS: Final = 10.0  # a new file with slow tests: somewhere in the middle


def load_durations(file: Path = FILE) -> dict[str, float]:
    """Return seconds by test file, relative to the project; empty when nothing was measured or it cannot be read."""
    try:
        stored = json.loads(file.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(stored, dict):
        return {}
    return {name: float(seconds) for name, seconds in stored.items() if isinstance(seconds, int | float)}


def save_durations(seconds: Mapping[str, float], file: Path = FILE) -> None:
    """Write what was measured, the longest first, in whole seconds."""
    longest = sorted(seconds.items(), key=lambda one: (-round(one[1]), one[0]))
    noted = {name: round(taken) for name, taken in longest if taken >= WORTH_NOTING_SECONDS}
    file.write_text(json.dumps(noted, indent=2) + "\n")


def expected_seconds(test_file: str, slow: bool, durations: Mapping[str, float]) -> float:
    """Return how long a file may take.

    A file that was moved is found by its name, if only one of that name was measured; one that never was counts as
    middling when it has slow tests, else as nothing.
    """
    if test_file in durations:
        return durations[test_file]
    same_name = [taken for name, taken in durations.items() if Path(name).name == Path(test_file).name]
    if len(same_name) == 1:
        return same_name[0]
    return UNKNOWN_SECONDS if slow else 0.0


def begin_at(seconds: Mapping[str, float]) -> dict[str, float]:
    """Return for each test file which share of the run lies before its begin, from 0 to 1.

    Within one folder the longest come first, so that no long file is left to run alone at the end. Each folder is
    spread over the whole run: most browser tests want the processor, most tests of the system wait for something, and
    side by side they get in each other's way least.
    """
    folders: dict[str, list[str]] = defaultdict(list)
    for name in sorted(seconds, key=lambda name: (-seconds[name], name)):
        folders["/".join(Path(name).parent.parts[:2])].append(name)
    return {name: share for names in folders.values() for name, share in _shares(names, seconds)}


def _shares(names: Iterable[str], seconds: Mapping[str, float]) -> Iterable[tuple[str, float]]:
    names = list(names)
    total = sum(seconds[name] for name in names) or 1.0
    before = 0.0
    for name in names:
        yield name, before / total
        before += seconds[name]
