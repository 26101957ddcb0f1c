"""How long a fill is without a stop: `python -m benchmarks.unprotected [RUNS]`, on a database of its own.

For no fault and for each fault, on the stop's request and on the entry's answer, RUNS trades (10) are opened. Measured
by the exchange's own ledger: from the entry's fill to the creation of the stop, or to the fill of the market close
where the bot closed instead. In one line nothing reaches the exchange for eight seconds after the fill; there the time
counts from its return; in the next one the database hangs. The lines after it are about stops that vanish, from the
cancel by somebody else to the next stop, while something else hangs; those in which stops trail count from the end of
one to the creation of the next. In the last one the database hangs while a stop vanishes.
What hangs takes its time: there half as many trades are measured.

Ends with 1 when a figure is above its deadline: five seconds after a fill, ten after a stop vanished, none where it
trails.
"""

import math
import statistics
import sys
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from pathlib import Path

from benchmarks.running import steered
from domain.client_ids import parse_client_order_id
from domain.exit_plan import ExitPlan, Trail, TrailUnit
from domain.terms import OrderState, Phase, Purpose
from tests.support.frozen import frozen_postgres
from tests.system.faults.causing import ENTRY_OR_CLOSE, STOP_OR_TARGET, asked_to_open, cause, heal, stops
from tests.system.flow.bot import Bot, terms

DEADLINE_MS = 5000
VANISHED_DEADLINE_MS = 10_000
NEVER = 40.0  # seconds, longer than any request is given
EVERY_CONNECTION = 99
TRADES = "GET /fapi/v1/userTrades"
UNREACHABLE_SECONDS = 8.0
LATE_SECONDS = 2.5
MOVES = 3
STEP = Decimal(100)
LEAST_STEP = Decimal(15)  # a twentieth of the distance: by less a trailing stop does not move


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
HANGING = (
    *(
        Case(kind, match, seconds)
        for match in (ENTRY_OR_CLOSE, STOP_OR_TARGET)
        for kind, seconds in (
            ("drip", 2.0),
            ("stall_headers", NEVER),
            ("truncate", 0.0),
            ("corrupt_gzip", 0.0),
            ("wrong_answer", 0.0),
        )
    ),
    Case("delivered_twice", STOP_OR_TARGET),
    Case("drip", TRADES, 2.0, EVERY_CONNECTION),
    Case("stall_headers", TRADES, NEVER, EVERY_CONNECTION),
    Case("half_open", "WS /private", 30.0, EVERY_CONNECTION),
)
VANISHING = (
    Case(None, ""),
    Case("drip", "GET /fapi/v1/algoOrder", 2.0),
    Case("stall_headers", "GET /fapi/v1/algoOrder", NEVER),
    Case("stall_headers", "GET /fapi/v1/openAlgoOrders", NEVER),
    Case("dead_keepalive", "*", 0.0, EVERY_CONNECTION),
    Case("half_open", "WS *", 30.0, EVERY_CONNECTION),
)

