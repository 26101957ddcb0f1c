"""A bot in this process with a practice exchange of its own, and what a process holds in memory."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import Config
from runtime import Runtime
from tests.browser.serving import free_port


@contextmanager
def running(practice_arguments: str) -> Iterator[tuple[Runtime, int]]:
    """Give a bot that has checked its account once, and the port of its practice exchange; both end with the block."""
    port = free_port()
    folder = tempfile.mkdtemp(prefix="trading-bot-bench-")
    runtime = Runtime(
        Config.from_environment({"DATA_DIR": folder, "PRACTICE_PORT": str(port), "PRACTICE_ARGS": practice_arguments})
    )
    runtime.start()
    try:
        while runtime.monitor.health().last_check_at is None:
            time.sleep(0.05)
        yield runtime, port
    finally:
        runtime.stop()


def megabytes(process_id: int, figure: str) -> float:
    """Return a figure of a process's memory as the kernel names it: VmRSS now, VmHWM at its peak."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(figure)).split()[1]) / 1024
