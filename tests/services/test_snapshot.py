"""The shared snapshot: exact results, constant cost, one snapshot for all viewers."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.orm import Session, sessionmaker

from domain.bot_status import Alert, BotState
from domain.terms import CloseReason, InstructionKind, Phase, PlanState, ReopenState, Severity, Side
from services.dashboard.snapshot import Dashboard
from services.dashboard.views import Protection, Snapshot
from storage.bot_tables import InstructionRow
from storage.preferences import load_calendar, save_time_zone
from storage.settings import save_setting
from tests.services.building import (
    NOW,
    Clock,
    D,
    SteadyFeed,
    add_account,
    add_closed,
    add_equity,
    add_fill,
    add_income,
    add_plan,
    add_position,
    bot_health,
)


@contextmanager
def counted_statements(engine: Engine) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(connection: object, cursor: object, statement: str, *rest: object) -> None:
        statements.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


@contextmanager
def rows_locked(engine: Engine) -> Iterator[None]:
    """Hold all positions away from everybody: reads run into their time-out."""
    with engine.begin() as connection:
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        connection.execute(text("LOCK TABLE positions IN ACCESS EXCLUSIVE MODE"))
        yield


def taken(session_factory: sessionmaker[Session], feed: SteadyFeed) -> Snapshot:
    return Dashboard(session_factory, feed, Clock()).snapshot()


def test_result_is_after_the_fees_of_both_ways_and_funding(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        position = add_position(session, add_plan(session, account))
        add_fill(session, position, 1)
        add_income(session, position, 1, "-0.25")

    view = taken(session_factory, SteadyFeed(bot_health(account.id), {"BTCUSDT": (D("100500"), 0.3)})).positions[0]

    assert view.result_usdt == D("15") - D("1.2") - D("1.206") - D("0.25")  # 500 × 0.03; 0.04 % in, 0.04 % out
    assert view.margin_usdt == D("150")
    assert view.value_usdt == D("3000")
    assert view.result_r == view.result_usdt / 10
    assert view.protection is Protection.PROTECTED


def test_short_position_wins_when_the_price_falls(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_fill(session, add_position(session, add_plan(session, account, side=Side.SHORT)), 1)

    view = taken(session_factory, SteadyFeed(bot_health(account.id), {"BTCUSDT": (D("99000"), 0.3)})).positions[0]

    assert view.result_usdt == D("30") - D("1.2") - D("1.188")


def test_stop_and_target_say_what_they_net_by_their_own_prices(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_fill(session, add_position(session, add_plan(session, account)), 1)

    view = taken(session_factory, SteadyFeed(bot_health(account.id))).positions[0]

    assert view.stop_usdt == D("-6") - D("1.2") - D("1.1976")
    assert view.target_usdt == D("21") - D("1.2") - D("1.2084")


def test_before_the_first_fill_the_terms_stand_for_the_results(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_position(
            session,
            add_plan(session, account),
            phase=Phase.ENTERING,
            entry_quantity=D(0),
            entry_price=None,
            stop_price=None,
            target_price=None,
            protected_at=None,
            opened_at=None,
        )

    view = taken(session_factory, SteadyFeed(bot_health(account.id), {"BTCUSDT": (D("100500"), 0.3)})).positions[0]

    assert (view.stop_usdt, view.target_usdt) == (D("-10"), D("15"))
    assert view.result_usdt is None
    assert view.value_usdt is None
    assert view.margin_usdt == D("150")
    assert view.protection is Protection.PLACING


def test_without_a_price_there_is_no_result_rather_than_a_wrong_one(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_position(session, add_plan(session, account))

    snapshot = taken(session_factory, SteadyFeed(bot_health(account.id)))

    assert snapshot.positions[0].result_usdt is None
    assert snapshot.summary.open_result is None
    assert snapshot.summary.open_result_percent is None


def test_a_close_that_was_asked_for_shows_before_it_is_taken_up(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        position = add_position(session, add_plan(session, account))
        session.add(
            InstructionRow(
                id="a",
                account_id=account.id,
                kind=InstructionKind.CLOSE,
                position_id=position.id,
                terms={},
                created_at=NOW,
            )
        )

    assert taken(session_factory, SteadyFeed(bot_health(account.id))).positions[0].close_requested


def test_unprotected_fill_says_so(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_position(session, add_plan(session, account), protected_at=None, unprotected_since=NOW)

    assert taken(session_factory, SteadyFeed(bot_health(account.id))).positions[0].protection is Protection.NONE


def test_summary_sums_today_and_compares_the_wallet_with_30_days_ago(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        plan = add_plan(session, account)
        add_closed(session, plan, "5", NOW - timedelta(hours=13), 1)  # yesterday in UTC
        add_closed(session, plan, "15", NOW - timedelta(hours=3), 2)
        add_closed(session, plan, "-10", NOW - timedelta(hours=2), 3)
        add_closed(session, plan, None, NOW - timedelta(hours=1), 4)
        add_equity(session, account, "9000", NOW - timedelta(days=40))
        add_equity(session, account, "9800", NOW - timedelta(days=20))
        add_equity(session, account, "9990", NOW - timedelta(minutes=5))

    summary = taken(session_factory, SteadyFeed(bot_health(account.id))).summary

    assert summary.closed_today == D("5")
    assert (summary.trades_today, summary.won_today, summary.lost_today) == (3, 1, 1)
    assert summary.closed_today_trend == (D("15"), D("5"))
    assert summary.wallet == D("10000")
    assert summary.wallet_trend == (D("9800"), D("9990"))
    assert summary.wallet_change_30d == D("200")
    assert summary.free_margin == D("9850")


def test_wallet_trend_is_thinned_with_both_ends_kept(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        for minute in range(500):
            add_equity(session, account, str(minute), NOW - timedelta(minutes=500 - minute))

    trend = taken(session_factory, SteadyFeed(bot_health(account.id))).summary.wallet_trend

    assert len(trend) <= 60
    assert (trend[0], trend[-1]) == (D(0), D(499))


def test_waiting_reopens_and_paused_plans_are_listed(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        waiting = add_closed(
            session,
            add_plan(session, account),
            "11.96",
            NOW,
            1,
            reopen_state=ReopenState.WAITING,
            reopen_not_before=NOW + timedelta(minutes=5),
            reopen_lapses_at=NOW + timedelta(minutes=15),
        )
        paused = add_plan(session, account, symbol="ETHUSDT", state=PlanState.PAUSED, state_reason="you paused it.")
        last = add_closed(session, paused, "-6", NOW, 1)
        running = add_plan(session, account, symbol="SOLUSDT", state=PlanState.PAUSED)
        add_position(session, running)

    snapshot = taken(session_factory, SteadyFeed(bot_health(account.id)))

    assert [(row.position_id, row.reason, row.net_usdt) for row in snapshot.waiting] == [
        (waiting.id, CloseReason.TP, D("11.96"))
    ]
    assert [(row.plan_id, row.last_position_id, row.reason) for row in snapshot.paused] == [
        (paused.id, last.id, "You paused it.")
    ]


def test_today_is_the_day_of_the_zone_chosen_in_settings(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        save_time_zone(session, "Pacific/Auckland", NOW - timedelta(days=9))
        account = add_account(session)
        plan = add_plan(session, account)
        begins_at = load_calendar(session).day(NOW).begins_at
        add_closed(session, plan, "7", begins_at - timedelta(minutes=1), 1)
        add_closed(session, plan, "3", begins_at + timedelta(minutes=1), 2)

    summary = taken(session_factory, SteadyFeed(bot_health(account.id))).summary

    assert begins_at.hour in (11, 12)  # midnight there
    assert (summary.closed_today, summary.trades_today) == (D("3"), 1)


def test_number_of_statements_does_not_grow_with_positions(
    engine: Engine, session_factory: sessionmaker[Session]
) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        for number in range(50):
            plan = add_plan(session, account, symbol=f"P{number}USDT")
            add_fill(session, add_position(session, plan), number + 1)

    with counted_statements(engine) as statements:
        snapshot = taken(session_factory, SteadyFeed(bot_health(account.id)))

    assert len(snapshot.positions) == 50
    assert len(statements) <= 8


def test_viewers_share_one_snapshot_for_almost_a_second(session_factory: sessionmaker[Session]) -> None:
    clock = Clock()
    keeper = Dashboard(session_factory, SteadyFeed(bot_health()), clock)
    first = keeper.snapshot()

    clock.pass_seconds(0.8)
    second = keeper.snapshot()
    clock.pass_seconds(0.2)
    third = keeper.snapshot()

    assert second is first
    assert third is not first


def test_a_step_back_of_the_clock_does_not_freeze_the_snapshot(session_factory: sessionmaker[Session]) -> None:
    clock = Clock()
    keeper = Dashboard(session_factory, SteadyFeed(bot_health()), clock)
    first = keeper.snapshot()

    clock.pass_seconds(-3600)

    assert keeper.snapshot() is not first


def test_other_accounts_stay_out_of_the_snapshot(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_position(session, add_plan(session, add_account(session, "binance test", "other")))

    assert taken(session_factory, SteadyFeed(bot_health(account.id))).positions == ()


def test_before_sign_in_the_rows_of_the_venue_show(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        add_position(session, add_plan(session, add_account(session)))

    snapshot = taken(session_factory, SteadyFeed(bot_health(None, state=BotState.STARTING, balance=None)))

    assert len(snapshot.positions) == 1
    assert snapshot.summary.free_margin is None


def test_paused_opening_is_said(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        save_setting(session, f"opening_paused_{account.id}", {"on": True})

    status = taken(session_factory, SteadyFeed(bot_health(account.id, state=BotState.PAUSED))).status

    assert (status.state, status.word, status.opening_paused) == (BotState.PAUSED, "Opening paused", True)


def test_alerts_stand_worst_first(session_factory: sessionmaker[Session]) -> None:
    slow = Alert("database_slow", Severity.WARNING, "Slow", "…", NOW - timedelta(hours=1))
    silent = Alert("silent", Severity.DANGER, "Silent", "…", NOW)

    status = taken(session_factory, SteadyFeed(bot_health(state=BotState.DEGRADED, alerts=(slow, silent)))).status

    assert status.alerts == (silent, slow)
    assert status.word == "Waiting for practice"
    assert status.check_age_seconds == pytest.approx(2.0)


def test_a_silent_database_is_an_alert_on_the_page_not_an_error(
    engine: Engine, session_factory: sessionmaker[Session]
) -> None:
    with session_factory.begin() as session:
        account = add_account(session)
        add_position(session, add_plan(session, account))
    clock = Clock()
    keeper = Dashboard(session_factory, SteadyFeed(bot_health(account.id)), clock)
    keeper.snapshot()

    with rows_locked(engine):
        clock.pass_seconds(2)
        snapshot = keeper.snapshot()

    assert [alert.code for alert in snapshot.status.alerts] == ["database_silent"]
    assert len(snapshot.positions) == 1
