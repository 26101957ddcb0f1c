"""What the bot keeps on disk is for its own user alone."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from storage.private_files import FolderNotPrivate, open_private, private_folder

ROOT = Path(__file__).parent.parent.parent


def test_a_folder_is_made_private_and_its_parent_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "data").mkdir(mode=0o777)

    folder = private_folder(tmp_path / "data")

    assert folder.stat().st_mode & 0o777 == 0o700
    assert tmp_path.stat().st_mode & 0o777 == 0o755


def test_a_folder_of_everybody_is_refused_and_left_alone(tmp_path: Path) -> None:
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o1777)

    with pytest.raises(FolderNotPrivate, match="used by everybody"):
        private_folder(shared)

    assert shared.stat().st_mode & 0o7777 == 0o1777


def test_a_lock_of_an_earlier_version_becomes_private(tmp_path: Path) -> None:
    file = tmp_path / "lock"
    file.touch(0o666)

    os.close(open_private(file))

    assert file.stat().st_mode & 0o777 == 0o600


def test_files_and_children_are_private_and_no_memory_is_left_behind(tmp_path: Path) -> None:
    program = (
        "import pathlib, resource, subprocess, sys\n"
        "from storage.private_files import keep_files_private\n"
        "keep_files_private()\n"
        "pathlib.Path(sys.argv[1]).touch()\n"
        "ask = 'import resource; print(resource.getrlimit(resource.RLIMIT_CORE))'\n"
        "subprocess.run([sys.executable, '-c', ask], check=True)\n"
    )
    file = tmp_path / "made"

    said = subprocess.run(
        [sys.executable, "-c", program, str(file)], cwd=ROOT, capture_output=True, text=True, check=True
    )

    assert file.stat().st_mode & 0o077 == 0
    assert said.stdout.strip() == "(0, 0)"
