"""The whole application as people start it: one server process with its own folder, ports and practice exchange."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import psutil
from sqlalchemy import text

from storage.connections import create_database_engine
from storage.embedded_postgres import EmbeddedPostgres, database_home
from storage.migration import migrate
from tests.support.databases import FAST_SETTINGS
from tests.support.forks import Forked

ROOT = Path(__file__).resolve().parents[2]
READY_WITHIN_SECONDS = 120.0
STOPS_WITHIN_SECONDS = 30.0
LOG_CHARACTERS = 6000
Answer = dict[str, Any]


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def new_folder() -> Path:
    """Return a folder that a server can keep its data in.

    Not below pytest's own folder: as root PostgreSQL runs as another user, and pytest closes that folder to others.
    """
    return Path(tempfile.mkdtemp(prefix="trading-bot-browser-"))


def is_trading(health: Answer) -> bool:
    """Whether the bot says that it does its work."""
    return health.get("status") == "ok"


class Served:
    """One running server; url is where its dashboard is."""

    def __init__(
        self,
        folder: Path,
        *practice_arguments: str,
        environment: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
        run_by: Sequence[str] | None = None,
    ) -> None:
        """Prepare one.

        Args:
            folder: where it keeps its data and its log.
            practice_arguments: of the practice exchange.
            environment: variables beside those of this process.
            address: that it listens on.
            run_by: a command that runs the server in its own place, as `strace -D`; with an empty one it is started
                as people do, with nothing prepared. None: its process is forked from one that has imported
                everything, and its database is there.
        """
        self.folder = folder
        # As root PostgreSQL runs as another user, who must be able to pass.
        folder.chmod(0o711)
        self.port, self.practice_port = free_port(), free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._arguments = " ".join(practice_arguments or ("--prices", "hold", "--seed", "1"))
        self._own = {"EXCHANGE": "practice", **(environment or {})}
        self._address, self._run_by = address, run_by
        self._process: subprocess.Popen[bytes] | Forked | None = None

    def start(self, ready: Callable[[Answer], bool] = is_trading) -> None:
        """Start it and wait until its health is as wanted: trading unless said otherwise."""
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("BINANCE_", "DATABASE_"))},
            "DATA_DIR": str(self.folder / "data"),
            "PRACTICE_PORT": str(self.practice_port),
            "PRACTICE_ARGS": self._arguments,
            **self._own,
        }
        arguments = ["run", "app.py", "--server.port", str(self.port), "--server.address", self._address]
        file = self.folder / "server.log"
        if self._run_by is None:
            _copy_database(self.folder / "data")
            self._process = Forked("streamlit", arguments, file, environment)
        else:
            with file.open("ab") as log:
                command = [*self._run_by, sys.executable, "-m", "streamlit", *arguments]
                self._process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + READY_WITHIN_SECONDS
        while not ready(self.health()):
            if time.monotonic() > deadline or self._process.poll() is not None:
                self.stop()
                raise AssertionError(self.logs())
            time.sleep(0.2)

    @property
    def process_id(self) -> int:
        """The process that serves and trades."""
        assert self._process is not None
        return self._process.pid

    def stop(self) -> None:
        """End it as Ctrl-C does; a server that does not end is killed, and the exchange it left behind too."""
        if self._process is None or self._process.poll() is not None:
            return
        exchange = self._practice_pid()
        self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(STOPS_WITHIN_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            if exchange is not None and exchange == self._practice_pid():
                os.kill(exchange, signal.SIGKILL)

    @contextmanager
    def frozen(self) -> Iterator[None]:
        """Stop the server in its tracks, as a suspended machine does, and let it go on afterwards."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self._process.send_signal(signal.SIGCONT)

    def discard(self) -> None:
        """End it as it stands and remove its folder: a clean end, which takes a second of computing, is for stop()."""
        if self._process is not None and self._process.poll() is None:
            children = psutil.Process(self._process.pid).children(recursive=True)
            self._process.kill()
            self._process.wait()
            for child in children:
                _end(child, signal.SIGKILL)
            self._end_database()
        shutil.rmtree(self.folder, ignore_errors=True)

    def health(self) -> Answer:
        """Return what /healthz says, empty while nobody answers."""
        try:
            with urllib.request.urlopen(f"{self.url}/healthz", timeout=5) as answer:
                said: Answer = json.load(answer)
        except urllib.error.HTTPError as error:
            said = json.load(error)
        except OSError:
            said = {}
        return said

    def logs(self) -> str:
        """Return the ends of what the server and its practice exchange wrote."""
        files = (self.folder / "server.log", self.folder / "data" / "practice.log")
        return "\n".join(f"--- {file.name}\n{file.read_text()[-LOG_CHARACTERS:]}" for file in files if file.exists())

    def control(self, path: str, body: Answer | None = None) -> Any:
        """Ask the practice exchange's control surface for something; no body asks for what it shows."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.practice_port}/control/{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def ledger(self) -> Answer:
        """Return the practice exchange's own truth about the account."""
        account: Answer = self.control("ledger")["accounts"]["practice"]
        return account

    def mark_price(self, symbol: str) -> Decimal:
        """Return where the practice exchange's mark price of a pair is."""
        address = f"http://127.0.0.1:{self.practice_port}/fapi/v1/premiumIndex?symbol={symbol}"
        with urllib.request.urlopen(address, timeout=10) as answer:
            return Decimal(json.load(answer)["markPrice"])

    def set_price(self, symbol: str, price: Decimal) -> None:
        """Move mark and last price of a pair there."""
        self.control("price", {"symbol": symbol, "price": format(price, "f")})

    def trigger_price(self, symbol: str, kind: str, side: str = "LONG") -> Decimal:
        """Return where the resting order of that type, e.g. TAKE_PROFIT_MARKET, triggers."""
        (resting,) = (
            row
            for row in self.ledger()["algoOrders"]
            if (row["symbol"], row["positionSide"], row["orderType"]) == (symbol, side, kind)
            and row["algoStatus"] == "NEW"
        )
        return Decimal(resting["triggerPrice"])

    def _end_database(self) -> None:
        with suppress(OSError, ValueError, psutil.NoSuchProcess):
            pid = int((self.folder / "data" / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
            _end(psutil.Process(pid), signal.SIGQUIT)

    def _practice_pid(self) -> int | None:
        try:
            return int(self.control("state")["pid"])
        except (OSError, ValueError, KeyError, TypeError):
            return None


@cache
def _prepared() -> tempfile.TemporaryDirectory[str]:
    """Make once what every new bot makes first, a database with its tables: a second of computing each time."""
    folder = tempfile.TemporaryDirectory(prefix="trading-bot-prepared-")
    Path(folder.name).chmod(0o711)
    server = EmbeddedPostgres.start(Path(folder.name))
    engine = create_database_engine(server.url, "prepared")
    migrate(engine)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name, setting in FAST_SETTINGS.items():
            connection.execute(text(f"ALTER SYSTEM SET {name} = {setting}"))
    engine.dispose()
    server.stop()
    return folder


def _copy_database(data_dir: Path) -> None:
    home = database_home(data_dir)
    if not (home / "postgres").exists():
        # Not shutil's copying: as root the server runs as another user, who must own the copy.
        subprocess.run(["cp", "--archive", Path(_prepared().name) / "postgres", home], check=True)


def _end(process: psutil.Process, how: signal.Signals) -> None:
    """End a process that is nobody's child any more, and wait until it has ended."""
    with suppress(psutil.NoSuchProcess):
        process.send_signal(how)
        process.wait(STOPS_WITHIN_SECONDS)
