"""Imports point down, and the practice exchange stays a stranger."""

import ast
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent

# From the top down; a file may import from the lines below its own, never from a neighbour on the same line. A file
# belongs to the part whose name it carries or begins with: monitor_orders.py to monitor.
LAYERS = (
    {"app"},
    {"app_pages"},
    {"health", "access"},
    {"runtime"},
    {"services", "practice"},
    {"monitor"},
    {"strategy", "binance", "crypto_utils"},
    {"database", "config", "embedded_postgres"},
    {"domain", "allowed_hosts"},
)
# These stand beside the bot: what each of them may import.
BESIDE: dict[str, set[str]] = {"simulator": set(), "migrations": {"database"}}
PARTS = set().union(*LAYERS, BESIDE)


def below(part: str) -> set[str]:
    """Return the parts that a part may import."""
    if part in BESIDE:
        return BESIDE[part]
    own = next(line for line, parts in enumerate(LAYERS) if part in parts)
    return set().union(*LAYERS[own + 1 :])


def part_of(module: str) -> str | None:
    """Return the part that a dotted module name belongs to, None for what is not ours."""
    name, _, _ = module.partition(".")
    if name in PARTS:
        return name
    if (ROOT / f"{name}.py").exists():
        return name.split("_")[0]
    return None


def imports_of(file: Path) -> set[str]:
    """Return the modules that a file imports, inside functions too."""
    modules: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: imports are absolute"
            modules.add(node.module or "")
    return modules


def our_files() -> list[Path]:
    folders = [ROOT / name for name in ("app_pages", "domain", "migrations", "simulator")]
    files = [*ROOT.glob("*.py"), *(file for folder in folders for file in folder.rglob("*.py"))]
    return sorted(files)


@pytest.mark.parametrize("file", our_files(), ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_point_down(file: Path) -> None:
    part = part_of(file.relative_to(ROOT).with_suffix("").parts[0])
    assert part in PARTS, f"{file.name} belongs to no part"

    used = {part_of(module) for module in imports_of(file)} - {None, part}

    assert used <= below(part)


def test_rules_use_the_standard_library_only() -> None:
    used = {module.split(".")[0] for file in (ROOT / "domain").rglob("*.py") for module in imports_of(file)}

    assert used - {"domain"} <= sys.stdlib_module_names


def test_the_strategy_knows_rules_only() -> None:
    used = {part_of(module) for file in ROOT.glob("strategy*.py") for module in imports_of(file)}

    assert used - {None} <= {"strategy", "domain"}


def test_nothing_imports_the_practice_exchange() -> None:
    files = [file for file in our_files() if "simulator" not in file.relative_to(ROOT).parts]

    users = [file.name for file in files if "simulator" in {part_of(module) for module in imports_of(file)}]

    assert users == []


def test_only_the_start_reads_the_environment() -> None:
    readers = {
        file.relative_to(ROOT).as_posix()
        for file in our_files()
        if "simulator" not in file.relative_to(ROOT).parts
        and ("os.environ" in file.read_text() or "getenv" in file.read_text())
    }

    # crypto_utils reads it as a command; embedded_postgres sets one variable for a program that it starts.
    assert readers <= {"app.py", "runtime.py", "crypto_utils.py", "storage/embedded_postgres.py"}
