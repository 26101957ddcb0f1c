"""The practice exchange as a process of its own, for tests."""

import json
import os
import queue
import signal
import subprocess
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.support.forks import Forked

READY = "practice exchange listening on "
READY_WITHIN_SECONDS = 20.0
FIRST_PRICES = {"BTCUSDT": "84000.0", "ETHUSDT": "2800.00"}
ROOT = Path(__file__).parent.parent.parent


class PracticeExchange:
    """One practice exchange on a free port of this machine; the port stays the same over a restart."""

    def __init__(self, state_file: Path, *arguments: str) -> None:
        self.state_file = state_file
        self.arguments = arguments or ("--prices", "hold", "--seed", "1")
        self.port = 0
        self.process: Forked | None = None

    @property
    def url(self) -> str:
        """Where its REST surface listens."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def stream_url(self) -> str:
        """Where its sockets listen."""
        return f"ws://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process's own id."""
        return self._running().pid

    def start(self) -> None:
        """Start it and wait until it listens."""
        arguments = ["--port", str(self.port), "--state", str(self.state_file), *self.arguments]
        self.process = Forked("simulator", arguments, self.state_file.with_suffix(".log"), answers=True)
        first_lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(self.process, first_lines), daemon=True).start()
        try:
            ready = first_lines.get(timeout=READY_WITHIN_SECONDS)
        except queue.Empty:
            ready = "nothing"
        if not ready.startswith(READY):
            self.kill()
            log_text = self.state_file.with_suffix(".log").read_text()
            raise AssertionError(f"the practice exchange said {ready!r} instead of being ready\n{log_text}")
        self.port = int(ready.strip().rsplit(":", 1)[1])

    def control(self, path: str, body: dict[str, Any] | None = None, method: str | None = None) -> Any:
        """Call its control surface: control("price", {"symbol": "BTCUSDT", "price": "61000"}); no body = GET."""
        request = urllib.request.Request(
            f"{self.url}/control/{path.removeprefix('/control/').lstrip('/')}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
            method=method or ("GET" if body is None else "POST"),
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def ledger(self, account: str = "practice") -> Any:
        """Return its truth about one account: balance, orders, algoOrders, trades, income, positions."""
        return self.control("ledger")["accounts"][account]

    def begin_anew(self) -> None:
        """Forget accounts, history and faults, and hold the prices where every play begins."""
        self.control("reset", {})
        self.control("prices", {"mode": "hold"})
        for symbol, price in FIRST_PRICES.items():
            self.control("price", {"symbol": symbol, "price": price})

    def now(self) -> datetime:
        """Return its time."""
        return datetime.fromtimestamp(self.now_ms() / 1000, UTC)

    def now_ms(self) -> int:
        """Return its time, milliseconds."""
        return int(self.control("state")["serverTime"])

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Freeze it for a while: connections are accepted, nothing is answered until it wakes up."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)

    def requests(self) -> Any:
        """Return what it was asked, oldest first."""
        return self.control("ledger")["requests"]

    @property
    def lives(self) -> bool:
        """Whether its process runs."""
        return self.process is not None and self.process.poll() is None

    def kill(self) -> None:
        """End it as a power cut would."""
        process = self._running()
        process.kill()
        process.wait()

    def stop(self) -> None:
        """End it cleanly; nothing happens when it has ended already."""
        if not self.lives:
            return
        process = self._running()
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.kill()

    def restart(self) -> None:
        """Start it again with the same state on the same port, whether it ended or not."""
        self.stop()
        self.start()

    def _running(self) -> Forked:
        if self.process is None:
            raise AssertionError("the practice exchange was not started")
        return self.process

    @staticmethod
    def _read(process: Forked, lines: "queue.Queue[str]") -> None:
        # Read to the end, so that it never blocks on a full pipe.
        for line in process.stdout or ():
            lines.put(line)
        lines.put("")
