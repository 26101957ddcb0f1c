"""The practice exchange beside the bot: started once, adopted when it keeps our state, refused otherwise."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import psutil
import pytest

from binance_client import BinanceTestnetClient
from domain.practice import PracticeBeginning
from exchange.errors import PracticeNotRunning
from exchange.practice_control import PracticeControl
from exchange.practice_process import PracticeProcess, with_balance
from tests.exchange.scripted_server import ScriptedServer, json_answer
from tests.support.practice import ROOT, PracticeExchange
from tests.support.waiting import eventually

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
    """Whether a process has come to its end; one whose parent was killed may stay on as a name only."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_one_that_runs_is_left_alone_and_a_clean_stop_ends_it(ours: PracticeProcess, tmp_path: Path) -> None:
    pid = ours.pid
    ours.ensure()
    same = ours.pid

    ours.stop()

    assert pid is not None
    assert same == pid
    eventually(lambda: has_ended(pid), "its end")
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
    eventually(lambda: has_ended(pid), "its end")


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


def account_of(port: int) -> tuple[str, Decimal, timedelta]:
    """Return the alias of the bot's account, its balance, and by how much the clock is ahead of this machine's."""
    client = BinanceTestnetClient("practice", "practice", f"http://127.0.0.1:{port}", f"ws://127.0.0.1:{port}")
    try:
        ahead = client.measure_clock().offset
        balance = client.fetch_balance()
    finally:
        client.close()
    return balance.account_alias, balance.wallet_usdt, ahead


def test_begun_anew_it_knows_nothing_from_before_and_only_once(ours: PracticeProcess, port: int) -> None:
    PracticeControl(f"http://127.0.0.1:{port}").post("clock", {"advance_seconds": 3600}, 10)
    before, _, ahead_before = account_of(port)
    wish = PracticeBeginning(datetime.now(UTC), Decimal(1000), None)

    ours.ensure(wish)
    begun, balance, ahead = account_of(port)
    pid = ours.pid
    ours.ensure(wish)
    ours.ensure(replace(wish, asked_at=wish.asked_at - timedelta(days=1)))  # of a database that was put back
    same = ours.pid
    ours.stop()
    ours.ensure(wish)
    after_restart, _, _ = account_of(port)

    assert ahead_before > timedelta(minutes=59)
    assert abs(ahead) < timedelta(minutes=1)
    assert begun != before
    assert balance == Decimal(1000)
    assert same == pid
    assert after_restart == begun


def test_one_of_somebody_else_is_not_begun_anew(tmp_path: Path) -> None:
    theirs = PracticeExchange(tmp_path / "theirs.state")
    theirs.start()
    try:
        alias, _, _ = account_of(theirs.port)

        with pytest.raises(PracticeNotRunning, match="taken by another program"):
            PracticeProcess(tmp_path / "ours", theirs.port, ARGUMENTS).ensure(
                PracticeBeginning(datetime.now(UTC), Decimal(1000), None)
            )

        assert account_of(theirs.port)[0] == alias
    finally:
        theirs.stop()


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (("--seed", "2"), ("--seed", "2", "--account", "practice:practice:500")),
        (("--account", "a:b", "--seed", "2"), ("--account", "a:b:500", "--seed", "2")),
        (("--account", "a:b:7", "--account", "c:d:7"), ("--account", "a:b:500", "--account", "c:d:7")),
    ],
)
def test_the_first_account_begins_with_the_money_that_was_chosen(given: tuple[str, ...], used: tuple[str, ...]) -> None:
    assert with_balance(given, PracticeBeginning(datetime.now(UTC), Decimal(500), None)) == used
    assert with_balance(given, None) == given


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
