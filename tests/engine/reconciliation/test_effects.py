"""Effects into rows; and nothing else writes what they write."""

import ast
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from decisions.reconciliation.effects import (
    CountRestriction,
    Effect,
    ForgetProtection,
    MovePhase,
    Note,
    ReadIncome,
    ReconcileAgain,
    RecordEnd,
    RecordFunding,
    RecordResult,
    ScheduleReopening,
    SetNote,
    SetPlan,
    SetReopening,
)
from domain.journal.external_facts import WrittenOff
from domain.terms import CloseReason, Phase, PlanState, ReopenState
from engine.reconciliation import effects
from storage.bot_tables import JournalRow
from storage.tables import PlanRow, PositionRow
from tests.engine.building import D, OpenTrade
from tests.services.building import NOW, add_closed
from tests.support import arrows
from tests.support.parsing import parsed

# What a trade's course is told by: its phase and end, its result, and what becomes of opening it again.
WRITTEN_HERE = {
    "phase",
    "phase_note",
    "close_reason",
    "closed_at",
    "entry_quantity",
    "entry_price",
    "exit_quantity",
    "exit_price",
    "gross_usdt",
    "fees_usdt",
    "funding_usdt",
    "net_usdt",
    "opened_at",
    "reopen_state",
    "reopen_not_before",
    "reopen_lapses_at",
    "state_reason",
}
WRITER = Path(effects.__file__)
OF_ORDERS = {"engine.execution.order_writer": {"close_reason"}}  # what a close is sent for, in the row of the order
FILLS = {"engine.reconciliation.fill_rows", "engine.state.row_mapping"}  # the second makes the row of a fill


def written(file: Path) -> Iterator[str]:
    """Yield the attributes that a file assigns to, of anything but self."""
    for node in ast.walk(parsed(file.read_text())):
        if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            if not (isinstance(node.value, ast.Name) and node.value.id == "self"):
                yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "setattr":
            yield ast.unparse(node.args[1]).strip("'\"")


def test_0094_nothing_else_moves_a_phase_writes_a_result_or_decides_a_reopening() -> None:
    modules = {arrows.module_of(file): file for file in arrows.files() if file != WRITER}
    others = {name: set(written(file)) & WRITTEN_HERE - OF_ORDERS.get(name, set()) for name, file in modules.items()}

    assert {module: names for module, names in others.items() if names} == {}
    assert set(written(WRITER)) >= WRITTEN_HERE


def test_0095_nothing_else_books_a_fill_or_says_whose_it_is() -> None:
    makers, users = set(), set()
    for file in arrows.files():
        names = {node.id for node in ast.walk(parsed(file.read_text())) if isinstance(node, ast.Name)}
        if names & {"fill_row"} or "FillRow(" in file.read_text().replace("class FillRow(", ""):
            makers.add(arrows.module_of(file))
        if names & {"write_fill", "write_attribution", "write_part"}:
            users.add(arrows.module_of(file))

    assert makers == FILLS
    assert users == {"engine.reconciliation.effects"}


def test_the_search_for_other_writers_finds_one(tmp_path: Path) -> None:
    file = tmp_path / "other.py"
    file.write_text("position.phase, x = 1, 2\nself.phase = 3\nsetattr(row, 'net_usdt', 4)\n")

    assert set(written(file)) == {"net_usdt", "phase"}


def test_every_effect_is_a_value_that_says_what_it_is_about() -> None:
    for kind in get_args(Effect):
        assert kind.__dataclass_params__.frozen, kind
        assert kind.__doc__, kind


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def test_an_end_is_written(trade: OpenTrade) -> None:
    position = trade.position
    position.protected_at = position.unprotected_since = NOW

    trade.lifecycle.apply(
        (
            RecordEnd(position.id, CloseReason.TP, NOW),
            ForgetProtection(position.id, stop=True),
            MovePhase(position.id, Phase.CLOSED),
            SetReopening(position.id, ReopenState.WAITING),
            ScheduleReopening(position.id, NOW, NOW + timedelta(minutes=10)),
            SetNote(position.id, "why"),
        )
    )

    assert (position.phase, position.close_reason, position.closed_at) == (Phase.CLOSED, CloseReason.TP, NOW)
    assert [position.protected_at, position.unprotected_since] == [None, None]
    assert (position.reopen_state, position.reopen_not_before) == (ReopenState.WAITING, NOW)
    assert position.reopen_lapses_at == NOW + timedelta(minutes=10)
    assert position.phase_note == "why"
    assert position.net_usdt is not None


def test_an_end_nobody_knows_the_result_of_is_written_without_one(trade: OpenTrade) -> None:
    trade.lifecycle.apply((RecordEnd(trade.position.id, CloseReason.LOST, NOW, result_known=False),))

    assert trade.position.net_usdt is None


def test_only_the_mark_of_a_missing_stop_is_forgotten_where_one_may_rest(trade: OpenTrade) -> None:
    trade.position.protected_at = trade.position.unprotected_since = NOW

    trade.lifecycle.apply((ForgetProtection(trade.position.id, stop=False),))

    assert [trade.position.protected_at, trade.position.unprotected_since] == [NOW, None]


def test_a_result_is_written_as_it_was_worked_out(trade: OpenTrade) -> None:
    position = trade.position
    numbers = (D(1), D(2), D(3), D(4), D(5), D(6), D(7), D(8))

    trade.lifecycle.apply((RecordResult(position.id, *numbers, NOW),))

    written_figures = (
        position.entry_quantity,
        position.entry_price,
        position.exit_quantity,
        position.exit_price,
        position.gross_usdt,
        position.fees_usdt,
        position.funding_usdt,
        position.net_usdt,
    )
    assert written_figures == numbers
    assert position.opened_at == NOW
    trade.lifecycle.apply((RecordFunding(position.id, D(9), D(10)),))
    assert (position.funding_usdt, position.net_usdt, position.gross_usdt) == (D(9), D(10), D(5))


def test_a_plan_and_a_trade_that_the_cycle_has_not_loaded_are_written_too(trade: OpenTrade) -> None:
    other = add_closed(trade.session, trade.rows.plan_of(trade.position), "5", NOW - timedelta(days=1), 3)
    assert other.id not in trade.rows.positions

    trade.lifecycle.apply(
        (SetReopening(other.id, ReopenState.REJECTED), SetPlan(other.plan_id, PlanState.PAUSED, "why"))
    )
    trade.session.flush()

    trade.session.expire_all()
    assert trade.session.get_one(PositionRow, other.id).reopen_state is ReopenState.REJECTED
    plan = trade.session.get_one(PlanRow, other.plan_id)
    assert (plan.state, plan.state_reason) == (PlanState.PAUSED, "why")


def test_what_is_remembered_between_cycles_is_changed(trade: OpenTrade) -> None:
    retries, number = trade.state.retries, trade.position.id
    retries.reconciled_at[number] = NOW
    trade.state.schedule.income_at = None
    waits = retries.restricted_for(number)

    trade.lifecycle.apply((ReadIncome(), ReconcileAgain(number), CountRestriction(number)))

    assert trade.state.schedule.income_at is not None
    assert number not in retries.reconciled_at
    assert retries.restricted_for(number) > waits


def test_an_event_is_told_of_its_trade(trade: OpenTrade) -> None:
    trade.lifecycle.apply((Note(trade.position.id, WrittenOff("BTCUSDT LONG")),))
    trade.session.flush()

    row = trade.session.scalars(select(JournalRow).where(JournalRow.event == WrittenOff.EVENT)).one()
    assert row.position_id == trade.position.id
