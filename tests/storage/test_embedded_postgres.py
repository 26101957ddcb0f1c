import os
import shutil
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError

from storage.embedded_postgres import EmbeddedPostgres, database_home
from storage.postgres_cluster import ROOTS_HOME, EmbeddedPostgresFailed
from storage.private_files import FolderNotPrivate
from tests.support.waiting import eventually

ROOT = Path(__file__).parent.parent.parent
OWNER = """
import signal, sys
from pathlib import Path
from storage.embedded_postgres import EmbeddedPostgres
# Tests started in the background hand on that Ctrl-C is ignored; at a terminal it is not.
signal.signal(signal.SIGINT, signal.default_int_handler)
server = EmbeddedPostgres.start(Path(sys.argv[1]))
print("started", flush=True)
sys.stdin.read()
server.stop()
"""

pytestmark = pytest.mark.slow


def ask(url: str, statement: str) -> object:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            answer = connection.execute(text(statement))
            return answer.scalar() if answer.returns_rows else None
    finally:
        engine.dispose()


def server_pid(data_dir: Path) -> int:
    return int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def runs(pid: int) -> bool:
    # Where nobody collects dead processes, an ended one keeps its pid.
    return psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE


def owner_process(data_dir: Path) -> "subprocess.Popen[str]":
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "started\n"
    return owner


