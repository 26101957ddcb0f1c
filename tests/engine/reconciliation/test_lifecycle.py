"""Moves between phases: what a fill that turns up late may still become."""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import OrderState, Phase, Purpose, ReopenState
from engine.reconciliation.lifecycle import Lifecycle
from engine.state.context import CycleContext
from engine.state.engine_state import EngineState
from engine.state.working_set import WorkingSet
from storage.bot_tables import JournalRow
from storage.tables import OrderRow, PositionRow
from tests.domain.trades import D, fill
from tests.services.building import NOW, add_account, add_closed, add_plan, add_position


def late_fill(session: Session, *, round_was_claimed: bool) -> tuple[PositionRow, PositionRow]:
    """Let the entry of a plan's second round turn up after it was abandoned; return the first position and this one."""
    plan = add_plan(session, add_account(session))
    first = add_closed(session, plan, "5", NOW - timedelta(hours=2), 1, reopen_state=ReopenState.WAITING)
    late = add_position(session, plan, phase=Phase.FAILED, sequence=2, parent_position_id=first.id, opened_at=None)
    if round_was_claimed:
        add_closed(session, plan, "5", NOW - timedelta(minutes=5), 2, parent_position_id=first.id)
    entry = OrderRow(
        account_id=plan.account_id,
        position_id=late.id,
        client_order_id="t1-abcdef-2-e-1",
        purpose=Purpose.ENTRY,
        attempt=1,
        symbol=plan.symbol,
        side=plan.side,
        quantity=D("0.03"),
        state=OrderState.FILLED,
        created_at=NOW,
    )
    session.add(entry)
    session.flush()
    rows = WorkingSet.load(session, plan.account_id, [first.id, late.id])
    lifecycle = Lifecycle(CycleContext(rows, EngineState(), NOW))

    lifecycle.accounting.record_fills(late, entry, [replace(fill(1, "100000", "0.03"), traded_at=NOW)])
    lifecycle.entry_progressed(late, filled=True)
    session.flush()
    return first, late


def test_a_late_fill_takes_the_round_that_was_waiting(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        first, late = late_fill(session, round_was_claimed=False)

        assert (late.phase, first.reopen_state) == (Phase.OPEN, ReopenState.DONE)


def test_a_late_fill_whose_round_was_claimed_does_not_come_back(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        _, late = late_fill(session, round_was_claimed=True)

        said = session.scalars(select(JournalRow.text)).all()
        assert late.phase is Phase.FAILED
        assert said[-1].endswith("the bot closes it, because another one was opened in its stead.")
