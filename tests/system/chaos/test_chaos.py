"""A few of the random schedules; `make chaos` plays as many as wanted."""

from pathlib import Path

import pytest

from tests.system.chaos.playing import play_all

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SCHEDULES = 6


def test_the_invariants_hold_through_random_schedules(embedded_data_dir: Path) -> None:
    violations: list[str] = []

    results = play_all(embedded_data_dir, "fixed", range(SCHEDULES), 3)

    for number, played in results.items():
        if played.violations:
            violations += [f"fixed-{number}", *played.violations, *played.story]
    assert violations == []
    assert len(results) == SCHEDULES
    assert sum(played.positions for played in results.values()) > SCHEDULES
