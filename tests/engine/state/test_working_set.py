"""The rows of one cycle: which trades are in it, and what they and others hold."""

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.position_key import PositionKey
from domain.terms import OrderState, Phase, Purpose, ReopenState, Side
from engine.state.row_mapping import key_of
from engine.state.working_set import WorkingSet
from tests.engine.building import D, OpenTrade, add_order
from tests.services.building import NOW, add_account, add_closed, add_plan, add_position

LONG = PositionKey("BTCUSDT", Side.LONG)


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def test_it_holds_what_has_something_to_do(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        plan = add_plan(session, add_account(session))
        live = add_position(session, plan)
        over = add_closed(session, plan, "5", NOW, 2)
        waiting = add_closed(session, plan, "5", NOW, 3, reopen_state=ReopenState.WAITING)
        tidying = add_closed(session, plan, "5", NOW, 4)
        add_order(session, tidying, Purpose.TARGET, OrderState.WORKING)
        late = add_position(session, plan, sequence=5, phase=Phase.FAILED)

        rows = WorkingSet.load(session, plan.account_id)
        named = WorkingSet.load(session, plan.account_id, [over.id])

        assert set(rows.positions) == {live.id, waiting.id, tidying.id, late.id}
        assert over.id in named.positions


def test_an_executed_entry_counts_before_its_trades_can_be_read(trade: OpenTrade) -> None:
    trade.position.entry_quantity = D(0)

    assert trade.rows.own_quantity(trade.position) == D("0.03")


def test_more_closed_than_held_is_a_negative_quantity_and_shows_in_what_is_expected(trade: OpenTrade) -> None:
    trade.position.exit_quantity = D("0.04")

    assert trade.rows.own_quantity(trade.position) == D("-0.01")
    assert trade.rows.expected_quantity(LONG) == D("-0.01")


def test_what_ought_to_be_held_at_a_key_is_ours_and_what_others_added(trade: OpenTrade) -> None:
    trade.position.external_quantity = D("0.01")

    assert trade.rows.expected_quantity(LONG) == D("0.04")
    assert trade.rows.expected_quantity(LONG.opposite) == 0


def test_an_abandoned_trade_that_filled_is_counted_beside_the_live_one(trade: OpenTrade) -> None:
    late = add_position(
        trade.session,
        trade.rows.plan_of(trade.position),
        sequence=2,
        phase=Phase.FAILED,
        entry_quantity=D("0.02"),
        exit_quantity=D(0),
    )
    trade.rows.include([late.id])

    assert trade.rows.abandoned_at(LONG) == [late]
    assert trade.rows.others_quantity(trade.position) == D("0.02")


def test_an_order_made_in_the_cycle_is_the_newest_of_its_purpose(trade: OpenTrade) -> None:
    second = add_order(trade.session, trade.position, Purpose.STOP, OrderState.UNKNOWN, attempt=2)
    trade.rows.add_order(second)

    assert trade.rows.order_before(second) is trade.stop
    assert [order.order_id for order in trade.rows.open_orders()] == [trade.stop.id, second.id]
    assert trade.rows.live_keys() == {key_of(trade.position)}


def test_what_is_here_already_stays_as_it_is(trade: OpenTrade) -> None:
    trade.rows.include([trade.position.id])

    assert trade.rows.positions_at[LONG] == [trade.position]
