"""Imports point down, and the practice exchange stays apart."""

import sys
from pathlib import Path

import pytest

from tests.support import arrows

ROOT = arrows.ROOT
ROOT_FILES = {"app", "runtime", "config", "binance_client", "strategy", "monitor", "database", "crypto_utils"}
READERS_OF_THE_ENVIRONMENT = {
    "app.py",
    "runtime.py",
    "crypto_utils.py",
    "storage/dumps.py",
    "storage/embedded_postgres.py",
    "access/__main__.py",
}


def relative(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def test_the_root_holds_the_front_doors_and_nothing_else() -> None:
    assert {file.stem for file in ROOT.glob("*.py")} == ROOT_FILES


def test_imports_point_down() -> None:
    assert arrows.violations() == []


def test_the_boxes_can_be_drawn_from_memory() -> None:
    boxes = arrows.graph()

    assert arrows.circle(boxes) == []
    assert len(boxes) <= 22
    assert max(arrows.floors(boxes).values()) <= 10


@pytest.mark.parametrize("package", [box for boxes in arrows.ROOMS.values() for box in boxes if (ROOT / box).is_dir()])
def test_files_of_a_package_import_each_other_in_no_circle(package: str) -> None:
    assert arrows.circle(arrows.graph([package])) == []


def test_rules_use_the_standard_library_only() -> None:
    used = {arrows.box_of(module) for file in (ROOT / "domain").rglob("*.py") for module in arrows.imports_of(file)}

    assert used - {"domain"} <= sys.stdlib_module_names


def test_nothing_imports_the_practice_exchange() -> None:
    users = [relative(file) for file in arrows.files() if "simulator" in map(arrows.box_of, arrows.imports_of(file))]

    assert users == []


def test_the_practice_exchange_imports_nothing_of_the_bot() -> None:
    used = {arrows.box_of(module) for file in (ROOT / "simulator").rglob("*.py") for module in arrows.imports_of(file)}

    assert used & arrows.ROOM_OF.keys() == set()


def test_only_the_start_reads_the_environment() -> None:
    readers = {
        relative(file) for file in arrows.files() if "os.environ" in file.read_text() or "getenv" in file.read_text()
    }

    assert readers <= READERS_OF_THE_ENVIRONMENT
