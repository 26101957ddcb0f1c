"""Another user of the machine, without rights: reads nothing of a running bot, holds nothing up, ends nothing."""

import errno
import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from exchange.errors import PracticeNotRunning
from exchange.practice_process import PracticeProcess
from tests.browser.serving import Served, free_port, new_folder
from tests.support.other_user import OTHER_USER, WHY_NOT, as_another_user, can_be_another_user

pytestmark = [pytest.mark.slow, pytest.mark.skipif(not can_be_another_user(), reason=WHY_NOT)]
SECRETS = {
    "SESSION_SECRET": "a-session-secret-of-the-victim",
    "DASHBOARD_PASSWORD": "a-password-of-the-victim",
    "BINANCE_TESTNET_API_KEY": "an-api-key-of-the-victim",
    "BINANCE_TESTNET_API_SECRET": "an-api-secret-of-the-victim",
}


@pytest.fixture(scope="module")
def bot() -> Iterator[Served]:
    """Give a running bot with secrets in its environment, traded on practice."""
    application = Served(new_folder(), environment=SECRETS)
    application.start()
    yield application
    application.discard()


def processes(bot: Served) -> list[int]:
    """Return the bot and its children."""
    server = psutil.Process(bot.process_id)
    return [server.pid, *(child.pid for child in server.children(recursive=True)), *database_processes(bot)]


def database_processes(bot: Served) -> list[int]:
    pid = int((bot.folder / "data" / "postgres" / "postmaster.pid").read_text().split()[0])
    return [pid, *(child.pid for child in psutil.Process(pid).children())]


def everything(folder: Path) -> list[str]:
    return [str(path) for path in (folder, *folder.rglob("*"))]


def opened(paths: list[str], flags: int) -> list[str]:
    """Return which of the files can be opened."""
    found = []
    for path in paths:
        try:
            os.close(os.open(path, flags))
        except OSError as error:
            assert error.errno in (errno.EACCES, errno.EPERM, errno.ENOENT, errno.EISDIR), (path, error)
        else:
            found.append(path)
    return found


def test_no_file_can_be_read_listed_or_written(bot: Served) -> None:
    paths = everything(bot.folder / "data")
    assert [path for path in paths if path.endswith("practice.state")]

    assert as_another_user(lambda: opened(paths, os.O_RDONLY)) == []
    assert as_another_user(lambda: opened(paths, os.O_WRONLY)) == []
    assert as_another_user(lambda: opened([f"{bot.folder}/data/new"], os.O_WRONLY | os.O_CREAT)) == []


def test_no_process_tells_its_environment_or_its_memory(bot: Served) -> None:
    pids = processes(bot)
    kept = [f"/proc/{pid}/{name}" for pid in pids for name in ("environ", "mem", "maps", "fd/0")]

    assert as_another_user(lambda: opened(kept, os.O_RDONLY)) == []
    # What everybody may read: how each was started.
    shown = b"".join(Path(f"/proc/{pid}/cmdline").read_bytes() for pid in pids).decode()
    assert [secret for secret in SECRETS.values() if secret in shown] == []
    children = b"".join(Path(f"/proc/{pid}/environ").read_bytes() for pid in pids[1:]).decode()
    assert [secret for secret in SECRETS.values() if secret in children] == []


def test_the_database_lets_nobody_in(bot: Served) -> None:
    sockets = [path for path in everything(bot.folder / "data") if ".s.PGSQL" in path and not path.endswith(".lock")]
    assert sockets

    def connected() -> list[str]:
        found = []
        for path in sockets:
            with socket.socket(socket.AF_UNIX) as client:
                try:
                    client.connect(path)
                    found.append(path)
                except PermissionError:
                    continue
        return found

    assert as_another_user(connected) == []
    over_tcp = [c for pid in database_processes(bot) for c in psutil.Process(pid).net_connections("tcp")]
    assert over_tcp == []


def test_nothing_can_be_ended_or_held_up_by_locks(bot: Served) -> None:
    pids, paths = processes(bot), everything(bot.folder / "data")

    def locked() -> list[Any]:
        held: list[Any] = []
        for path in paths:
            try:
                descriptor = os.open(path, os.O_RDONLY)
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                held.append(path)
            except OSError:
                continue
        for pid in pids:
            try:
                os.kill(pid, signal.SIGTERM)
                held.append(pid)
            except PermissionError:
                continue
        return held

    held = as_another_user(locked)
    bot.stop()
    bot.start()

    assert held == []
    assert bot.health()["status"] == "ok"


def test_one_who_sits_on_the_port_and_names_a_victim_ends_nobody(tmp_path: Path) -> None:
    victim = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    port = free_port()
    said = f'{{"id": "x", "pid": {victim.pid}}}'.encode()
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(said), said)

    def squat() -> int:
        visitors = 0
        with socket.create_server(("127.0.0.1", port)) as listener:
            listener.settimeout(20)
            while True:
                visitor, _ = listener.accept()
                with visitor:
                    asked = visitor.recv(65_536)
                    if asked.startswith(b"OVER"):
                        return visitors
                    visitors += 1
                    visitor.sendall(answer)

    reply: list[int] = []
    squatting = threading.Thread(target=lambda: reply.append(as_another_user(squat)))
    squatting.start()
    try:
        wait_until_listening(port)
        practice = PracticeProcess(tmp_path, port, ("--prices", "hold"))
        with pytest.raises(PracticeNotRunning, match="taken by another program"):
            practice.ensure()
        practice.stop()
    finally:
        with socket.create_connection(("127.0.0.1", port)) as last:
            last.sendall(b"OVER")
        squatting.join()
        alive = victim.poll() is None
        victim.kill()
        victim.wait()

    assert alive
    assert reply
    assert reply[0] >= 1


def wait_until_listening(port: int) -> None:
    for _ in range(200):
        found = [c for c in psutil.net_connections("tcp4") if c.status == "LISTEN" and port in c.laddr]
        if found:
            return
        threading.Event().wait(0.05)
    raise AssertionError(f"user {OTHER_USER} does not listen")
