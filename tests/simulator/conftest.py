"""Practice exchanges as processes of their own, one per test module unless a test starts its own."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY = "practice exchange listening on "
ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def running(module: str, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Start python -m module, wait for its ready line, yield (url, process) and end it."""
    process = subprocess.Popen([sys.executable, "-m", module, *arguments], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line.startswith(READY), f"not ready: {line!r}"
        yield line.removeprefix(READY), process
    finally:
        process.terminate()
        process.wait(timeout=10)
