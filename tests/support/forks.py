"""Programs as processes that start in a moment: forked from one that has imported, once for a test run's process.

What a program imports takes it longer than all the rest of its start: the practice exchange half a second of computing,
the dashboard two. Python's own fork server imports it once; how a program starts by its command is for the tests that
look at that.
"""

import multiprocessing
import os
import runpy
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType
from typing import IO

ROOT = Path(__file__).parents[2]
# Not the pages: what they give to Streamlit when they are imported belongs to the server that shows them.
IMPORTED = (
    "tests.support.forks",
    "simulator.__main__",
    "streamlit.web.cli",
    "uvicorn",
    "pandas",
    "access.guard",
    "runtime",
)

_MAKER = multiprocessing.get_context("forkserver")
_MAKER.set_forkserver_preload(list(IMPORTED))


class Forked:
    """One process; it is asked and ended like one of `subprocess.Popen`."""

    def __init__(
        self,
        module: str,
        arguments: Sequence[str],
        log: Path | None = None,
        environment: Mapping[str, str] = os.environ,
        *,
        answers: bool = False,
    ) -> None:
        """Start it in the project's folder.

        Args:
            module: what it runs, as `python -m` does.
            arguments: of the program.
            log: the file at whose end its output is written; None: it goes where that of the test run goes.
            environment: all its variables.
            answers: whether what it prints is read from `stdout`; the log then has its errors only.
        """
        reading, printed = _MAKER.Pipe(duplex=False) if answers else (None, None)
        # A daemon: where a test run ends without having ended it, it is ended.
        self._process = _MAKER.Process(
            target=_run, args=(module, list(arguments), log, dict(environment), printed), daemon=True
        )
        with _no_script_as_main():
            self._process.start()
        self.stdout: IO[str] | None = None
        if reading and printed:
            printed.close()
            self.stdout = os.fdopen(os.dup(reading.fileno()), encoding="utf-8")
            reading.close()

    @property
    def pid(self) -> int:
        """Its id."""
        assert self._process.pid is not None
        return self._process.pid

    def poll(self) -> int | None:
        """Return how it ended, None while it runs."""
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended, and return how.

        Raises:
            TimeoutExpired: it still runs after so many seconds.
        """
        self._process.join(timeout)
        ended = self.poll()
        if ended is None:
            raise subprocess.TimeoutExpired(self._process.name, timeout or 0.0)
        return ended

    def send_signal(self, number: int) -> None:
        """Send it a signal; one that has ended gets none."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self._process.terminate()

    def kill(self) -> None:
        """End it as a power cut would."""
        self._process.kill()


@contextmanager
def _no_script_as_main() -> Iterator[None]:
    """Keep a page that ran in this process from being run again in the new one.

    The new process imports what its maker's `__main__` names, and Streamlit lets that be the page that it ran last.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def _run(
    module: str, arguments: list[str], log: Path | None, environment: dict[str, str], printed: Connection | None
) -> None:
    os.setsid()
    os.chdir(ROOT)
    os.environ.clear()
    os.environ.update(environment)
    if log:
        with log.open("ab") as file:
            os.dup2(file.fileno(), sys.stderr.fileno())
            os.dup2(file.fileno(), sys.stdout.fileno())
    if printed:
        os.dup2(printed.fileno(), sys.stdout.fileno())
        printed.close()
    sys.argv = [module, *arguments]
    runpy.run_module(module, run_name="__main__", alter_sys=True)
