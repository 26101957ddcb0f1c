"""Bots as processes that start in a moment: one process imports everything once and forks a bot for each request.

`python -m tests.system.crash.nursery` reads one JSON list of arguments for
tests.system.crash.child.main a line and answers with the new process's id.
"""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

from tests.support.practice import ROOT
from tests.system.crash.child import main as run_bot


class ForkedBot:
    """One bot process."""

    def __init__(self, pid: int) -> None:
        self.pid = pid

    @property
    def lives(self) -> bool:
        """Whether the process exists; the nursery lets the system bury the dead at once."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        return True

    def signal(self, number: signal.Signals) -> None:
        """Send a signal; a process that is gone already is fine."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, number)

    def stop(self, within_seconds: float = 20.0) -> None:
        """End it cleanly, or hard when that takes too long."""
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        deadline = time.monotonic() + within_seconds
        while self.lives and time.monotonic() < deadline:
            time.sleep(0.02)
        self.kill()

    def kill(self) -> None:
        """End it as a power cut would."""
        self.signal(signal.SIGKILL)
        while self.lives:
            time.sleep(0.005)


class Nursery:
    """Starts bots."""

    def __init__(self, log: Path) -> None:
        self.log = log
        self._lock = threading.Lock()
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.system.crash.nursery"],
                cwd=ROOT,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=output,
                text=True,
            )

    def start(self, database_url: str, exchange_url: str, at: str, log: Path) -> ForkedBot:
        """Start a bot that dies at a boundary, see tests.system.crash.child."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with self._lock:  # one question and its answer at a time
            self._process.stdin.write(json.dumps([database_url, exchange_url, at, str(log)]) + "\n")
            self._process.stdin.flush()
            return ForkedBot(int(self._process.stdout.readline()))

    def close(self) -> None:
        """End the nursery; bots it has started live on."""
        self._process.terminate()
        self._process.wait(timeout=10)


def serve() -> None:
    """Fork a bot for each line."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    for line in sys.stdin:
        arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            _live(arguments)
        print(pid, flush=True)


def _live(arguments: list[str]) -> None:
    """Be a bot until told to stop; never return into the nursery."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.close(0)
    status = 1
    try:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
        run_bot(*arguments)
        status = 0
    finally:
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    serve()
