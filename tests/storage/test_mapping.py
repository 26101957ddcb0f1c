from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from database import save_account
from domain.exit_plan import ExitPlan, LockIn, PartialTarget, Trail, TrailUnit
from domain.terms import Basis, Phase, PlanState, ReopenRule, ReopenState, Side, TradeTerms
from storage.mapping import new_plan, new_position, reopen_rule, trade_terms
from storage.tables import PlanRow, PositionRow

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RULE = ReopenRule(enabled=True, delay=timedelta(seconds=90), maximum=3, after_target=False, after_stop=True)
TERMS = TradeTerms("BTCUSDT", Side.SHORT, Decimal("150.50"), 20, Decimal("15"), Decimal("10.1"), Basis.GROSS, RULE)
MOVING = replace(
    TERMS,
    exits=ExitPlan(
        break_even_after_usdt=Decimal("4.50"),
        trail=Trail(TrailUnit.PERCENT, Decimal("0.8")),
        lock_ins=(LockIn(Decimal(10), Decimal(5)),),
        targets=(PartialTarget(Decimal(12), Decimal(50)), PartialTarget(Decimal("20.1"), Decimal(50))),
        stop_follows_targets=True,
    ),
)


@pytest.mark.parametrize("terms", [TERMS, MOVING], ids=["standing", "moving"])
def test_terms_come_back_from_plan_and_position_as_they_went_in(
    session_factory: sessionmaker[Session], terms: TradeTerms
) -> None:
    with session_factory.begin() as session:
        account = save_account(session, "practice", "x", NOON)
        plan = new_plan(account.id, terms, NOON)
        session.add(plan)
        session.flush()
        position = new_position(plan, terms, phase=Phase.ENTERING, sequence=2, created_at=NOON)
        session.add(position)

    with session_factory() as session:
        saved_plan, saved = session.get(PlanRow, plan.id), session.get(PositionRow, position.id)
        assert saved_plan is not None
        assert saved is not None
        assert trade_terms(saved_plan, reopen_rule(saved_plan)) == terms
        assert trade_terms(saved, reopen_rule(saved_plan)) == terms
        assert (saved_plan.state, saved_plan.account_id) == (PlanState.ACTIVE, account.id)
        assert (saved.sequence, saved.reopen_count, saved.reopen_state) == (2, 0, ReopenState.NONE)
        assert saved.account_id == account.id


def test_a_plan_without_moving_exits_keeps_nothing_about_them(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        session.add(new_plan(save_account(session, "practice", "x", NOON).id, TERMS, NOON))

    with session_factory() as session:
        assert session.scalar(text("SELECT count(*) FROM plans WHERE exits IS NULL")) == 1
