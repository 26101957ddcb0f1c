"""Freezing processes: a server that is stopped breaks nothing off and answers nothing."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil


@contextmanager
def frozen_postgres(data_dir: Path) -> Iterator[None]:
    """Stop the embedded PostgreSQL of a folder and all its backends, and let them go on afterwards."""
    postmaster = psutil.Process(int((data_dir / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0]))
    # The postmaster first: it would go on making backends for new connections.
    os.kill(postmaster.pid, signal.SIGSTOP)
    stopped = [postmaster.pid]
    try:
        for backend in postmaster.children(recursive=True):
            with suppress(ProcessLookupError):
                os.kill(backend.pid, signal.SIGSTOP)
                stopped.append(backend.pid)
        yield
    finally:
        for pid in reversed(stopped):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGCONT)
