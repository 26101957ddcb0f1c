"""The bot as a process that kills itself at one boundary.

`python -m tests.system.crash.child DATABASE_URL EXCHANGE_URL AT LOG`. A boundary is just before or after a commit of
the monitor, or just before or after one of its requests. They are found by instrumentation while the bot runs, never
listed by hand. AT is the number of the boundary to die at (from 1), the name of one with its occurrence
("after POST /fapi/v1/order#1"), the same after "freeze " to be stopped there instead, or 0 to live. Each boundary
passed is a line of LOG.
"""

import faulthandler
import os
import signal
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

from sqlalchemy import Engine

from config import Config
from exchange.transport import GuardedAdapter
from monitor import PositionMonitor
from storage.connections import ACTING, create_database_engine, sessions
from storage.lease import Lease, new_instance
from strategy import Try1Strategy


class Boundaries:
    """Counts boundaries; ends or freezes the process at the chosen one."""

    def __init__(self, at: str, log: Path) -> None:
        self._at = at
        self._log = log.open("a", buffering=1)
        self._lock = threading.Lock()
        self._number = 0
        self._seen: Counter[str] = Counter()

    def pass_(self, name: str) -> None:
        """Pass a boundary, or die or freeze at it."""
        with self._lock:
            self._number += 1
            self._seen[name] += 1
            full_name = f"{name}#{self._seen[name]}"
            self._log.write(full_name + "\n")
            if self._at in (str(self._number), full_name):
                os.kill(os.getpid(), signal.SIGKILL)
        if self._at == f"freeze {full_name}":
            os.kill(os.getpid(), signal.SIGSTOP)
            time.sleep(0.5)  # the signal may reach another thread first; asleep, this one stops here


def instrument(engine: Engine, boundaries: Boundaries) -> None:
    """Make every commit of the engine and every request of the bot a pair of boundaries."""
    commit = engine.dialect.do_commit

    def do_commit(connection: Any) -> None:
        boundaries.pass_("before commit")
        commit(connection)
        boundaries.pass_("after commit")

    engine.dialect.do_commit = do_commit  # type: ignore[method-assign,assignment]
    send = GuardedAdapter.send

    def sending(self: GuardedAdapter, request: Any, *args: Any, **kwargs: Any) -> Any:
        name = f"{request.method} {request.path_url.partition('?')[0]}"
        boundaries.pass_(f"before {name}")
        answer = send(self, request, *args, **kwargs)
        boundaries.pass_(f"after {name}")
        return answer

    GuardedAdapter.send = sending  # type: ignore[method-assign]


def main(database_url: str, exchange_url: str, at: str, log: str) -> None:
    """Run the monitor until killed."""
    faulthandler.register(signal.SIGUSR1)  # whoever finds this process stuck can see where
    config = Config.from_environment(
        {"DATABASE_URL": database_url, "EXCHANGE": "practice", "BINANCE_FUTURES_URL": exchange_url}
    )
    instance = new_instance()
    engine = create_database_engine(database_url, instance, 3, ACTING)
    instrument(engine, Boundaries(at, Path(log)))
    monitor = PositionMonitor(config, sessions(engine), Lease(database_url, instance), Try1Strategy())
    monitor.start()
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    monitor.stop()


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    main(*sys.argv[1:])
