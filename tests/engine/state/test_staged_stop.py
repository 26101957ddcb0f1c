"""Stops that are committed ahead: the one staged with an entry, and the spare of a trade."""

from sqlalchemy.orm import Session, sessionmaker

from domain.terms import OrderState, Phase, Purpose
from engine.state.row_mapping import intent_of
from engine.state.staged_stop import StagedStop, spare_stops
from storage.mapping import reopen_rule, trade_terms
from storage.tables import OrderRow
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

        (stop,) = found.stops
        assert (stop.order_id, stop.intent.trigger_price, stop.intent.close_position) == (spare.id, STOP_PRICE, True)
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
        spare.quantity, unknown.algo_id = ENTRY_QUANTITY, 4  # it has rested
        for_ours = spare_stops(trade.rows, BATCH)[trade.position.id]

        assert unknown.id not in for_all.protecting
        assert unknown.id in for_ours.protecting
        assert not for_all.alone


def test_a_stop_for_our_own_quantity_that_may_never_have_arrived_is_sent_again_before_any_other(
    session_factory: sessionmaker[Session],
) -> None:
    with session_factory() as session:
        trade = OpenTrade(session, phase=Phase.OPEN, own_part_only=True, external_quantity=D("0.02"))
        trade.stop.state = OrderState.CANCELLED
        lost = [
            add_order(session, trade.position, Purpose.INTERIM, OrderState.UNKNOWN, attempt=attempt)
            for attempt in (1, 2)
        ]
        staged = add_order(session, trade.position, Purpose.INTERIM, OrderState.STAGED, attempt=3)
        trade.begin_cycle()

        found = spare_stops(trade.rows, BATCH)[trade.position.id]

        assert [stop.order_id for stop in found.stops] == [lost[1].id, staged.id]
        assert (found.lost, dict(found.protecting)) == (lost[1].id, {})


def test_its_closes_are_those_of_its_own_quantity_and_it_says_whether_another_is_under_way(
    session_factory: sessionmaker[Session],
) -> None:
    with session_factory() as session:
        trade = OpenTrade(session, phase=Phase.OPEN)
        add_order(session, trade.position, Purpose.STOP, OrderState.STAGED, attempt=2, quantity=None)
        fitting = add_order(session, trade.position, Purpose.CLOSE, OrderState.STAGED)
        add_order(session, trade.position, Purpose.CLOSE, OrderState.STAGED, attempt=2, quantity=ENTRY_QUANTITY / 2)
        trade.begin_cycle()
        alone = spare_stops(trade.rows, BATCH)[trade.position.id]
        add_order(session, trade.position, Purpose.CLOSE, OrderState.UNKNOWN, attempt=3)
        trade.begin_cycle()

        beside = spare_stops(trade.rows, BATCH)[trade.position.id]
        assert [close.order_id for close in alone.closes] == [fitting.id]
        assert (beside.closes, alone.close_under_way, beside.close_under_way) == (alone.closes, False, True)


def test_a_trade_that_holds_nothing_or_has_ended_has_none(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session, phase=Phase.ENTERING)
        add_order(session, trade.position, Purpose.STOP, OrderState.STAGED, attempt=2, quantity=None)
        trade.begin_cycle()
        entering = spare_stops(trade.rows, BATCH)
        trade.position.exit_quantity = trade.position.entry_quantity
        empty = spare_stops(trade.rows, BATCH)
        trade.position.exit_quantity, trade.position.phase = D(0), Phase.CLOSED

        assert entering.keys() == {trade.position.id}
        assert (empty, spare_stops(trade.rows, BATCH)) == ({}, {})


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

        staged = StagedStop(row.id, intent_of(row), terms, D("0.0005"), trade.position.id, ())
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
