"""The practice exchange as a child process: started when wanted, adopted when ours already, ended with us."""

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import psutil

from domain.practice import PracticeBeginning
from exchange.errors import PracticeNotRunning
from exchange.practice_control import ControlRefused, PracticeControl, PracticeSilent

log = logging.getLogger(__name__)

READY_WITHIN_SECONDS: Final = 15.0
END_WITHIN_SECONDS: Final = 5.0
ANSWER_SECONDS: Final = 2.0
_LOCKS: Final = Path("/proc/locks")
# Secrets of ours are none of its business, and a proxy would lead it astray.
_ENVIRONMENT: Final = {"PATH": os.defpath, "PYTHONDONTWRITEBYTECODE": "1"}


class PracticeProcess:
    """Keeps one practice exchange running on a port of this machine, its state in data_dir.

    It runs in a session of its own, so that it outlives a killed bot as a real exchange would; a clean stop ends it.
    """

    def __init__(self, data_dir: Path, port: int, arguments: tuple[str, ...]) -> None:
        self._state_file = data_dir / "practice.state"
        self._begun_file = data_dir / "practice.begun"  # the latest beginning that was followed
        self._port = port
        self._arguments = arguments
        self.pid: int | None = None  # of the one that was started or adopted
        self._child: subprocess.Popen[bytes] | None = None

    def ensure(self, beginning: PracticeBeginning | None = None) -> None:
        """Start it unless it runs; one that is to begin anew and has not yet is ended and starts without its state.

        Raises:
            PracticeNotRunning: something else listens on the port, or it does not come up.
        """
        if beginning is not None and self._is_news(beginning):
            self._adopt()
            self.stop()
            self._forget(beginning)
        if not self._adopt():
            self._start(beginning)

    def _adopt(self) -> bool:
        """Take the one that listens as ours; return whether there is one."""
        answer = self._ask()
        if answer is None and not self._listening():
            return False
        if answer is None or not self._keeps_our_state(answer["pid"]):
            raise PracticeNotRunning(
                f"Port {self._port} is taken by another program: choose another one with PRACTICE_PORT."
            )
        self.pid = answer["pid"]
        return True

    def _is_news(self, beginning: PracticeBeginning) -> bool:
        # Compared and not only looked for: an older database that is put back takes nothing away.
        try:
            return beginning.asked_at > datetime.fromisoformat(self._begun_file.read_text().strip())
        except (OSError, ValueError, TypeError):
            return True

    def _forget(self, beginning: PracticeBeginning) -> None:
        """Remove the state, then note that it is done: cut short in between, it is done once more."""
        try:
            self._state_file.unlink(missing_ok=True)
            self._begun_file.parent.mkdir(parents=True, exist_ok=True)
            self._begun_file.write_text(beginning.asked_at.isoformat())
        except OSError as error:
            raise PracticeNotRunning(f"Its old state cannot be removed from {self._state_file}: {error}") from error
        log.info("practice exchange begins anew")

    def stop(self) -> None:
        """End the exchange this process started or adopted."""
        if self.pid is None:
            return
        pid, self.pid = self.pid, None
        child, self._child = self._child, None
        # Whatever a listener says of itself, only our own child or the keeper of our locked state file is ended.
        is_our_child = child is not None and child.pid == pid and child.poll() is None
        try:
            process = os.pidfd_open(pid)  # from here on it is this process, whoever gets its number later
        except OSError:
            return
        try:
            if is_our_child or self._keeps_our_state(pid):
                signal.pidfd_send_signal(process, signal.SIGTERM)
            else:
                return
        except ProcessLookupError:
            return
        finally:
            os.close(process)
        deadline = time.monotonic() + END_WITHIN_SECONDS
        while self._listening() and time.monotonic() < deadline:
            time.sleep(0.05)
        if child is not None and child.pid == pid:
            with suppress(subprocess.TimeoutExpired):
                child.wait(END_WITHIN_SECONDS)

    def _start(self, beginning: PracticeBeginning | None) -> None:
        self._state_file.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "simulator", "--port", str(self._port), "--state", str(self._state_file)]
        with self._state_file.with_suffix(".log").open("ab") as output:
            child = self._child = subprocess.Popen(  # noqa: S603  our own module with our own arguments
                [*command, *with_balance(self._arguments, beginning)],
                cwd=Path(__file__).parent.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env=_ENVIRONMENT,
            )
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while time.monotonic() < deadline:
            answer = self._ask()
            if answer is not None and answer["pid"] == child.pid:
                self.pid = child.pid
                log.info("practice exchange started port=%s pid=%s", self._port, self.pid)
                return
            if child.poll() is not None:
                break
            time.sleep(0.05)
        self._child = None
        _end(child)
        raise PracticeNotRunning(f"It did not come up: {self._state_file.with_suffix('.log')} says why.")

    def _keeps_our_state(self, pid: int) -> bool:
        """Whether that process holds the lock on our state file, whoever started it; to read the file is not enough."""
        if pid <= 1:
            return False
        try:
            opened = {Path(file.path) for file in psutil.Process(pid).open_files()}
            inode = str(self._state_file.stat().st_ino)
            locks = _LOCKS.read_text()
        except (psutil.Error, OSError):
            return False
        # A line reads "1: FLOCK  ADVISORY  WRITE 4242 fd:01:1835014 0 EOF". Some file systems tell another device there
        # than a file's own, so the path that the process has open stands for it.
        held = ((words[1:5], words[5].rpartition(":")[2]) for words in map(str.split, locks.splitlines()))
        return self._state_file.resolve() in opened and (["FLOCK", "ADVISORY", "WRITE", str(pid)], inode) in held

    def _ask(self) -> dict[str, Any] | None:
        """Return what the listener on the port says it is, None when it is no practice exchange."""
        try:
            state = PracticeControl(f"http://127.0.0.1:{self._port}").get("state", ANSWER_SECONDS)
        except (PracticeSilent, ControlRefused):
            return None
        return state if "id" in state and isinstance(state.get("pid"), int) else None

    def _listening(self) -> bool:
        with socket.socket() as probe:
            probe.settimeout(1)
            return probe.connect_ex(("127.0.0.1", self._port)) == 0


def with_balance(arguments: tuple[str, ...], beginning: PracticeBeginning | None) -> tuple[str, ...]:
    """Return the arguments with the money that the bot's own account, the first, begins with."""
    if beginning is None:
        return arguments
    balance = format(beginning.balance_usdt, "f")
    for index, (option, value) in enumerate(pairwise(arguments), start=1):
        if option == "--account":
            key, secret = value.split(":")[:2]
            return (*arguments[:index], f"{key}:{secret}:{balance}", *arguments[index + 1 :])
    return (*arguments, "--account", f"practice:practice:{balance}")


def _end(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(END_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()
