"""Practice exchanges as processes of their own, one per test module unless a test starts its own."""

from collections.abc import Iterator
from contextlib import contextmanager

from tests.support.forks import ROOT, Forked

__all__ = ["ROOT", "running"]

READY = "practice exchange listening on "


@contextmanager
def running(module: str, *arguments: str) -> Iterator[tuple[str, Forked]]:
    """Start a module as `python -m` does, wait for its ready line, yield (url, process) and end it."""
    process = Forked(module, arguments, answers=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline().strip()
        assert line.startswith(READY), f"not ready: {line!r}"
        yield line.removeprefix(READY), process
    finally:
        process.terminate()
        process.wait(timeout=10)