TRAILING = (
    Case(None, ""),
    Case("drop_after", STOP_OR_TARGET),
    Case("drop_before", STOP_OR_TARGET),
    Case("unknown_not_executed", STOP_OR_TARGET),
    Case("rate_limited", STOP_OR_TARGET),
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


def hung_at_fill(bot: Bot, folder: Path) -> int:
    """Let the database hang between the fill and its stop, and the entry's answer come late; return the time bare."""
    cause(bot, "delay", ENTRY_OR_CLOSE, seconds=LATE_SECONDS)
    before = len(bot.exchange.ledger()["trades"])
    trade = asked_to_open(bot, terms())
    while len(bot.exchange.ledger()["trades"]) == before:
        time.sleep(0.005)
    with frozen_postgres(folder):
        bot.eventually(lambda: stops(bot), "a stop", within=30)
    _safe(bot, trade.id)
    measured = unprotected_ms(bot, trade.id)
    _over(bot, trade.id)
    return measured


def vanished(bot: Bot, case: Case, meanwhile: AbstractContextManager[None]) -> int:
    """Open a trade, let its stop vanish while something hangs; return the time to the next stop, milliseconds."""
    opened = bot.open(terms())
    bot.eventually(lambda: _spare(bot, opened.id), "its spare")
    gone = stops(bot)[0]["algoId"]
    with meanwhile:
        if case.kind is not None:
            cause(bot, case.kind, case.match, times=case.times, seconds=case.seconds)
        bot.exchange.control("cancel", {"account": "practice", "algoId": gone})
        after = bot.eventually(lambda: [row for row in stops(bot) if row["algoId"] != gone], "another stop", within=30)
    ended = next(row["updateTime"] for row in bot.exchange.ledger()["algoOrders"] if row["algoId"] == gone)
    _over(bot, opened.id)
    return int(after[0]["createTime"]) - int(ended)


def trailing(bot: Bot, case: Case) -> list[int]:
    """Let a stop trail over a rising price while requests fail; return how long no stop rested, once for each move."""
    opened = bot.open(replace(terms(tp="60", sl="8"), exits=ExitPlan(trail=Trail(TrailUnit.PRICE, Decimal(300)))))
    if case.kind is not None:
        cause(bot, case.kind, case.match, times=case.times, seconds=case.seconds)
    best = opened.entry_price
    for _ in range(MOVES):
        best += STEP
        bot.price("BTCUSDT", best)
        bot.eventually(partial(_trails_at, bot, best - Decimal(300)), f"a stop behind {best}", within=60)
    gaps = _gaps(bot, opened.id)
    _over(bot, opened.id)
    return gaps


def _trails_at(bot: Bot, price: Decimal) -> bool:
    return any(Decimal(row["triggerPrice"]) >= price - LEAST_STEP for row in stops(bot))


def _gaps(bot: Bot, position_id: int) -> list[int]:
    """Return for each stop that ended how long no other rested after it, milliseconds of exchange time."""
    rows = [
        row
        for row in bot.exchange.ledger()["algoOrders"]
        if row["orderType"] == "STOP_MARKET" and _of(row["clientAlgoId"], position_id)
    ]
    resting = {row["algoId"] for row in stops(bot)}
    spans = [(int(r["createTime"]), math.inf if r["algoId"] in resting else int(r["updateTime"])) for r in rows]
    gaps = []
    for _, ended in sorted(spans):
        if ended == math.inf or any(begun <= ended < other for begun, other in spans):
            gaps.append(0)
        else:
            gaps.append(int(min((begun for begun, _ in spans if begun > ended), default=ended) - ended))
    return gaps


def _spare(bot: Bot, position_id: int) -> bool:
    return any(o.purpose is Purpose.STOP and o.state is OrderState.STAGED for o in bot.orders(position_id))


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


class Table:
    """Prints a line for each case and knows whether one was above its deadline."""

    def __init__(self) -> None:
        self.missed = False

    def line(self, name: str, measured: list[int], deadline_ms: int = DEADLINE_MS) -> None:
        """Print a line."""
        self.missed |= max(measured) > deadline_ms
        print(summary(name, measured), flush=True)  # noqa: T201


def measure(bot: Bot, runs: int, folder: Path) -> bool:
    """Measure and print every case; return whether a deadline was missed."""
    table, fewer = Table(), math.ceil(runs / 2)
    for case in CASES:
        table.line(_name(case), [with_fault(bot, case) for _ in range(runs)])
    for case in HANGING:
        table.line(_name(case), [with_fault(bot, case) for _ in range(fewer)])
    table.line("unreachable for 8 s after the fill, from its return", [unreachable(bot) for _ in range(fewer)])
    table.line("the database hangs at the fill", [hung_at_fill(bot, folder) for _ in range(fewer)])
    for case in VANISHING:
        measured = [vanished(bot, case, nullcontext()) for _ in range(fewer)]
        table.line(f"a stop vanished: {_name(case)}", measured, VANISHED_DEADLINE_MS)
    for case in TRAILING:
        table.line(f"a stop trails: {_name(case)}", [gap for _ in range(fewer) for gap in trailing(bot, case)], 0)
    hung = [vanished(bot, Case(None, ""), frozen_postgres(folder)) for _ in range(fewer)]
    table.line("a stop vanished: the database hangs", hung, VANISHED_DEADLINE_MS)
    return table.missed


def _name(case: Case) -> str:
    times = f" × {case.times}" if 1 < case.times < EVERY_CONNECTION else ""
    return f"{case.kind}{times} on {case.match}" if case.kind else "no fault"


def main(runs: int) -> int:
    """Measure and print; return the exit code."""
    with steered() as (bot, folder):
        missed = measure(bot, runs, folder)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else 10))
