"""The rooms of the bot and what may import what: `python -m tests.support.arrows` prints the graph of the imports.

A box is a file of the root or a folder; inside the big rooms each sub-package is a box of its own. A box may import
what stands below it. `tests/test_imports.py` holds the code to it.
"""

import ast
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from tests.support.parsing import parsed

ROOT = Path(__file__).resolve().parents[2]
APART = "simulator"  # the practice exchange: nobody imports it, and it imports nobody

# Room: its boxes. What stands in the room of a row may be imported by the rooms that ROOM_ARROWS names.
ROOMS: Mapping[str, tuple[str, ...]] = {
    "DRAW": ("app", "app_pages", "api", "access"),
    "WIRE": ("runtime",),
    "ASK": ("services", "notifications", "lab"),
    "ACT": ("monitor", "engine"),
    "DECIDE": ("strategy", "decisions"),
    "EXCHANGE": ("binance_client", "exchange"),
    "STORE": ("database", "crypto_utils", "storage"),
    "CONFIG": ("config",),
    "RULES": ("domain",),
}
ROOM_OF = {box: room for room, boxes in ROOMS.items() for box in boxes}

# What each room may import beside itself. ASK and ACT do not know each other: they meet in rows.
ROOM_ARROWS: Mapping[str, frozenset[str]] = {
    "DRAW": frozenset({"WIRE", "ASK", "RULES"}),
    "WIRE": frozenset({"ASK", "ACT", "DECIDE", "EXCHANGE", "STORE", "CONFIG", "RULES"}),
    "ASK": frozenset({"DECIDE", "EXCHANGE", "STORE", "CONFIG", "RULES"}),
    "ACT": frozenset({"DECIDE", "EXCHANGE", "STORE", "CONFIG", "RULES"}),
    "DECIDE": frozenset({"RULES"}),
    "EXCHANGE": frozenset({"RULES"}),
    "STORE": frozenset({"CONFIG", "RULES"}),
    "CONFIG": frozenset({"RULES"}),
    "RULES": frozenset(),
}

# Between boxes of one room: the front door stands above what is behind it.
BOX_ARROWS: Mapping[str, frozenset[str]] = {
    "app": frozenset({"app_pages", "api", "access"}),
    "services": frozenset({"notifications", "lab"}),
    "monitor": frozenset({"engine"}),
    "strategy": frozenset({"decisions"}),
    "binance_client": frozenset({"exchange"}),
    "database": frozenset({"storage"}),
    "crypto_utils": frozenset({"database", "storage"}),
}

# Narrower than their room: what these boxes may not import although the room may.
BOX_EXCEPTIONS: Mapping[str, frozenset[str]] = {
    "notifications": frozenset({"DECIDE", "EXCHANGE"}),
    "lab": frozenset({"EXCHANGE", "CONFIG"}),
}

# Inside a room, from the top down: a sub-package may import the rows below its own. "" is the folder itself.
FLOORS: Mapping[str, tuple[frozenset[str], ...]] = {
    "app_pages": (
        frozenset({"script"}),
        frozenset({"shell"}),
        frozenset({"positions", "new_trade", "history", "activity", "practice", "settings", "lab"}),
        frozenset({"ui"}),
    ),
    "services": (
        frozenset({"facade"}),
        frozenset({"dashboard", "trading", "history", "accounts", "access", "lab"}),
        frozenset({"account"}),
        frozenset({"feed", "errors", "cache"}),
    ),
    "engine": (
        frozenset({"worker"}),
        frozenset({"dispatch", "supervision"}),
        frozenset({"cycle"}),
        frozenset({"execution"}),
        frozenset({"reconciliation"}),
        frozenset({"state"}),
        frozenset({"requests"}),
    ),
    "domain": (
        frozenset({"preview"}),
        frozenset({"risk", "exits", "journal"}),
        frozenset({"pricing"}),
        frozenset({""}),
    ),
}


def files() -> list[Path]:
    """Return the bot's own Python files, the practice exchange and the tests left out."""
    folders = [ROOT / box for boxes in ROOMS.values() for box in boxes if (ROOT / box).is_dir()]
    return sorted([*ROOT.glob("*.py"), *(file for folder in folders for file in folder.rglob("*.py"))])