def test_data_outlives_a_stop(embedded_data_dir: Path) -> None:
    server = EmbeddedPostgres.start(embedded_data_dir)
    ask(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    pid = server_pid(embedded_data_dir)

    server.stop()
    server.stop()

    assert not runs(pid)
    again = EmbeddedPostgres.start(embedded_data_dir)
    assert ask(again.url, "SELECT answer FROM kept") == 42
    again.stop()


def test_the_server_of_a_killed_owner_is_found_and_then_ended(embedded_data_dir: Path) -> None:
    owner = owner_process(embedded_data_dir)
    pid = server_pid(embedded_data_dir)

    owner.kill()
    owner.communicate()

    assert runs(pid)
    server = EmbeddedPostgres.start(embedded_data_dir)
    assert server_pid(embedded_data_dir) == pid
    server.stop()
    # Nobody waits for the child of an owner that was killed but the machine's first process, in its own time.
    eventually(lambda: not runs(pid))


def test_the_last_of_two_owners_ends_it(embedded_data_dir: Path) -> None:
    owner = owner_process(embedded_data_dir)
    server = EmbeddedPostgres.start(embedded_data_dir)
    pid = server_pid(embedded_data_dir)

    server.stop()
    assert runs(pid)

    owner.communicate()
    assert owner.returncode == 0
    assert not runs(pid)


def test_ctrl_c_reaches_the_owner_and_not_the_server(embedded_data_dir: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(embedded_data_dir)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == "started\n"

    os.killpg(owner.pid, signal.SIGINT)
    owner.communicate()

    assert owner.returncode == -signal.SIGINT
    assert runs(server_pid(embedded_data_dir))


def test_committed_data_outlives_a_kill_of_the_server(embedded_data_dir: Path) -> None:
    server = EmbeddedPostgres.start(embedded_data_dir)
    ask(server.url, "CREATE TABLE kept AS SELECT 42 AS answer")
    postmaster = psutil.Process(server_pid(embedded_data_dir))
    family = [postmaster, *postmaster.children()]

    for process in family:
        process.kill()
    psutil.wait_procs(family, timeout=10)
    server.stop()

    again = EmbeddedPostgres.start(embedded_data_dir)
    assert ask(again.url, "SELECT answer FROM kept") == 42
    again.stop()


def test_a_pid_file_naming_another_program_is_no_server(embedded_data_dir: Path) -> None:
    EmbeddedPostgres.start(embedded_data_dir).stop()
    (embedded_data_dir / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n")

    server = EmbeddedPostgres.start(embedded_data_dir)

    assert ask(server.url, "SELECT 1") == 1
    assert server_pid(embedded_data_dir) != os.getpid()
    server.stop()


@pytest.mark.parametrize("name", ["My Projects, and é'$(x)", "deep/" * 30])
def test_any_folder_name_works(embedded_data_dir: Path, name: str) -> None:
    data_dir = embedded_data_dir / name

    server = EmbeddedPostgres.start(data_dir)

    try:
        assert ask(server.url, "SELECT 1") == 1
    finally:
        server.stop()


def test_a_language_that_the_machine_lacks_does_no_harm(
    embedded_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LC_ALL", "xx_YY.UTF-8")

    server = EmbeddedPostgres.start(embedded_data_dir)

    assert ask(server.url, "SHOW server_encoding") == "UTF8"
    assert os.environ["LC_ALL"] == "xx_YY.UTF-8"
    server.stop()


def test_a_cluster_cut_off_while_it_was_made_is_made_anew(embedded_data_dir: Path) -> None:
    half_made = embedded_data_dir / "postgres.making"
    half_made.mkdir()
    (half_made / "PG_VERSION").write_text("18\n")

    server = EmbeddedPostgres.start(embedded_data_dir)

    assert ask(server.url, "SELECT 1") == 1
    server.stop()
    assert not half_made.exists()


def test_nobody_else_gets_in(embedded_data_dir: Path) -> None:
    server = EmbeddedPostgres.start(embedded_data_dir)

    assert ask(server.url, "SHOW listen_addresses") == ""
    assert ask(server.url, "SHOW unix_socket_permissions") == "0700"
    server.stop()


@pytest.mark.parametrize(("entry", "content", "advice"), [("PG_VERSION", "16\n", "PostgreSQL 16"), ("x", "", "empty")])
def test_foreign_files_are_refused_with_advice(embedded_data_dir: Path, entry: str, content: str, advice: str) -> None:
    (embedded_data_dir / "postgres").mkdir()
    (embedded_data_dir / "postgres" / entry).write_text(content)

    with pytest.raises(EmbeddedPostgresFailed, match=advice):
        EmbeddedPostgres.start(embedded_data_dir)

    (embedded_data_dir / "postgres" / entry).unlink()
    (embedded_data_dir / "postgres").rmdir()


def test_the_server_inherits_nothing_of_the_bots_environment(
    embedded_data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSION_SECRET", "a secret of enough letters")
    monkeypatch.setenv("BINANCE_TESTNET_API_SECRET", "another secret")

    server = EmbeddedPostgres.start(embedded_data_dir)

    pid = (database_home(embedded_data_dir) / "postgres" / "postmaster.pid").read_text().split()[0]
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"secret" not in environment
    assert b"LC_ALL=C" in environment
    server.stop()


def test_what_the_bot_keeps_is_closed_to_others(embedded_data_dir: Path) -> None:
    embedded_data_dir.chmod(0o755)
    (embedded_data_dir / "postgres.turn").touch(0o644)

    server = EmbeddedPostgres.start(embedded_data_dir)

    kept = [embedded_data_dir, *embedded_data_dir.iterdir()]
    assert [path.name for path in kept if path.stat().st_mode & 0o007] == []
    assert embedded_data_dir.stat().st_mode & 0o777 == (0o710 if os.geteuid() == 0 else 0o700)
    assert [path.name for path in kept if path.is_file() and path.stat().st_mode & 0o077] == []
    server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server as another user")
def test_started_by_root_no_folder_above_is_opened_to_others(embedded_data_dir: Path) -> None:
    closed = embedded_data_dir / "closed"
    closed.mkdir(mode=0o700)
    home = database_home(closed / "data")
    try:
        server = EmbeddedPostgres.start(closed / "data")
        engine = create_engine(server.url)
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT 1")) == 1
        engine.dispose()
        server.stop()

        assert closed.stat().st_mode & 0o777 == 0o700
        assert home.is_relative_to(ROOTS_HOME)
        assert home.stat().st_mode & 0o007 == 0
    finally:
        shutil.rmtree(home)


def test_a_folder_that_everybody_uses_is_refused() -> None:
    with pytest.raises(FolderNotPrivate, match="a folder of its own"):
        EmbeddedPostgres.start(Path("/tmp"))


def _answers(server: EmbeddedPostgres) -> bool:
    with suppress(OperationalError):
        return ask(server.url, "SELECT 1") == 1
    return False


def test_a_server_that_was_killed_is_started_again_with_all_that_was_committed(embedded_data_dir: Path) -> None:
    server = EmbeddedPostgres.start(embedded_data_dir)
    ask(server.url, "CREATE TABLE kept AS SELECT 1 AS number")
    pid = server_pid(embedded_data_dir)
    os.kill(pid, signal.SIGKILL)

    def runs_again() -> bool:
        with suppress(EmbeddedPostgresFailed):  # the dead one's processes are still ending
            server.keep_running()
        return _answers(server)

    eventually(runs_again, within=60)
    assert ask(server.url, "SELECT number FROM kept") == 1
    assert server_pid(embedded_data_dir) != pid
    server.keep_running()
    server.stop()
    server.keep_running()
    assert not (embedded_data_dir / "postgres" / "postmaster.pid").exists()
