"""Opening and opening again: which entries are due, and the rows that each begins with."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.exchange import BookTicker, SymbolSettings
from domain.preview.preview import Preview
from domain.terms import OrderState, Phase, PlanState, Purpose, ReopenState
from engine.execution.entries import Entries
from engine.execution.entry_checks import AccountSetting, EntryRejected
from engine.execution.order_writer import OrderWriter
from engine.requests.entry import PrepareEntry
from engine.requests.orders import SendOrder
from engine.requests.reports import EntryFacts, EntryNotPrepared
from engine.state.backoff import ABSENT_ENTRY_BLOCKS_FOR, ENTRY_RETRY, ENTRY_TRIED_FOR
from storage.tables import OrderRow
from tests.domain.trades import BTC_BRACKETS, RATES, balance
from tests.domain.trades import trade as terms
from tests.engine.building import BATCH, D, OpenTrade, add_order
from tests.services.building import NOW


@pytest.fixture
def closed(session_factory: sessionmaker[Session], monkeypatch: pytest.MonkeyPatch) -> OpenTrade:
    """Give a trade that was closed and waits to open again."""
    monkeypatch.setattr("engine.execution.entries.time.monotonic", lambda: 1000.0)
    trade = OpenTrade(session_factory(), reopen_not_before=NOW, reopen_lapses_at=NOW + timedelta(minutes=10))
    trade.position.phase, trade.position.reopen_state = Phase.CLOSED, ReopenState.WAITING
    trade.stop.state = OrderState.CANCELLED
    trade.state.exchange.take_in(BATCH + 1)
    trade.state.exchange.last_full_check_at = NOW
    trade.begin_cycle()
    return trade


def entries(trade: OpenTrade, *, paused: bool = False) -> Entries:
    return Entries(
        OrderWriter(trade.lifecycle, "abcdef"), AccountSetting(hedge=True, opening_paused=paused, usage=None)
    )


def facts(key: str) -> EntryFacts:
    return EntryFacts(
        key=key,
        terms=terms(),
        positions=(),
        settings=SymbolSettings("BTCUSDT", terms().leverage, cross_margin=True),
        book=BookTicker("BTCUSDT", D(99_999), D(100_000)),
        mark_price=D(100_000),
        balance=balance(),
        brackets=BTC_BRACKETS,
        rates=RATES,
        read_at=1000.0,
    )


def test_a_reopening_that_is_due_is_prepared_once(closed: OpenTrade) -> None:
    (task,) = entries(closed).due(set())

    assert isinstance(task, PrepareEntry)
    assert task.key == f"reopen-{closed.position.id}"
    assert entries(closed).due({task.key}) == []
    assert entries(closed, paused=True).due(set()) == []


def test_a_reopening_that_lapsed_pauses_the_plan(closed: OpenTrade) -> None:
    closed.position.reopen_lapses_at = NOW

    assert entries(closed).due(set()) == []
    assert closed.position.reopen_state is ReopenState.LAPSED
    assert closed.rows.plan_of(closed.position).state is PlanState.PAUSED


def test_an_entry_is_committed_with_its_first_stop_and_target_and_two_closes(closed: OpenTrade) -> None:
    task = entries(closed).prepared(facts(f"reopen-{closed.position.id}"))

    assert isinstance(task, SendOrder)
    entry = closed.rows.orders[task.order_id]
    new = closed.rows.positions[entry.position_id]
    staged = [o.purpose for o in closed.rows.orders_of[new.id] if o.state is OrderState.STAGED]
    assert (new.phase, new.sequence, new.reopen_count) == (Phase.ENTERING, 2, 1)
    assert staged == [Purpose.STOP, Purpose.CLOSE, Purpose.CLOSE, Purpose.TARGET]
    ahead = closed.state.staged_stops[entry.id]
    assert (ahead.position_id, ahead.intent.purpose) == (new.id, Purpose.STOP)
    assert [(c.intent.purpose, c.intent.quantity) for c in ahead.closes] == [(Purpose.CLOSE, entry.quantity)] * 2
    assert closed.position.reopen_state is ReopenState.DONE


def test_a_passing_reason_waits_and_a_lasting_one_pauses_the_plan(closed: OpenTrade) -> None:
    key = f"reopen-{closed.position.id}"

    entries(closed).not_prepared(EntryNotPrepared(key, "no answer.", lasting=False))
    waits_until = closed.position.reopen_not_before
    entries(closed).not_prepared(EntryNotPrepared(key, "no such pair.", lasting=True))

    assert waits_until == NOW + ENTRY_RETRY
    assert closed.position.reopen_state is ReopenState.REJECTED
    assert closed.rows.plan_of(closed.position).state_reason == "no such pair."


def test_an_entry_that_never_arrived_keeps_its_key_closed_for_a_minute(closed: OpenTrade) -> None:
    lost = add_order(
        closed.session,
        closed.position,
        Purpose.ENTRY,
        OrderState.ABSENT,
        attempt=2,
        final_at=NOW - timedelta(seconds=59),
    )

    held_back = entries(closed).check(facts("open-1"), None, None)
    lost.final_at = NOW - ABSENT_ENTRY_BLOCKS_FOR
    closed.session.flush()

    assert isinstance(held_back, EntryRejected)
    assert isinstance(entries(closed).check(facts("open-1"), None, None), Preview)


def test_a_rejected_entry_is_tried_again_until_a_minute_is_over(closed: OpenTrade) -> None:
    position = closed.position
    position.phase, position.reopen_state, position.created_at = Phase.ENTERING, ReopenState.NONE, NOW
    closed.entry.state, closed.entry.not_before = OrderState.REJECTED, NOW

    (again,) = entries(closed).due(set())
    position.created_at = NOW - ENTRY_TRIED_FOR - timedelta(seconds=1)
    given_up = entries(closed).due(set())

    assert isinstance(again, PrepareEntry)
    assert again.key == f"again-{position.id}"
    assert given_up == []
    assert closed.session.get_one(type(position), position.id).phase.value == "FAILED"


def test_a_second_try_goes_out_under_a_new_id(closed: OpenTrade) -> None:
    position = closed.position
    position.phase, position.reopen_state, position.created_at = Phase.ENTERING, ReopenState.NONE, NOW
    closed.entry.state, closed.entry.not_before = OrderState.REJECTED, NOW

    task = entries(closed).prepared(replace(facts(f"again-{position.id}"), read_at=1000.0))

    assert isinstance(task, SendOrder)
    ids = closed.session.scalars(select(OrderRow.client_order_id).where(OrderRow.purpose == Purpose.ENTRY)).all()
    assert sorted(ids) == [f"t1-abcdef-{position.id}-e-1", f"t1-abcdef-{position.id}-e-2"]
