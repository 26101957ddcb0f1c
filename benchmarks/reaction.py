"""How fast the bot reacts: `python -m benchmarks.reaction [RUNS]` on a practice exchange and an embedded PostgreSQL.

Prints, over RUNS trades (50): from the fill of a stop or target to the position being CLOSED and recorded in the
database, and from the entry's fill to its stop being accepted. Both by the exchange's own times, milliseconds; the
database is polled from another connection, so the first figure includes up to 2 ms of looking.

What either costs at least on this machine is measured in the same run: a request with its answer, and a commit. After a
fill the bot asks about the order, reads its trades and the position, and commits; between an entry and its stop it
reads the trades, commits, and sends. The ratio to that floor can be compared between machines, loads and versions.
"""

import statistics
import sys
import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any, TypeVar

import requests
from sqlalchemy import select
from sqlalchemy.orm import Session

from benchmarks.running import running
from domain.terms import Basis, OrderState, Phase, Purpose, ReopenRule, Side, TradeTerms
from runtime import Runtime
from storage.settings import save_setting
from storage.tables import OrderRow, PositionRow

Found = TypeVar("Found")
SYMBOL = "BTCUSDT"
WITHIN_SECONDS = 20.0
FLOOR_TIMES = 50
TERMS = TradeTerms(
    SYMBOL,
    Side.LONG,
    Decimal(100),
    10,
    Decimal(10),
    Decimal(5),
    Basis.NET,
    ReopenRule(enabled=False, delay=timedelta(0)),
)


class Bench:
    """A bot and a market to move."""

    def __init__(self, runtime: Runtime, port: int) -> None:
        self.runtime = runtime
        self._control = f"http://127.0.0.1:{port}/control"

    def one(self, number: int) -> tuple[float, float]:
        """Open a trade, fire its target (even) or stop (odd); return both times in milliseconds."""
        self.runtime.services.instructions.open_trade(f"bench-{number}-{time.monotonic_ns()}", TERMS)
        trade = self._until(lambda s: self._protected(s, number))
        assert trade.stop_price is not None
        assert trade.target_price is not None
        price = trade.stop_price if number % 2 else trade.target_price
        self._post("price", {"symbol": SYMBOL, "price": str(price)})
        self._until(
            lambda s: s.scalar(select(PositionRow).where(PositionRow.id == trade.id, PositionRow.phase == Phase.CLOSED))
        )
        closed_ms = time.time() * 1000
        self._until(
            lambda s: all(o.final_at for o in s.scalars(select(OrderRow).where(OrderRow.position_id == trade.id)))
        )
        return closed_ms - self._exit_ms(), self._stop_after_entry_ms()

    def floor(self, times: int) -> tuple[float, float]:
        """Return the median of one request with its answer, and of one commit, milliseconds."""
        client = self.runtime.monitor.viewer_client()
        assert client is not None
        requests_ms = [_milliseconds(client.fetch_server_time) for _ in range(times)]
        commits_ms = [_milliseconds(self._commit) for _ in range(times)]
        return statistics.median(requests_ms), statistics.median(commits_ms)

    def _commit(self) -> None:
        with self.runtime.page_sessions.begin() as session:
            save_setting(session, "bench", {"at": time.monotonic()})

    def _protected(self, session: Session, number: int) -> PositionRow | None:
        trade = session.scalar(select(PositionRow).order_by(PositionRow.id.desc()).limit(1))
        if trade is None or trade.phase is not Phase.OPEN:
            return None
        rows = session.scalars(select(OrderRow).where(OrderRow.position_id == trade.id))
        working = {row.purpose for row in rows if row.state is OrderState.WORKING}
        return trade if {Purpose.STOP, Purpose.TARGET} <= working else None

    def _exit_ms(self) -> float:
        return float(max(trade["time"] for trade in self._ledger()["trades"]))

    def _stop_after_entry_ms(self) -> float:
        ledger = self._ledger()
        entries = [trade["time"] for trade in ledger["trades"] if trade["side"] == "BUY"]
        stops = [algo["createTime"] for algo in ledger["algoOrders"] if algo["orderType"] == "STOP_MARKET"]
        return float(max(stops) - max(entries))

    def _until(self, look: Callable[[Session], Found | None]) -> Found:
        deadline = time.monotonic() + WITHIN_SECONDS
        while time.monotonic() < deadline:
            with self.runtime.page_sessions() as session:
                found = look(session)
            if found:
                return found
            time.sleep(0.001)
        raise SystemExit(f"not seen within {WITHIN_SECONDS} s: {self.runtime.monitor.health()}")

    def _ledger(self) -> Any:  # noqa: ANN401  JSON
        return requests.get(f"{self._control}/ledger", timeout=10).json()["accounts"]["practice"]

    def _post(self, path: str, body: dict[str, str]) -> None:
        requests.post(f"{self._control}/{path}", json=body, timeout=10).raise_for_status()


def _milliseconds(act: Callable[[], object]) -> float:
    begun = time.perf_counter()
    act()
    return (time.perf_counter() - begun) * 1000


def summary(times: list[float]) -> str:
    """Return median, 99th percentile and maximum in words."""
    ordered = sorted(times)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)) - 1)]
    return (
        f"p50 {statistics.median(ordered):.0f} ms, p99 {p99:.0f} ms, max {ordered[-1]:.0f} ms over {len(ordered)} runs"
    )


def main(runs: int) -> None:
    """Measure and print."""
    with running("--prices hold") as (runtime, port):
        bench = Bench(runtime, port)
        measured = [bench.one(number) for number in range(runs)]
        request_ms, commit_ms = bench.floor(FLOOR_TIMES)
    recorded, protected = (statistics.median(times) for times in zip(*measured, strict=True))
    print(f"stop or target filled -> CLOSED and recorded in the database: {summary([m[0] for m in measured])}")  # noqa: T201
    print(f"entry filled -> stop accepted by the exchange: {summary([m[1] for m in measured])}")  # noqa: T201
    recording_floor, protecting_floor = 3 * request_ms + commit_ms, 2 * request_ms + commit_ms
    print(  # noqa: T201
        f"floor: a request {request_ms:.1f} ms, a commit {commit_ms:.1f} ms; p50 is "
        f"{recorded / recording_floor:.1f} times three requests and a commit, and "
        f"{protected / protecting_floor:.1f} times two requests and a commit"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 50)
