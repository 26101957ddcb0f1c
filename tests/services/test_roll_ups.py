"""Roll-ups give what the rows give, whatever happened to the trades."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import CloseReason, Phase, Side
from services.history.roll_ups import (
    covers_shares,
    covers_spans,
    load_days,
    load_points,
    load_result_shares,
    load_symbols,
)
from services.history.statistics import (
    load_days_of_rows,
    load_points_of_rows,
    load_result_shares_of_rows,
    load_totals_of_rows,
    load_totals_of_spans,
)
from services.history.views import HistoryFilter
from storage.tables import AccountRow, PlanRow, PositionRow
from tests.services.building import NOW, D, add_account, add_closed, add_plan, add_position

ZONES = ("UTC", "Asia/Kathmandu", "America/St_Johns", "Australia/Eucla", "Europe/Berlin", "Pacific/Chatham")
SECOND = timedelta(seconds=1)


def random_history(session: Session, account: AccountRow, random: Random) -> None:
    """Close some forty trades on a few days, write some off, book funding late, reopen and move some."""
    plans = [
        add_plan(session, account, symbol=symbol, side=side)
        for symbol in ("BTCUSDT", "ETHUSDT")
        for side in (Side.LONG, Side.SHORT)
    ]
    closed: list[PositionRow] = []
    for sequence in range(1, 41):
        closed.append(_close(session, random, random.choice(plans), sequence))
        if random.random() < 0.4:
            _change(random, random.choice(closed))
        session.flush()


def _close(session: Session, random: Random, plan: PlanRow, sequence: int) -> PositionRow:
    if random.random() < 0.3:
        row = add_position(session, plan, phase=Phase.OPEN, sequence=sequence, stop_price=None)
        row.phase, row.closed_at, row.close_reason = Phase.CLOSED, _moment(random), CloseReason.MANUAL
        row.gross_usdt, row.fees_usdt, row.funding_usdt, row.net_usdt = D("3"), D("1"), D("-0.5"), D("1.5")
        return row
    net = None if random.random() < 0.1 else random.choice(("-7.25", "-0.00000001", "0", "3", "12.5"))
    opened_at = None if random.random() < 0.1 else NOW - timedelta(days=9)
    return add_closed(session, plan, net, _moment(random), sequence, opened_at=opened_at)


def _moment(random: Random) -> datetime:
    # Few seconds, so that some fall together, and some on the border of a quarter and of a day.
    return datetime(2026, 11, 14, tzinfo=UTC) + random.randrange(0, 2 * 86400 + 1, 450) * SECOND


def _change(random: Random, row: PositionRow) -> None:
    match random.randrange(4):
        case 0 if row.net_usdt is not None and row.funding_usdt is not None:
            row.funding_usdt, row.net_usdt = row.funding_usdt + D("-4.4"), row.net_usdt + D("-4.4")
        case 1:
            row.close_reason, row.net_usdt = CloseReason.LOST, None
        case 2:
            row.closed_at = _moment(random)
        case _:
            row.result_final = not row.result_final


def some_filters(random: Random) -> list[HistoryFilter]:
    """Return all time, and spans of days of some zones, one of them with a pair, a side or a reason."""
    filters = [HistoryFilter()]
    for name in ZONES:
        zone, first = ZoneInfo(name), random.randrange(13, 17)
        since = datetime(2026, 11, first, tzinfo=zone) if random.random() < 0.8 else None
        until = datetime(2026, 11, first + random.randrange(1, 3), tzinfo=zone) if random.random() < 0.8 else None
        filters.append(HistoryFilter(since=since, until=until))
    return filters


@pytest.mark.parametrize("seed", range(12))
def test_roll_ups_equal_the_rows(session_factory: sessionmaker[Session], engine: Engine, seed: int) -> None:
    random = Random(seed)
    with session_factory.begin() as session:
        account = add_account(session)
        other = add_account(session, alias="Other")
        random_history(session, account, random)
        random_history(session, other, random)

    with session_factory() as session:
        for wanted in some_filters(random):
            assert covers_spans(wanted)
            rows = load_totals_of_rows(session, account.id, wanted)
            assert load_totals_of_spans(session, account.id, wanted) == rows
            for zone in ZONES:
                assert load_days(session, account.id, wanted, zone) == load_days_of_rows(
                    session, account.id, wanted, zone
                )
            for one in (
                wanted,
                HistoryFilter("ETHUSDT", None, None, wanted.since, wanted.until),
                HistoryFilter(None, Side.SHORT, CloseReason.SL, wanted.since, wanted.until),
            ):
                assert load_result_shares(session, account.id, one) == load_result_shares_of_rows(
                    session, account.id, one
                )
        assert load_symbols(session, account.id) == ("BTCUSDT", "ETHUSDT")
        assert stored(session, "result_spans") == counted(session, "spans", (account.id, other.id))
        assert stored(session, "result_shares") == counted(session, "shares", (account.id, other.id))


def stored(session: Session, table: str) -> set[tuple[object, ...]]:
    return {tuple(row) for row in session.execute(text(f"SELECT * FROM {table}"))}


def counted(session: Session, kind: str, account_ids: tuple[int, ...]) -> set[tuple[object, ...]]:
    statement = text(f"SELECT * FROM counted_result_{kind}(:account_id, :minutes, '2026-01-01Z', '2027-01-01Z')")
    return {
        tuple(row)
        for account_id in account_ids
        for minutes in (15, 1440)
        for row in session.execute(statement, {"account_id": account_id, "minutes": minutes})
    }


def test_a_curve_of_spans_ends_where_that_of_the_rows_ends_and_falls_as_deep(
    session_factory: sessionmaker[Session],
) -> None:
    random = Random(5)
    with session_factory.begin() as session:
        account = add_account(session)
        plan = add_plan(session, account)
        for sequence in range(1, 121):
            net = random.choice(("-7.25", "-3", "0", "3", "4.5"))
            add_closed(session, plan, net, NOW - timedelta(hours=10 * random.random() * sequence), sequence)

    with session_factory() as session:
        rows = load_points_of_rows(session, account.id, HistoryFilter())
        for most in (10, 60):
            points = load_points(session, account.id, HistoryFilter(), most)
            assert most // 2 <= len(points) <= most
            assert points[-1].at == rows[-1].at
            assert points[-1].result == rows[-1].result
            assert max(point.drawdown for point in points) == max(point.drawdown for point in rows)
            assert {(point.at, point.result) for point in points} <= {(point.at, point.result) for point in rows}
        assert load_points(session, account.id, HistoryFilter(), 1000) == ()


def test_a_filter_that_cuts_a_quarter_is_read_from_the_rows() -> None:
    quarter = datetime(2026, 11, 14, 18, 15, tzinfo=UTC)

    assert covers_shares(HistoryFilter(since=quarter))
    assert not covers_shares(HistoryFilter(since=quarter + SECOND))
    assert not covers_shares(HistoryFilter(until=quarter + SECOND))
    assert covers_shares(HistoryFilter(symbol="BTCUSDT", since=quarter))
    assert not covers_spans(HistoryFilter(symbol="BTCUSDT", since=quarter))
    assert not covers_spans(HistoryFilter(side=Side.LONG))


def test_results_that_are_rolled_back_leave_no_trace(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        plan = add_plan(session, account)
        add_closed(session, plan, "3", NOW, 1)

    with session_factory() as session:
        add_closed(session, plan, "5", NOW, 2)
        assert load_totals_of_spans(session, account.id, HistoryFilter()).net_usdt == Decimal(8)
        session.rollback()

    with session_factory() as session:
        assert load_totals_of_spans(session, account.id, HistoryFilter()).net_usdt == Decimal(3)
