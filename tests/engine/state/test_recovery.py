"""The first thing a new holder does: what may have been sent counts as sent."""

from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from domain.terms import OrderState, Phase, Purpose
from engine.reconciliation.orders import OrderReconciler
from engine.requests.reports import OrderNotFoundReport
from engine.state.recovery import query_whatever_may_be_sent
from engine.state.views import build_views
from tests.engine.building import OpenTrade, add_order
from tests.services.building import NOW


def test_what_was_staged_with_an_entry_counts_as_perhaps_sent_and_unknown_orders_are_due(
    session_factory: sessionmaker[Session],
) -> None:
    with session_factory() as session:
        trade = OpenTrade(session, phase=Phase.ENTERING)
        stop = add_order(session, trade.position, Purpose.STOP, OrderState.STAGED, attempt=2, quantity=None)
        target = add_order(session, trade.position, Purpose.TARGET, OrderState.STAGED, quantity=None)
        close = add_order(session, trade.position, Purpose.CLOSE, OrderState.STAGED)
        unknown = add_order(
            session, trade.position, Purpose.CLOSE, OrderState.UNKNOWN, attempt=2, not_before=NOW + timedelta(hours=1)
        )

        query_whatever_may_be_sent(session)
        session.expire_all()

        assert (stop.state, target.state) == (OrderState.UNKNOWN, OrderState.UNKNOWN)
        assert target.not_before == target.created_at
        assert (close.state, close.not_before) == (OrderState.STAGED, close.created_at)
        assert unknown.not_before == unknown.created_at
        assert trade.stop.state is OrderState.WORKING


def test_spare_and_close_of_an_open_trade_are_asked_about_and_stay_ready_when_they_are_not_found(
    session_factory: sessionmaker[Session],
) -> None:
    with session_factory() as session:
        trade = OpenTrade(session, phase=Phase.OPEN)
        spare = add_order(session, trade.position, Purpose.STOP, OrderState.STAGED, attempt=2, quantity=None)
        close = add_order(session, trade.position, Purpose.CLOSE, OrderState.STAGED)

        query_whatever_may_be_sent(session)
        session.expire_all()
        trade.begin_cycle()
        view = build_views(trade.rows, trade.state, NOW)[0]
        for row in (spare, close):
            OrderReconciler(trade.lifecycle).on_not_found(OrderNotFoundReport(row.id, proof_read=False))

        assert [order.id for order in view.orders if order.query_due] == [spare.id, close.id]
        assert (spare.state, spare.not_before) == (OrderState.STAGED, None)
        assert (close.state, close.not_before) == (OrderState.STAGED, None)
