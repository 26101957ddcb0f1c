"""The practice exchange beside the bot: started once, adopted when it keeps our state, refused otherwise."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from exchange.errors import PracticeNotRunning
from exchange.practice_process import PracticeProcess
from tests.exchange.scripted_server import ScriptedServer, json_answer
from tests.support.practice import ROOT, PracticeExchange

pytestmark = pytest.mark.slow
ARGUMENTS = ("--prices", "hold", "--seed", "1")


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def ours(tmp_path: Path, port: int) -> Iterator[PracticeProcess]:
    """Give ours, started; it is ended afterwards by whoever finds it."""
    practice = PracticeProcess(tmp_path, port, ARGUMENTS)
    practice.ensure()
    yield practice
    last = PracticeProcess(tmp_path, port, ARGUMENTS)
    last.ensure()
    last.stop()


def has_ended(pid: int) -> bool:
    """Whether a process comes to its end; one whose parent was killed may stay on as a name only."""
    give_up_at = time.monotonic() + 10
    while time.monotonic() < give_up_at:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def test_one_that_runs_is_left_alone_and_a_clean_stop_ends_it(ours: PracticeProcess, tmp_path: Path) -> None:
    pid = ours.pid
    ours.ensure()
    same = ours.pid

    ours.stop()

    assert pid is not None
    assert same == pid
    assert has_ended(pid)
    assert ours.pid is None


def test_it_outlives_a_killed_bot_and_is_adopted_by_the_next(tmp_path: Path, port: int) -> None:
    dying = (
        "import os, signal, sys; from pathlib import Path; from exchange.practice_process import PracticeProcess;"
        f"PracticeProcess(Path(sys.argv[1]), {port}, {ARGUMENTS}).ensure(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    killed = subprocess.run([sys.executable, "-c", dying, str(tmp_path)], cwd=ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    following = PracticeProcess(tmp_path, port, ARGUMENTS)

    following.ensure()
    pid = following.pid
    following.stop()

    assert pid is not None
    assert has_ended(pid)


def test_one_with_another_state_file_is_refused_and_goes_on(tmp_path: Path) -> None:
    theirs = PracticeExchange(tmp_path / "theirs.state")
    theirs.start()
    try:
        practice = PracticeProcess(tmp_path / "ours", theirs.port, ARGUMENTS)

        with pytest.raises(PracticeNotRunning, match=f"Port {theirs.port} is taken by another program"):
            practice.ensure()
        practice.stop()

        os.kill(theirs.pid, 0)
        assert theirs.control("state")["pid"] == theirs.pid
    finally:
        theirs.stop()


def test_any_other_listener_is_refused(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = int(listener.getsockname()[1])

        with pytest.raises(PracticeNotRunning, match="PRACTICE_PORT"):
            PracticeProcess(tmp_path, port, ARGUMENTS).ensure()


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """Give a process that is none of our business."""
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    yield process
    process.kill()
    process.wait()


def squat(server: ScriptedServer, pid: int) -> int:
    """Let a server claim to be the practice exchange, as a process of its choice; return its port."""
    server.script("GET /control/state", json_answer({"id": "x", "pid": pid}))
    return int(server.url.rpartition(":")[2])


def test_a_squatter_that_names_another_process_is_refused(
    tmp_path: Path, server: ScriptedServer, victim: subprocess.Popen[bytes]
) -> None:
    practice = PracticeProcess(tmp_path, squat(server, victim.pid), ARGUMENTS)

    with pytest.raises(PracticeNotRunning, match="taken by another program"):
        practice.ensure()
    practice.stop()

    assert victim.poll() is None


@pytest.mark.parametrize("claimed", [-1, 0, 1])
def test_no_claim_ends_a_process_that_is_not_ours(
    tmp_path: Path, server: ScriptedServer, victim: subprocess.Popen[bytes], claimed: int
) -> None:
    practice = PracticeProcess(tmp_path, squat(server, claimed), ARGUMENTS)
    for pid in (claimed, victim.pid):
        practice.pid = pid
        practice.stop()

    assert victim.poll() is None


def test_one_that_does_not_come_up_in_time_is_ended(tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("exchange.practice_process.READY_WITHIN_SECONDS", 0.0)
    before = {child.pid for child in psutil.Process().children()}

    with pytest.raises(PracticeNotRunning, match="did not come up"):
        PracticeProcess(tmp_path, port, ARGUMENTS).ensure()

    assert {child.pid for child in psutil.Process().children()} == before


def test_it_learns_no_secret_and_a_proxy_of_the_environment_leads_nowhere(
    tmp_path: Path, port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SESSION_SECRET", "between us only")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    practice = PracticeProcess(tmp_path, port, ARGUMENTS)

    practice.ensure()

    try:
        assert practice.pid is not None
        environment = psutil.Process(practice.pid).environ()
        assert not {name for name in environment if "SECRET" in name or "proxy" in name}
    finally:
        practice.stop()


def test_a_process_that_only_reads_our_state_file_is_not_ended(tmp_path: Path, server: ScriptedServer) -> None:
    state = tmp_path / "practice.state"
    state.touch()
    reading = "import sys, time; kept = open(sys.argv[1], 'r+'); print('open', flush=True); time.sleep(600)"
    reader = subprocess.Popen([sys.executable, "-c", reading, str(state)], stdout=subprocess.PIPE)
    try:
        assert reader.stdout is not None
        reader.stdout.readline()
        practice = PracticeProcess(tmp_path, squat(server, reader.pid), ARGUMENTS)

        with pytest.raises(PracticeNotRunning, match="taken by another program"):
            practice.ensure()
        practice.pid = reader.pid
        practice.stop()

        assert reader.poll() is None
    finally:
        reader.kill()
        reader.wait()
        if reader.stdout is not None:
            reader.stdout.close()
