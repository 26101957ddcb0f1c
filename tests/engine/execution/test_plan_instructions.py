"""What people ask for about a plan."""

from typing import Any

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import InstructionKind, PlanState, ReopenState, Side
from domain.terms_json import terms_to_json
from engine.execution.plan_instructions import PlanInstructions
from storage.bot_tables import InstructionRow
from storage.tables import PlanRow
from tests.domain.trades import trade as terms
from tests.engine.building import D, OpenTrade
from tests.services.building import NOW


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def plan_of(trade: OpenTrade) -> PlanRow:
    return trade.rows.plan_of(trade.position)


def reply(trade: OpenTrade, kind: InstructionKind, terms: dict[str, Any] | None = None, plan_id: int = 0) -> str:
    row = InstructionRow(
        id="i",
        account_id=trade.position.account_id,
        kind=kind,
        plan_id=plan_id or trade.position.plan_id,
        terms=terms or {},
    )
    return PlanInstructions(trade.lifecycle.effects, NOW).carry_out(row)


def test_a_paused_plan_opens_nothing_that_is_waiting(trade: OpenTrade) -> None:
    trade.position.reopen_state = ReopenState.WAITING

    reply(trade, InstructionKind.PAUSE_PLAN)

    assert plan_of(trade).state is PlanState.PAUSED
    assert trade.position.reopen_state is ReopenState.SKIPPED


def test_a_resumed_plan_opens_again(trade: OpenTrade) -> None:
    plan = plan_of(trade)
    plan.state, plan.state_reason = PlanState.PAUSED, "you paused it."

    reply(trade, InstructionKind.RESUME_PLAN)

    assert plan.state is PlanState.ACTIVE
    assert plan_of(trade).state_reason is None


def test_an_edit_changes_the_next_round_and_not_the_open_trade(trade: OpenTrade) -> None:
    reply(trade, InstructionKind.EDIT_PLAN, terms_to_json(terms(amount_usdt=D(200), leverage=5)))

    assert (plan_of(trade).amount_usdt, plan_of(trade).leverage) == (D(200), 5)
    assert trade.position.leverage == 20


def test_pair_and_direction_of_a_plan_stay(trade: OpenTrade) -> None:
    assert "stay as they are" in reply(trade, InstructionKind.EDIT_PLAN, terms_to_json(terms(Side.SHORT)))


def test_terms_that_cannot_be_read_change_nothing(trade: OpenTrade) -> None:
    assert reply(trade, InstructionKind.EDIT_PLAN, {"symbol": "BTCUSDT"})
    assert plan_of(trade).amount_usdt == D(150)


def test_a_plan_that_is_not_there_is_said(trade: OpenTrade) -> None:
    assert reply(trade, InstructionKind.PAUSE_PLAN, plan_id=999) == "There is no such plan."
