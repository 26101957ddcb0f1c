"""What a fresh clone promises: locks that fit, commands that exist, nothing secret."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PINNED = re.compile(r"^([A-Za-z0-9_.-]+)==([^\s;\\]+)", re.MULTILINE)


def pins(text: str) -> dict[str, str]:
    return {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in PINNED.findall(text)}


def wanted(*extras: str) -> dict[str, str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = project["dependencies"] + [line for extra in extras for line in project["optional-dependencies"][extra]]
    return pins("\n".join(lines))


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


@pytest.mark.parametrize(("lock", "extras"), [("requirements.txt", ()), ("requirements-dev.txt", ("dev",))])
def test_locks_hold_what_the_project_asks_for(lock: str, extras: tuple[str, ...]) -> None:
    locked = pins((ROOT / lock).read_text())

    assert wanted(*extras).items() <= locked.items()


def test_both_locks_agree() -> None:
    locked, locked_for_tests = (
        pins((ROOT / name).read_text()) for name in ("requirements.txt", "requirements-dev.txt")
    )

    assert locked.items() <= locked_for_tests.items()


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_locks_carry_hashes_and_no_places(lock: str) -> None:
    text = (ROOT / lock).read_text()

    assert len(re.findall(r"^[a-zA-Z0-9].*==.* \\$", text, re.MULTILINE)) == len(pins(text))
    assert not re.search(r"--(extra-)?index-url|--find-links|--trusted-host|file://|https?://| @ ", text)


def test_continuous_integration_calls_make_test_and_nothing_else() -> None:
    script = ROOT / ".ci" / "run"

    assert script.stat().st_mode & 0o111
    assert script.read_text().splitlines()[1:] == ['cd "$(dirname "$0")/.." && exec make test']


def test_every_command_is_in_the_help() -> None:
    answer = subprocess.run(
        ["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    )

    listed = {line.split()[1] for line in answer.stdout.splitlines()}
    assert {"run", "test", "check", "help"} <= listed == targets()


def test_commands_named_in_the_documents_exist() -> None:
    named = {
        command
        for file in tracked("README.md", "docs/*.md")
        for command in re.findall(r"`make ([a-z]+)", file.read_text())
    }

    assert named <= targets()


def test_nothing_secret_is_kept_in_the_repository() -> None:
    # The shape of a Binance key or secret: 64 letters and digits, not all of them hexadecimal as in a checksum.
    shape = re.compile(r"\b(?=[A-Za-z0-9]{64}\b)[A-Za-z0-9]*[G-Zg-z][A-Za-z0-9]*\b")

    suspects = [
        file.relative_to(ROOT).as_posix()
        for file in tracked("*.py", "*.md", "*.toml", "*.txt", "*.yml", "*.json", "Makefile", ".env*")
        for _ in shape.finditer(file.read_text())
    ]

    assert suspects == []
    assert tracked(".env", ".data", "*/session_secret") == []
