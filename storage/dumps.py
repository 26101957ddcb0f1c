"""Copies of the embedded database, written beside it before its tables are changed; and the way back.

`python -m storage.dumps restore FILE` puts a copy in the place of what stands in the database now.
"""

import gzip
import logging
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from sqlalchemy import create_engine, text

from config import Config
from domain.start_refused import StartRefused
from storage.embedded_postgres import EmbeddedPostgres
from storage.migration import LEASE_LOCK

log = logging.getLogger(__name__)

FOLDER: Final = "dumps"
KEPT: Final = 3
WITHIN_SECONDS: Final = 600
_USAGE: Final = "usage: python -m storage.dumps restore FILE\n"


class DumpFailed(StartRefused):
    """No copy of the database could be made: its tables must not be changed. Show the message."""


class RestoreRefused(Exception):
    """A copy cannot take the place of the database now: show the message; nothing was changed."""


def copy_before_migration(server: EmbeddedPostgres, data_dir: Path) -> Callable[[str], Path]:
    """Return what writes a copy of the database to data_dir/dumps and removes all such copies but the newest three.

    It takes the revision that the tables are at, for the name of the file, and returns the file: SQL, compressed with
    gzip, readable by its owner alone. It raises DumpFailed when the copy could not be written.
    """

    def copy(revision: str) -> Path:
        file = _write(server, data_dir / FOLDER, f"before-migration-from-{revision}")
        for old in sorted(file.parent.glob("*-before-migration-*.sql.gz"))[:-KEPT]:
            old.unlink()
        return file

    return copy


def restore(server: EmbeddedPostgres, data_dir: Path, file: Path) -> Path:
    """Put a copy in the place of all that is in the database, all or nothing; the bot must not run.

    Returns:
        A copy of what was there before.

    Raises:
        RestoreRefused: the bot is running, or the file is no such copy.
        DumpFailed: what is there now could not be copied first.
    """
    engine = create_engine(server.url)
    try:
        with engine.connect() as connection:
            if not connection.scalar(text("SELECT pg_try_advisory_lock(:lock)"), {"lock": LEASE_LOCK}):
                raise RestoreRefused("The bot is running. Stop it, then restore.")
            before = _write(server, data_dir / FOLDER, "before-restore")
            _load(server, file)
            return before
    finally:
        engine.dispose()


def _write(server: EmbeddedPostgres, folder: Path, name: str) -> Path:
    started = time.monotonic()
    file = folder / f"{datetime.now(UTC):%Y%m%dT%H%M%S.%fZ}-{name}.sql.gz"
    part = file.with_suffix(".part")
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as written:
            _pg_dump(server, written)
            os.fsync(written.fileno())
        part.replace(file)
    except (OSError, subprocess.SubprocessError) as failure:
        with suppress(OSError):
            part.unlink()
        raise DumpFailed(
            f"The tables of the database must be changed, and the copy that is made first could not be written to "
            f"{folder}: {_reason(failure)}. Nothing was changed. Make room there ({_free(folder)} are free), let the "
            "user who runs the bot write to it, and start again."
        ) from failure
    log.info("database copied file=%s bytes=%d seconds=%.1f", file, file.stat().st_size, time.monotonic() - started)
    return file


def _pg_dump(server: EmbeddedPostgres, written: IO[bytes]) -> None:
    server.run("pg_dump", "--no-owner", "--no-privileges", "--compress=gzip", stdout=written, timeout=WITHIN_SECONDS)


def _load(server: EmbeddedPostgres, file: Path) -> None:
    try:
        anew = ("--command", "DROP SCHEMA public CASCADE", "--command", "CREATE SCHEMA public")
        settings = ("--no-psqlrc", "--quiet", "--single-transaction", "--set", "ON_ERROR_STOP=1")
        with gzip.open(file) as copy, tempfile.TemporaryFile() as script:
            shutil.copyfileobj(copy, script)
            script.seek(0)
            server.run("psql", *settings, *anew, "--file", "-", stdin=script, timeout=WITHIN_SECONDS)
    except (OSError, EOFError, subprocess.SubprocessError) as failure:
        raise RestoreRefused(f"{file} is no copy that can be restored: {_reason(failure)}") from failure


def _reason(failure: Exception) -> str:
    """Return what went wrong in one line: a program's own last words, else the error's."""
    said = failure.stderr if isinstance(failure, subprocess.CalledProcessError) else None
    lines = (said or b"").decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else str(getattr(failure, "strerror", None) or failure)


def _free(folder: Path) -> str:
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    return f"{shutil.disk_usage(existing).free // 1_000_000} MB"


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run the command; returns its exit status."""
    if len(arguments) != 2 or arguments[0] != "restore":
        sys.stderr.write(_USAGE)
        return 2
    server = None
    try:
        config = Config.from_environment(environ)
        if config.database_url is not None:
            raise RestoreRefused("Copies are of the embedded database. Start this without DATABASE_URL.")
        server = EmbeddedPostgres.start(config.data_dir)
        before = restore(server, config.data_dir, Path(arguments[1]))
    except (StartRefused, RestoreRefused) as refusal:
        sys.stderr.write(f"{refusal}\n")
        return 1
    finally:
        if server is not None:
            server.stop()
    sys.stdout.write(f"Restored. What was there before is in {before}.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
