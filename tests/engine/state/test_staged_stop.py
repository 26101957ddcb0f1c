"""The spare of a trade, as it is remembered between cycles."""

from sqlalchemy.orm import Session, sessionmaker

from domain.terms import OrderState, Phase, Purpose
from engine.state.staged_stop import spare_stops
from tests.engine.building import BATCH, ENTRY_QUANTITY, STOP_PRICE, D, OpenTrade, add_order


def test_the_spare_has_the_price_that_the_trade_wants_now(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session, phase=Phase.OPEN)
        old = STOP_PRICE - 100
        spare = add_order(
            session, trade.position, Purpose.STOP, OrderState.STAGED, attempt=2, quantity=None, trigger_price=old
        )
        trade.begin_cycle()

        found = spare_stops(trade.rows, BATCH)[trade.position.id]

        assert (found.order_id, found.intent.trigger_price, found.intent.close_position) == (spare.id, STOP_PRICE, True)
        assert dict(found.protecting) == {trade.stop.id: trade.stop.client_order_id}
        assert (found.own_quantity, found.alone) == (ENTRY_QUANTITY, True)


def test_a_stop_of_which_nothing_is_known_may_protect_where_two_would_be_too_many(
    session_factory: sessionmaker[Session],
) -> None:
    with session_factory() as session:
        trade = OpenTrade(session, phase=Phase.OPEN, external_quantity=D("0.02"))
        unknown = add_order(session, trade.position, Purpose.STOP, OrderState.UNKNOWN, attempt=2, quantity=None)
        spare = add_order(session, trade.position, Purpose.STOP, OrderState.STAGED, attempt=3, quantity=None)
        trade.begin_cycle()
        for_all = spare_stops(trade.rows, BATCH)[trade.position.id]
        spare.quantity = ENTRY_QUANTITY
        for_ours = spare_stops(trade.rows, BATCH)[trade.position.id]

        assert unknown.id not in for_all.protecting
        assert unknown.id in for_ours.protecting
        assert not for_all.alone


def test_a_trade_that_is_entering_or_has_ended_has_none(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session, phase=Phase.ENTERING)
        add_order(session, trade.position, Purpose.STOP, OrderState.STAGED, attempt=2, quantity=None)
        trade.begin_cycle()
        entering = spare_stops(trade.rows, BATCH)
        trade.position.phase = Phase.CLOSED

        assert (entering, spare_stops(trade.rows, BATCH)) == ({}, {})
