"""What size costs: `python -m benchmarks.scale [TRADES …]`, by default 10,000 and 100,000 closed trades; no exchange.

Fills a scratch database for each size by SQL and prints, as medians of five in milliseconds: the SQL of a cycle, a
snapshot, totals and curve of all time, the split, the first page of History and one of the last, by time and by
result, the first piece of a CSV; and the disk that 1,000 trades take. A million trades need 6 GB in the folder for
temporary files, and some minutes.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from engine.reconciliation.retention import thin_journal
from engine.state.working_set import WorkingSet
from services.dashboard.snapshot import Dashboard
from services.history.history import History
from services.history.queries import load_closed
from services.history.statistics import load_breakdown, load_equity_curve, load_totals
from services.history.views import ClosedPosition, HistoryFilter, HistorySort
from storage.connections import THOROUGH, create_database_engine, sessions
from storage.embedded_postgres import EmbeddedPostgres
from storage.migration import migrate
from tests.services.building import SteadyFeed, add_account, add_plan, add_position, bot_health
from tests.support.history_fill import fill_with_closed_trades

TIMES = 5
PAGE = 50
ALL = HistoryFilter()
SIZES = (10_000, 100_000)


def milliseconds(act: Callable[[], object]) -> float:
    """Return the median of a few runs, after one that warms up."""
    act()
    took = []
    for _ in range(TIMES):
        began = time.perf_counter()
        act()
        took.append((time.perf_counter() - began) * 1000)
    return median(took)


def parts(factory: sessionmaker[Session], account_id: int, trades: int) -> dict[str, Callable[[Session], object]]:
    """Return what is measured, by name."""

    def snapshot(_: Session) -> object:
        # A new one each time: it keeps what it read for a moment.
        return Dashboard(factory, SteadyFeed(bot_health(account_id)), lambda: datetime.now(UTC)).snapshot()

    def deep(sort: HistorySort) -> ClosedPosition:
        """Return the last line before the last page but one, found once."""
        if sort not in ends:
            with factory() as session:
                ends[sort] = load_closed(session, account_id, ALL, None, 2 * PAGE, sort, descending=False)[-1]
        return ends[sort]

    ends: dict[HistorySort, ClosedPosition] = {}
    return {
        "cycle": lambda session: WorkingSet.load(session, account_id),
        "snapshot": snapshot,
        "totals": lambda session: load_totals(session, account_id, ALL),
        "curve and days": lambda session: load_equity_curve(session, account_id, ALL, "Europe/Berlin"),
        "split": lambda session: load_breakdown(session, account_id, ALL),
        "first page": lambda session: load_closed(session, account_id, ALL, None, PAGE),
        "deep page": lambda session: load_closed(session, account_id, ALL, deep(HistorySort.CLOSED), PAGE),
        "deep page by result": lambda session: load_closed(
            session, account_id, ALL, deep(HistorySort.RESULT), PAGE, HistorySort.RESULT
        ),
        "first of CSV": lambda _: next(History(factory, SteadyFeed(bot_health(account_id))).csv(ALL)),
    }


def fill(engine: Engine, factory: sessionmaker[Session], trades: int) -> tuple[int, float]:
    """Fill the database; return the account and the MB that each 1,000 trades take."""
    with factory.begin() as session:
        account_id = add_account(session).id
    before = _bytes(engine)
    now = datetime.now(UTC)
    fill_with_closed_trades(engine, account_id, trades, now - timedelta(days=1))
    with factory.begin() as session:
        while thin_journal(session, account_id, now):
            pass
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM FULL journal"))  # as it would be, had the lines gone one by one
    with factory.begin() as session:
        account = add_account(session, alias="Other")
        add_position(session, add_plan(session, account))
    return account_id, (_bytes(engine) - before) / 1e6 / (trades / 1000)


def _bytes(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_database_size(current_database())")) or 0)


def main(sizes: tuple[int, ...]) -> None:
    """Fill and print, one size after the other."""
    for trades in sizes:
        folder = Path(tempfile.mkdtemp(prefix="trading-bot-scale-"))
        server = EmbeddedPostgres.start(folder)
        engine = create_database_engine(server.url, "bench", 2, THOROUGH)
        try:
            migrate(engine)
            factory = sessions(engine)
            account_id, megabytes = fill(engine, factory, trades)
            figures = []
            for name, act in parts(factory, account_id, trades).items():
                with factory() as session:
                    took = milliseconds(lambda act=act, session=session: act(session))  # type: ignore[misc]
                    figures.append(f"{name} {took:.1f} ms")
            print(f"{trades:>9} closed trades: {', '.join(figures)}, {megabytes:.2f} MB per 1,000")  # noqa: T201
        finally:
            engine.dispose()
            server.stop()
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main(tuple(int(size) for size in sys.argv[1:]) or SIZES)
