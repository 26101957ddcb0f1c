"""How long a fill is without a stop: `python -m benchmarks.unprotected [RUNS]`, on a database of its own.

For no fault and for each fault, on the stop's request and on the entry's answer, RUNS trades (10) are opened. Measured
by the exchange's own ledger: from the entry's fill to the creation of the stop, or to the fill of the market close
where the bot closed instead. In the last lines nothing reaches the exchange for eight seconds after the fill; there
the time counts from its return. Ends with 1 when any figure is above the deadline of five seconds.
"""

import statistics
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from domain.client_ids import parse_client_order_id
from domain.terms import Phase
from tests.support.practice import PracticeExchange
from tests.system.crash.bench import Bench
from tests.system.faults.causing import ENTRY_OR_CLOSE, STOP_OR_TARGET, asked_to_open, cause, heal
from tests.system.flow.bot import Bot, running_bot, terms

DEADLINE_MS = 5000
UNREACHABLE_SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Case:
    """A fault that meets the entry or the stop of each trade; kind None = no fault."""

    kind: str | None
    match: str
    seconds: float = 1.0
    times: int = 1


ENTRY_FAULTS = ("drop_after", "unknown_executed", "timeout_executed", "delay", "late", "partial_fill")
STOP_FAULTS = (
    "drop_before",
    "drop_after",
    "unknown_executed",
    "unknown_not_executed",
    "timeout_executed",
    "timeout_not_executed",
    "html_502",
    "rate_limited",
    "late",
    "delay",
)
CASES = (
    Case(None, ""),
    *(Case(kind, ENTRY_OR_CLOSE) for kind in ENTRY_FAULTS),
    *(Case(kind, STOP_OR_TARGET) for kind in STOP_FAULTS),
    Case("drop_before", STOP_OR_TARGET, times=3),
    Case("amnesia", "GET /fapi/v1/userTrades", seconds=10, times=1000),
    Case("ws_silent", "WS /private", seconds=30),
)


def unprotected_ms(bot: Bot, position_id: int, returned_at_ms: int = 0) -> int:
    """Return how long a trade was without a stop, milliseconds of exchange time, from the return if that was later."""
    ledger = bot.exchange.ledger()
    orders = {row["orderId"]: row["clientOrderId"] for row in ledger["orders"]}
    entries = [t["time"] for t in ledger["trades"] if t["side"] == "BUY" and _of(orders[t["orderId"]], position_id)]
    ends = [t["time"] for t in ledger["trades"] if t["side"] == "SELL" and _of(orders[t["orderId"]], position_id)]
    ends += [
        row["createTime"]
        for row in ledger["algoOrders"]
        if row["orderType"] == "STOP_MARKET" and _of(row["clientAlgoId"], position_id)
    ]
    return int(min(ends)) - max(int(min(entries)), returned_at_ms)


def _of(client_id: str, position_id: int) -> bool:
    name = parse_client_order_id(client_id)
    return name is not None and name.position_id == position_id


def with_fault(bot: Bot, case: Case) -> int:
    """Open a trade that meets the fault; return its unprotected time."""
    if case.kind is not None:
        cause(bot, case.kind, case.match, times=case.times, seconds=case.seconds)
    trade = asked_to_open(bot, terms())
    _safe(bot, trade.id)
    measured = unprotected_ms(bot, trade.id)
    _over(bot, trade.id)
    return measured


def unreachable(bot: Bot) -> int:
    """Cut everything between fill and stop for eight seconds; return the unprotected time after its return."""
    cause(bot, "drop_after", ENTRY_OR_CLOSE)
    cause(bot, "drop_before", STOP_OR_TARGET, times=100_000)  # else the stop is there before all else is cut
    before = len(bot.exchange.ledger()["trades"])
    trade = asked_to_open(bot, terms())
    while len(bot.exchange.ledger()["trades"]) == before:
        time.sleep(0.005)
    cause(bot, "drop_before", "*", times=100_000)
    time.sleep(UNREACHABLE_SECONDS)
    heal(bot)
    returned_at_ms = int(bot.exchange.now().timestamp() * 1000)
    _safe(bot, trade.id)
    measured = unprotected_ms(bot, trade.id, returned_at_ms)
    _over(bot, trade.id)
    return measured


def _safe(bot: Bot, position_id: int) -> None:
    def safe() -> bool:
        trade = bot.position(position_id)
        return trade.protected_at is not None or trade.phase is Phase.CLOSED

    bot.eventually(safe, "protected or closed", within=30)


def _over(bot: Bot, position_id: int) -> None:
    heal(bot)
    bot.ask("close", position_id)
    bot.closed(position_id, within=30)
    bot.tidy(position_id)


def summary(name: str, measured: list[int]) -> str:
    """Return one line of the table: p50, p90, p99 and maximum, milliseconds."""
    ordered = sorted(measured)
    p50, p90, p99 = (_percentile(ordered, share) for share in (0.5, 0.9, 0.99))
    return f"{name:62} p50 {p50:5} p90 {p90:5} p99 {p99:5} max {ordered[-1]:5} ms"


def _percentile(ordered: list[int], share: float) -> int:
    if share == 0.5:
        return round(statistics.median(ordered))
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered)) - 1))]


def main(runs: int) -> int:
    """Measure and print; return the exit code."""
    worst = 0
    with tempfile.TemporaryDirectory(prefix="trading-bot-naked-", ignore_cleanup_errors=True) as folder:
        exchange = PracticeExchange(Path(folder) / "practice.state")
        exchange.start()
        bench = Bench(Path(folder))
        try:
            with bench.database() as url, running_bot(url, exchange) as bot:
                for case in CASES:
                    times = f" × {case.times}" if 1 < case.times < 1000 else ""
                    name = f"{case.kind}{times} on {case.match}" if case.kind else "no fault"
                    measured = [with_fault(bot, case) for _ in range(runs)]
                    worst = max(worst, *measured)
                    print(summary(name, measured), flush=True)  # noqa: T201
                measured = [unreachable(bot) for _ in range(max(3, runs // 3))]
                worst = max(worst, *measured)
                print(summary("unreachable for 8 s after the fill, from its return", measured))  # noqa: T201
        finally:
            bench.close()
            exchange.stop()
    return 1 if worst > DEADLINE_MS else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
