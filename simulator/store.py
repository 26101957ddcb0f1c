"""Durable tables in one append-only file: a line per commit, compacted in place, locked against a second process."""

import fcntl
import json
import os
from pathlib import Path
from typing import Any

from simulator.interfaces import Json

_SLACK_BYTES = 4 * 1024 * 1024
_GROWTH = 4  # the log is rewritten once it is this many times the live rows, plus the slack

_Change = list[Any]  # [table, key, row], the row null for a deletion


class StateFileBusy(Exception):
    """Another process holds the state file: choose another file, or end that process first."""

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"the state file {path} is in use by another practice exchange; end that one or use another file"
        )
        self.path = path


class StateFileDamaged(Exception):
    """A line inside the state file cannot be read: restore it from a copy or start with a new file."""

    def __init__(self, path: Path, line_number: int) -> None:
        super().__init__(f"line {line_number} of the state file {path} is damaged; move the file away to start anew")
        self.path = path
        self.line_number = line_number


def _encode(changes: list[_Change]) -> bytes:
    return json.dumps(changes, separators=(",", ":")).encode() + b"\n"


def _open_locked(path: Path) -> int:
    """Open and lock the file that path names now.

    A compaction of the holder renames a new file, locked beforehand, over the old one; a lock won on the old one is
    therefore worthless and the opening is tried again.
    """
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            raise StateFileBusy(path) from None
        if path.exists() and os.fstat(descriptor).st_ino == path.stat().st_ino:
            return descriptor
        os.close(descriptor)


class LogStore:
    """Tables of JSON rows in memory, written through to a log file.

    put and delete are visible at once; commit appends all of them as one line with a single write, so a killed
    process leaves either the whole step or, as a torn last line that loading ignores, none of it.
    """

    def __init__(self, path: Path | None = None) -> None:
        """Load the state file, or keep everything in memory when path is None.

        Raises:
            StateFileBusy: another process has the file open.
            StateFileDamaged: a line other than a torn last one is unreadable.
        """
        self._path = path
        self._tables: dict[str, dict[str, Json]] = {}
        self._pending: dict[tuple[str, str], Json | None] = {}
        self._descriptor: int | None = None
        self._log_bytes = 0
        self._live_bytes = 0
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = _open_locked(path)
            self._load(path)
            self._compact(path)

    def rows(self, table: str) -> dict[str, Json]:
        """Return the live rows of a table by key; do not change them, put a new row instead."""
        return self._tables.setdefault(table, {})

    def put(self, table: str, key: str, row: Json) -> None:
        """Insert or replace one row (JSON-able values only; money as strings)."""
        self._tables.setdefault(table, {})[key] = row
        if self._path is not None:
            self._pending[table, key] = row

    def delete(self, table: str, key: str) -> None:
        """Remove one row; absent is fine."""
        if self._tables.setdefault(table, {}).pop(key, None) is not None and self._path is not None:
            self._pending[table, key] = None

    def commit(self) -> None:
        """Make everything since the last commit durable as one atomic step."""
        if not self._pending or self._descriptor is None:
            return
        line = _encode([[table, key, row] for (table, key), row in self._pending.items()])
        written = os.write(self._descriptor, line)
        if written != len(line):
            # A full disk cut the line short: take the piece back, or every later line would hang on to it.
            os.ftruncate(self._descriptor, self._log_bytes)
            raise OSError(f"state file: {written} of {len(line)} bytes written, is the disk full?")
        self._log_bytes += written
        self._pending.clear()
        if self._path is not None and self._log_bytes > _GROWTH * self._live_bytes + _SLACK_BYTES:
            self._compact(self._path)

    def close(self) -> None:
        """Commit what is pending and give the file free."""
        self.commit()
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _load(self, path: Path) -> None:
        lines = path.read_bytes().split(b"\n")
        for number, line in enumerate(lines[:-1], start=1):  # what follows the last newline is torn
            try:
                changes: list[_Change] = json.loads(line)
            except ValueError:
                raise StateFileDamaged(path, number) from None
            for table, key, row in changes:
                if row is None:
                    self._tables.setdefault(table, {}).pop(key, None)
                else:
                    self._tables.setdefault(table, {})[key] = row

    def _compact(self, path: Path) -> None:
        """Replace the log by the live rows: a temporary file, flushed to disk, renamed over the old one."""
        fresh = path.with_name(path.name + ".new")
        descriptor = os.open(fresh, os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        size = 0
        with os.fdopen(os.dup(descriptor), "ab") as file:
            for table, rows in self._tables.items():
                if rows:
                    size += file.write(_encode([[table, key, row] for key, row in rows.items()]))
        os.fsync(descriptor)
        fresh.rename(path)
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = descriptor
        self._log_bytes = self._live_bytes = size
