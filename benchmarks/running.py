"""A bot in this process with a practice exchange beside it, and what a process holds in memory."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from config import Config
from runtime import Runtime
from tests.browser.serving import free_port
from tests.support.practice import PracticeExchange
from tests.system.crash.bench import Bench
from tests.system.flow.bot import Bot, running_bot


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


@contextmanager
def steered(*practice_arguments: str) -> Iterator[tuple[Bot, Path]]:
    """Give a bot that is steered as the flow tests do it, and the folder its database lies in; all ends with the block.

    Args:
        practice_arguments: of the practice exchange; none hold its prices.
    """
    with tempfile.TemporaryDirectory(prefix="trading-bot-bench-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o711)  # as root the database server runs as another user, who must be able to pass
        exchange = PracticeExchange(folder / "practice.state", *practice_arguments)
        exchange.start()
        bench = Bench(folder)
        try:
            with bench.database() as url, running_bot(url, exchange) as bot:
                yield bot, folder
        finally:
            bench.close()
            exchange.stop()


def megabytes(process_id: int, figure: str) -> float:
    """Return a figure of a process's memory as the kernel names it: VmRSS now, VmHWM at its peak."""
    status = Path(f"/proc/{process_id}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith(figure)).split()[1]) / 1024
