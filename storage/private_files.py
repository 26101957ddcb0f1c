"""Files that nobody else reads: the data folder, what is made in it, and no memory on disk after a crash."""

import os
import resource
import stat
from pathlib import Path

from domain.start_refused import StartRefused


class FolderNotPrivate(StartRefused):
    """The folder cannot be kept from other users: choose another one."""


def keep_files_private() -> None:
    """Make every file of this process and its children private, and let none leave its memory in a core file."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def private_folder(folder: Path, group: int | None = None) -> Path:
    """Return the folder, made if missing, closed to everybody else; its parents stay as they are.

    Args:
        folder: the bot's own.
        group: id of a group that may pass through the folder without reading it; None = nobody else.

    Raises:
        FolderNotPrivate: it belongs to somebody else, or everybody keeps files there.
    """
    folder = folder.expanduser().resolve()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    kept = folder.stat()
    if kept.st_mode & stat.S_ISVTX or folder == folder.parent:
        raise FolderNotPrivate(
            f"{folder} is used by everybody: set DATA_DIR to a folder of its own, e.g. {folder}/bot."
        )
    if kept.st_uid != os.geteuid():
        raise FolderNotPrivate(
            f"{folder} belongs to another user: start the bot as that user, or set DATA_DIR to another folder."
        )
    if group is not None:
        os.chown(folder, -1, group)
    folder.chmod(0o700 if group is None else 0o710)
    return folder


def is_open_to_pass(path: Path) -> bool:
    """Say whether every user can pass through the folders above a path, without anything being changed."""
    return all(parent.stat().st_mode & stat.S_IXOTH for parent in path.parents)


def open_private(file: Path) -> int:
    """Open a file for locking, private also if an earlier version made it readable; returns its descriptor."""
    descriptor = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    if os.fstat(descriptor).st_uid == os.geteuid():
        os.fchmod(descriptor, 0o600)
    return descriptor
