"""No statement of a cycle or a snapshot reads a table from end to end, however many closed trades there are."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from domain.risk.limits import CoolDown, RiskLimits
from domain.terms import ReopenState
from engine.reconciliation.income import IncomeLedger
from engine.state.context import CycleContext
from engine.state.engine_state import EngineState
from engine.state.working_set import WorkingSet
from services.dashboard.snapshot import Dashboard
from services.history import day_rows, tie_out
from services.history.activity import load_activity
from services.history.queries import load_closed
from services.history.roll_ups import load_days, load_points, load_symbols
from services.history.slippage import load_slippage
from services.history.statistics import load_breakdown, load_totals
from services.history.views import HistoryFilter, HistorySort
from storage.risk import save_limits
from storage.risk_figures import load_risk_facts
from tests.services.building import SteadyFeed, add_account, add_plan, add_position, bot_health
from tests.support.history_fill import fill_with_closed_trades

pytestmark = pytest.mark.slow  # tens of thousands of rows
NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
GROWING = ("positions", "orders", "fills", "income", "income_shares", "journal")
TRADES = 5_000
ALL = HistoryFilter()


@pytest.fixture
def account_id(engine: Engine, session_factory: sessionmaker[Session]) -> Iterator[int]:
    """Give an account with thousands of closed trades, one open, one waiting to open again."""
    with session_factory.begin() as session:
        account = add_account(session)
        fill_id = account.id
    fill_with_closed_trades(engine, fill_id, TRADES, NOW - timedelta(days=1))
    with session_factory.begin() as session:
        account = session.merge(account)
        add_position(session, add_plan(session, account))
        add_position(
            session,
            add_plan(session, account, symbol="ETHUSDT"),
            phase="CLOSED",
            close_reason="TP",
            closed_at=NOW,
            reopen_state=ReopenState.WAITING,
            reopen_not_before=NOW,
            reopen_lapses_at=NOW + timedelta(minutes=10),
        )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))
    yield fill_id


def sequential_scans(engine: Engine, act: Callable[[], object]) -> list[str]:
    """Return the statements of act that read one of the growing tables from end to end, with the table."""
    return [f"{table}: {plan}" for plan in plans(engine, act) for table in GROWING if f"Seq Scan on {table} " in plan]


def plans(engine: Engine, act: Callable[[], object]) -> list[str]:
    """Return the statements of act, each with how the database carries it out."""
    seen: list[tuple[str, Any]] = []

    def keep(_: object, __: object, statement: str, parameters: Any, *___: object) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            seen.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    try:
        act()
    finally:
        event.remove(engine, "before_cursor_execute", keep)
    assert seen
    found = []
    with engine.connect() as connection:
        cursor = connection.connection.cursor()
        for statement, parameters in seen:
            cursor.execute(f"EXPLAIN {statement}", parameters)
            found.append(statement + "\n" + "\n".join(line for (line,) in cursor.fetchall()))
        connection.rollback()
    return found


def test_a_cycle_reads_only_what_lives(engine: Engine, session_factory: sessionmaker[Session], account_id: int) -> None:
    def load() -> None:
        with session_factory() as session:
            rows = WorkingSet.load(session, account_id)
            assert len(rows.positions) == 2
            rows.include([next(iter(rows.positions)) + 1])

    assert sequential_scans(engine, load) == []


def test_income_is_attributed_and_made_final_by_index(
    engine: Engine, session_factory: sessionmaker[Session], account_id: int
) -> None:
    def attribute() -> None:
        with session_factory() as session:
            context = CycleContext(WorkingSet.load(session, account_id), EngineState(), NOW)
            ledger = IncomeLedger.__new__(IncomeLedger)
            ledger.session, ledger.account_id = session, account_id
            ledger._holders("BTCUSDT", NOW)
            ledger._finalise(NOW)
            assert context.rows.account_id == account_id

    assert sequential_scans(engine, attribute) == []


def test_a_snapshot_reads_only_what_it_shows(
    engine: Engine, session_factory: sessionmaker[Session], account_id: int
) -> None:
    dashboard = Dashboard(session_factory, SteadyFeed(bot_health(account_id)), lambda: NOW)

    assert sequential_scans(engine, dashboard.snapshot) == []


def test_activity_is_read_from_its_end(engine: Engine, session_factory: sessionmaker[Session], account_id: int) -> None:
    def read() -> None:
        with session_factory() as session:
            assert len(load_activity(session, account_id, limit=50)) == 50

    assert sequential_scans(engine, read) == []


def test_history_of_all_time_is_read_from_roll_ups(
    engine: Engine, session_factory: sessionmaker[Session], account_id: int
) -> None:
    def read() -> None:
        with session_factory() as session:
            load_totals(session, account_id, ALL)
            load_breakdown(session, account_id, ALL)
            load_symbols(session, account_id)
            load_days(session, account_id, ALL, "Asia/Kathmandu")
            assert load_points(session, account_id, ALL, 500)

    assert sequential_scans(engine, read) == []


def test_a_page_of_history_is_read_from_its_end(
    engine: Engine, session_factory: sessionmaker[Session], account_id: int
) -> None:
    def read() -> None:
        with session_factory() as session:
            first = load_closed(session, account_id, ALL, None, 50)
            assert len(load_closed(session, account_id, ALL, first[-1], 50)) == 50

    assert sequential_scans(engine, read) == []


@pytest.mark.parametrize("sort", [sort for sort in HistorySort if sort is not HistorySort.CLOSED])
def test_a_page_in_another_order_is_found_by_its_index(
    engine: Engine, session_factory: sessionmaker[Session], account_id: int, sort: HistorySort
) -> None:
    def read() -> None:
        with session_factory() as session:
            for descending in (True, False):
                first = load_closed(session, account_id, ALL, None, 50, sort, descending)
                assert len(load_closed(session, account_id, ALL, first[-1], 50, sort, descending)) == 50

    found = [plan for plan in plans(engine, read) if "FROM positions" in plan]

    assert len(found) == 4
    assert [plan for plan in found if "using closed_by_" not in plan or "Sort" in plan] == []


def test_days_of_the_exchange_and_slippage_are_read_by_index(
    engine: Engine, session_factory: sessionmaker[Session], account_id: int
) -> None:
    def read() -> None:
        with session_factory() as session:
            days = tie_out.load_days(session, account_id, NOW.date(), 3)
            assert any(books.income_usdt for books in days)
            day_rows.load_rows(session, account_id, NOW.date() - timedelta(days=2), 0, 100)
            assert load_slippage(session, account_id, ALL, "Asia/Kathmandu", 50).trades == 50

    assert sequential_scans(engine, read) == []


def test_limits_are_judged_from_the_newest_trades(
    engine: Engine, session_factory: sessionmaker[Session], account_id: int
) -> None:
    limits = RiskLimits(
        day_loss_usdt=Decimal(50),
        week_loss_usdt=Decimal(100),
        whole_account=True,
        losses_in_a_row=5,
        plan_losses_in_a_row=3,
        cool_down=CoolDown(timedelta(minutes=1), timedelta(hours=1)),
    )
    with session_factory.begin() as session:
        save_limits(session, account_id, limits, NOW)

    def judge() -> None:
        with session_factory() as session:
            load_risk_facts(session, account_id, NOW, equity_usdt=Decimal(0), mark_price=lambda symbol: None)

    assert sequential_scans(engine, judge) == []


def test_books_of_a_month_never_compare_each_trade_with_each(
    engine: Engine, session_factory: sessionmaker[Session], account_id: int
) -> None:
    # What the planner takes while nobody has counted the rows of a quick month yet.
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for join in ("hashjoin", "mergejoin"):
            connection.execute(text(f"ALTER DATABASE {engine.url.database} SET enable_{join} = off"))
    engine.dispose()

    def read() -> None:
        with session_factory() as session:
            tie_out.load_days(session, account_id, NOW.date(), 30)

    # The days of the wallet are joined with each other: thirty rows.
    assert [plan for plan in plans(engine, read) if "Join Filter" in plan and "fills" in plan] == []