def module_of(file: Path) -> str:
    """Return the dotted name of a file, a package's for its `__init__.py`."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@cache
def modules() -> dict[str, Path]:
    """Return every file by its dotted name."""
    return {module_of(file): file for file in files()}


@cache
def imports_of(file: Path) -> frozenset[str]:
    """Return the modules that a file imports, inside functions and for type checking too; ours by their full name."""
    found: set[str] = set()
    for node in ast.walk(parsed(file.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            name = node.module or ""
            inner = {f"{name}.{alias.name}" for alias in node.names} & modules().keys()
            found |= inner or {name}
    return frozenset(found)


def box_of(module: str) -> str:
    """Return the root file or top folder that a module lies in."""
    return module.partition(".")[0]


def sub_package_of(module: str) -> str:
    """Return the part of a room that a module lies in: a folder's or a single file's name, "" without parts."""
    box, _, rest = module.partition(".")
    if box not in FLOORS:
        return ""
    part = rest.partition(".")[0]
    return part if any(part in floor for floor in FLOORS[box]) else ""


def forbidden(importer: str, imported: str) -> str | None:
    """Return why one module may not import the other, None when it may."""
    source, target = box_of(importer), box_of(imported)
    if source == target:
        return _forbidden_inside(source, sub_package_of(importer), sub_package_of(imported))
    if target in BOX_ARROWS.get(source, frozenset()):
        return None
    room, target_room = ROOM_OF[source], ROOM_OF[target]
    if target_room in ROOM_ARROWS[room] and target_room not in BOX_EXCEPTIONS.get(source, frozenset()):
        return None
    return f"{source} ({room}) may not import {target} ({target_room})"


def _forbidden_inside(box: str, part: str, imported: str) -> str | None:
    if box not in FLOORS or part == imported:
        return None
    floors = FLOORS[box]
    own, other = (next((n for n, floor in enumerate(floors) if name in floor), None) for name in (part, imported))
    if own is None or other is None:
        return f"{box}/{part if own is None else imported} has no floor of its own"
    return None if own < other else f"{box}/{part} may not import {box}/{imported}"


def violations() -> list[str]:
    """Return every import that goes upwards or sideways, in words."""
    found = []
    for module, file in modules().items():
        for imported in imports_of(file):
            if box_of(imported) not in ROOM_OF or module in (imported, box_of(imported)):
                continue
            reason = forbidden(module, imported)
            if reason:
                found.append(f"{module} imports {imported}: {reason}")
    return sorted(found)


def graph(name: Iterable[str] | None = None) -> dict[str, set[str]]:
    """Return the arrows between boxes, or between the files of the given packages where names are given."""
    wanted = None if name is None else set(name)
    arrows: dict[str, set[str]] = defaultdict(set)
    for module, file in modules().items():
        for imported in imports_of(file) & modules().keys():
            if wanted is None:
                source, target = box_of(module), box_of(imported)
            elif {box_of(module), box_of(imported)} <= wanted:
                source, target = module, imported
            else:
                continue
            arrows.setdefault(source, set())
            if source != target:
                arrows[source].add(target)
    return dict(arrows)


def circle(arrows: Mapping[str, set[str]]) -> list[str]:
    """Return one circle of imports, empty when there is none."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def floors(arrows: Mapping[str, set[str]]) -> dict[str, int]:
    """Return how high each box stands: 1 for one that imports no other."""
    heights: dict[str, int] = {}
    for box in TopologicalSorter(arrows).static_order():
        heights[box] = 1 + max((heights[below] for below in arrows.get(box, ())), default=0)
    return heights


def main() -> int:
    """Print rooms, arrows and floors; return 1 if an arrow goes upwards or in a circle."""
    arrows = graph()
    round_trip = circle(arrows)
    wrong = violations()
    heights = {} if round_trip else floors(arrows)
    for box in sorted(arrows, key=lambda box: (-heights.get(box, 0), box)):
        below = ", ".join(sorted(arrows[box])) or "nothing of ours"
        print(f"{heights.get(box, '?'):>3}  {ROOM_OF[box]:<9} {box:<15} → {below}")
    count = sum(len(below) for below in arrows.values())
    print(
        f"boxes {len(arrows)}, floors {max(heights.values(), default=0)}, arrows {count}, "
        f"circles {int(bool(round_trip))}, arrows upwards {len(wrong)}"
    )
    for line in [*wrong, *(["circle: " + " → ".join(round_trip)] if round_trip else [])]:
        print(line)
    return 1 if wrong or round_trip else 0


if __name__ == "__main__":
    sys.exit(main())
