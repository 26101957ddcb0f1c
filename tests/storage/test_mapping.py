from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session, sessionmaker

from database import save_account
from domain.terms import Basis, Phase, PlanState, ReopenRule, ReopenState, Side, TradeTerms
from storage.mapping import new_plan, new_position, reopen_rule, trade_terms
from storage.tables import PlanRow, PositionRow

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
RULE = ReopenRule(enabled=True, delay=timedelta(seconds=90), maximum=3, after_target=False, after_stop=True)
TERMS = TradeTerms("BTCUSDT", Side.SHORT, Decimal("150.50"), 20, Decimal("15"), Decimal("10.1"), Basis.GROSS, RULE)


def test_terms_come_back_from_plan_and_position_as_they_went_in(session_factory: sessionmaker[Session]) -> None:
    with session_factory.begin() as session:
        account = save_account(session, "practice", "x", NOON)
        plan = new_plan(account.id, TERMS, NOON)
        session.add(plan)
        session.flush()
        position = new_position(plan, TERMS, sequence=2, created_at=NOON)
        position.phase = Phase.ENTERING
        session.add(position)

    with session_factory() as session:
        saved_plan, saved = session.get(PlanRow, plan.id), session.get(PositionRow, position.id)
        assert saved_plan is not None
        assert saved is not None
        assert trade_terms(saved_plan, reopen_rule(saved_plan)) == TERMS
        assert trade_terms(saved, reopen_rule(saved_plan)) == TERMS
        assert (saved_plan.state, saved_plan.account_id) == (PlanState.ACTIVE, account.id)
        assert (saved.sequence, saved.reopen_count, saved.reopen_state) == (2, 0, ReopenState.NONE)
        assert saved.account_id == account.id
