"""The installation of the locks into .venv, with a pip that only writes down how it was called."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

INSTALL = Path(__file__).parent.parent / "scripts" / "install.sh"
LOCK = "requirements.lock"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with the script, a lock of two packages and a .venv."""
    (tmp_path / "scripts").mkdir()
    shutil.copy(INSTALL, tmp_path / "scripts" / "install.sh")
    (tmp_path / LOCK).write_text("one==1.0 \\\n    --hash=sha256:00\ntwo==2.0 \\\n    --hash=sha256:00\n")
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "lib" / "python3" / "site-packages").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    let_pip(tmp_path, "exit 0")
    return tmp_path


def let_pip(checkout: Path, end: str) -> None:
    pip = checkout / ".venv" / "bin" / "pip"
    pip.write_text(f'#!/bin/sh\necho "$@" >>calls\necho "Collecting one==1.0"\n{end}\n')
    pip.chmod(0o755)


def install(checkout: Path) -> subprocess.CompletedProcess[str]:
    command = [str(checkout / "scripts" / "install.sh"), LOCK]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def calls(checkout: Path) -> list[str]:
    file = checkout / "calls"
    return file.read_text().splitlines() if file.exists() else []


def test_a_lock_is_installed_once(checkout: Path) -> None:
    first, second = install(checkout), install(checkout)

    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert "downloading" in first.stdout
    assert second.stdout == ""
    assert len(calls(checkout)) == 1
    assert "--only-binary :all: --require-hashes --requirement requirements.lock" in calls(checkout)[0]


def test_a_newer_date_of_the_same_lock_installs_nothing(checkout: Path) -> None:
    install(checkout)

    (checkout / LOCK).touch()
    install(checkout)

    assert len(calls(checkout)) == 1


def test_another_lock_is_installed_into_the_same_folder(checkout: Path) -> None:
    install(checkout)
    (checkout / ".venv" / "stays").touch()

    (checkout / LOCK).write_text("one==1.1 \\\n    --hash=sha256:00\n")
    answer = install(checkout)

    assert answer.returncode == 0
    assert len(calls(checkout)) == 2
    assert (checkout / ".venv" / "stays").exists()


def test_a_failed_installation_says_why_and_is_tried_again(checkout: Path) -> None:
    let_pip(checkout, 'echo "No matching distribution found" && exit 1')

    failed = install(checkout)
    let_pip(checkout, "exit 0")
    again = install(checkout)

    assert failed.returncode == 1
    assert "No matching distribution found" in failed.stderr
    assert "Try again" in failed.stderr
    assert again.returncode == 0
    assert len(calls(checkout)) == 2
