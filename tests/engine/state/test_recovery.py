"""The first thing a new holder does: what may have been sent counts as sent."""

from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from domain.terms import OrderState, Purpose
from engine.state.recovery import query_whatever_may_be_sent
from tests.engine.building import OpenTrade, add_order
from tests.services.building import NOW


def test_staged_orders_count_as_perhaps_sent_and_unknown_ones_are_due(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)
        staged = add_order(session, trade.position, Purpose.TARGET, OrderState.STAGED, quantity=None)
        unknown = add_order(
            session, trade.position, Purpose.CLOSE, OrderState.UNKNOWN, not_before=NOW + timedelta(hours=1)
        )

        query_whatever_may_be_sent(session)
        session.expire_all()

        assert staged.state is OrderState.UNKNOWN
        assert staged.not_before == staged.created_at
        assert unknown.not_before == unknown.created_at
        assert trade.stop.state is OrderState.WORKING
