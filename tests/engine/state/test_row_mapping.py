"""Rows into values, and back."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.position_key import PositionKey
from domain.terms import PlanState, Side
from engine.state.row_mapping import active_rule, fill_of, fill_row, key_of, sent_order
from tests.engine.building import OpenTrade, fill_at


def test_a_fill_survives_its_row() -> None:
    for fill in (fill_at(1, "100000.1", "0.030"), fill_at(2, "99700", "0.03", opening=False)):
        assert fill_of(fill_row(7, fill)) == fill


@pytest.mark.parametrize("state", list(PlanState))
def test_only_an_active_plan_opens_again(session_factory: sessionmaker[Session], state: PlanState) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)
        plan = trade.rows.plan_of(trade.position)
        plan.state = state

        assert active_rule(plan).enabled is (state is PlanState.ACTIVE)


def test_an_order_is_known_by_what_was_sent(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)

        sent = sent_order(trade.entry)

        assert (sent.client_order_id, sent.sent_at) == (trade.entry.client_order_id, trade.entry.request_timestamp)
        assert key_of(trade.entry) == PositionKey("BTCUSDT", Side.LONG)
