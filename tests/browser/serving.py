"""The whole application as people start it: one server process with its own folder, ports and practice exchange."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_SECONDS = 60.0
STOPS_WITHIN_SECONDS = 30.0


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Served:
    """One running server; url is where its dashboard is."""

    def __init__(self, folder: Path, *practice_arguments: str) -> None:
        self.folder = folder
        self.port, self.practice_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._arguments = " ".join(practice_arguments or ("--prices", "hold", "--seed", "1"))
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it trades."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("BINANCE_", "DATABASE_"))},
            "DATA_DIR": str(self.folder / "data"),
            "PRACTICE_PORT": str(self.practice_port),
            "PRACTICE_ARGS": self._arguments,
            "EXCHANGE": "practice",
        }
        command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(self.port)]
        with (self.folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--server.address", "127.0.0.1"], cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while self.health().get("status") != "ok":
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.stop()
                raise AssertionError((self.folder / "server.log").read_text()[-4000:])
            time.sleep(0.2)

    def stop(self) -> None:
        """End it as Ctrl-C does."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def health(self) -> dict[str, Any]:
        """Return what /healthz says, empty while nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                said: dict[str, Any] = json.load(answer)
        except urllib.error.HTTPError as error:
            said = json.load(error)
        except OSError:
            said = {}
        return said

    def control(self, path: str, body: dict[str, Any]) -> None:
        """Ask the practice exchange's control surface for something."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.practice_port}/control/{path}",
            data=json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        urllib.request.urlopen(request, timeout=10).close()
