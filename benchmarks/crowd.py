"""What many positions cost the bot: `python -m benchmarks.crowd [POSITIONS]` on a practice exchange of its own.

Opens one position, then POSITIONS (99, what the exchange's cap on conditional orders allows), and prints for each,
while nothing happens: the request weight of a minute by the exchange's own counter, and of the bot's full checks the
time from the read's beginning to the commit, and the SQL statements. At the end what the process has in memory.
"""

import os
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import requests
from sqlalchemy import Engine, event, func, select

from benchmarks.running import megabytes, running
from domain.terms import Basis, OrderState, Phase, Purpose, ReopenRule, Side, TradeTerms
from engine.requests.account import ReadAccount
from monitor import PositionMonitor
from runtime import Runtime
from storage.tables import OrderRow, PositionRow

ONCE = ReopenRule(enabled=False)
AT_A_TIME = 10
WITHIN_SECONDS = 240.0
CALM_SECONDS = 15


@dataclass(slots=True)
class Checks:
    """What the turns of the bot took in which it read the whole account: milliseconds and SQL statements."""

    milliseconds: list[float] = field(default_factory=list)
    statements: list[int] = field(default_factory=list)

    def __str__(self) -> str:
        times = f"median {statistics.median(self.milliseconds):.0f} ms, worst {max(self.milliseconds):.0f} ms"
        return f"{len(self.milliseconds)} full checks: {times}; {max(self.statements)} SQL statements at most"


@contextmanager
def watched_checks() -> Iterator[Checks]:
    """Take down every turn in which the bot reads the whole account, from that read to the turn's end."""
    checks = Checks()
    turn, read = PositionMonitor._run_cycles, ReadAccount.run
    began: list[float] = []
    statements = 0

    def counting(*_: object) -> None:
        nonlocal statements
        statements += threading.current_thread().name == "monitor"

    def reading(self: ReadAccount, client: Any) -> Any:  # noqa: ANN401  whatever the read returns
        nonlocal statements
        statements = 0
        began.append(time.monotonic())
        return read(self, client)

    def turning(self: PositionMonitor) -> float:
        began.clear()
        pause = turn(self)
        if began:
            checks.milliseconds.append((time.monotonic() - began[0]) * 1000)
            checks.statements.append(statements)
        return pause

    event.listen(Engine, "before_cursor_execute", counting)
    try:
        with patch.object(PositionMonitor, "_run_cycles", turning), patch.object(ReadAccount, "run", reading):
            yield checks
    finally:
        event.remove(Engine, "before_cursor_execute", counting)


class Crowd:
    """A bot, and as many positions as wanted."""

    def __init__(self, runtime: Runtime, port: int) -> None:
        self.runtime = runtime
        self._exchange = f"http://127.0.0.1:{port}/fapi/v1"
        answer = requests.get(f"{self._exchange}/premiumIndex", timeout=10).json()
        self.readings = [(row["symbol"], side) for row in answer for side in Side]

    def grow(self, positions: int) -> None:
        """Open further positions, a few at a time, until so many are open with stop and target."""
        opened = self._protected()
        while opened < positions:
            more = self.readings[opened : min(opened + AT_A_TIME, positions)]
            for symbol, side in more:
                terms = TradeTerms(symbol, side, Decimal(60), 5, Decimal(90), Decimal(45), Basis.NET, ONCE)
                self.runtime.services.instructions.open_trade(uuid4().hex, terms)
            opened += len(more)
            self._until(partial(self._are_protected, opened), f"{opened} positions")

    def weight_of_a_minute(self) -> int:
        """Wait for a whole minute of the exchange and return the weight it counted, this question left out."""
        self._until(lambda: self._second() < 1, "a minute's beginning")
        self._until(lambda: self._second() >= 59, "its end", every=0.3)
        answer = requests.get(f"{self._exchange}/ping", timeout=10)
        return int(answer.headers["X-MBX-USED-WEIGHT-1M"]) - 1

    def _second(self) -> float:
        return self.runtime.monitor.exchange_now().timestamp() % 60

    def _are_protected(self, positions: int) -> bool:
        return self._protected() >= positions

    def _protected(self) -> int:
        with self.runtime.page_sessions() as session:
            resting = (
                select(OrderRow.position_id)
                .where(OrderRow.state == OrderState.WORKING, OrderRow.purpose.in_((Purpose.STOP, Purpose.TARGET)))
                .group_by(OrderRow.position_id)
                .having(func.count() == 2)
            )
            live = select(func.count()).where(PositionRow.phase == Phase.OPEN, PositionRow.id.in_(resting))
            return session.scalar(live) or 0

    def _until(self, look: Callable[[], bool], what: str, every: float = 0.1) -> None:
        deadline = time.monotonic() + WITHIN_SECONDS
        while not look():
            if time.monotonic() > deadline:
                raise SystemExit(f"never seen: {what}\n{self.runtime.monitor.health()}")
            time.sleep(every)


def main(positions: int) -> None:
    """Measure and print."""
    arguments = f"--prices hold --symbols {positions // 2 + 1} --account practice:practice:1000000"
    with running(arguments) as (runtime, port):
        crowd = Crowd(runtime, port)
        for number in (1, positions):
            crowd.grow(number)
            time.sleep(CALM_SECONDS)
            with watched_checks() as checks:
                weight = crowd.weight_of_a_minute()
            print(f"{number} open: weight {weight} a minute; {checks}", flush=True)  # noqa: T201
    print(f"the bot without a page, at its peak: {megabytes(os.getpid(), 'VmHWM'):.0f} MB")  # noqa: T201


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 99)
