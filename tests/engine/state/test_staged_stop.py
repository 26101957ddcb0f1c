"""The stop staged with an entry is the one that is committed, to the id and the price."""

from sqlalchemy.orm import Session, sessionmaker

from domain.terms import OrderState, Purpose
from engine.execution.order_writer import intent_of
from engine.state.staged_stop import StagedStop
from storage.mapping import reopen_rule, trade_terms
from storage.tables import OrderRow
from tests.engine.building import STOP_PRICE, D, OpenTrade, add_order


def test_a_staged_stop_sends_the_committed_row_and_nothing_else(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)
        row = add_order(
            session,
            trade.position,
            Purpose.STOP,
            OrderState.STAGED,
            attempt=2,
            quantity=None,
            trigger_price=STOP_PRICE,
            request_timestamp=None,
        )
        terms = trade_terms(trade.position, reopen_rule(trade.rows.plan_of(trade.position)))

        staged = StagedStop(row.id, intent_of(row), terms, D("0.0005"))
        session.expire_all()

        kept = session.get_one(OrderRow, staged.order_id)
        assert kept.state is OrderState.STAGED
        assert staged.intent.client_order_id == kept.client_order_id
        assert (staged.intent.trigger_price, staged.intent.quantity, staged.intent.close_position) == (
            STOP_PRICE,
            None,
            True,
        )
        assert (staged.intent.side, staged.terms.symbol) == (kept.side, "BTCUSDT")
