"""Views: what the strategy sees of rows and reads; building them changes neither."""

from copy import deepcopy
from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.exchange import ConditionalOrder, ConditionalStatus
from domain.rejections import Rejection
from domain.terms import OrderSide, OrderState, Side
from engine.state.quarantine import Culprit
from engine.state.views import build_views
from tests.engine.building import STOP_PRICE, D, OpenTrade, held
from tests.services.building import NOW


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    return OpenTrade(session_factory())


def stop_of_others() -> ConditionalOrder:
    return ConditionalOrder(
        symbol="BTCUSDT",
        algo_id=1,
        client_order_id="web_1",
        order_side=OrderSide.SELL,
        position_side=Side.LONG,
        order_type="STOP_MARKET",
        status=ConditionalStatus.NEW,
        trigger_price=D(90_000),
        quantity=D(0),
        close_position=True,
        child_order_id=None,
        created_at=NOW,
        triggered_at=None,
    )


def test_a_view_says_what_the_trade_holds_and_where_its_stop_rests(trade: OpenTrade) -> None:
    (view,) = build_views(trade.rows, trade.state, NOW)

    assert (view.own_quantity, view.entry_final, view.stop_price) == (D("0.03"), True, STOP_PRICE)
    assert [(order.id, order.state) for order in view.orders] == [
        (trade.entry.id, OrderState.FILLED),
        (trade.stop.id, OrderState.WORKING),
    ]


def test_building_views_writes_nothing(trade: OpenTrade) -> None:
    trade.session.flush()
    before = deepcopy(trade.state)

    build_views(trade.rows, trade.state, NOW)

    assert trade.state == before
    assert not trade.session.dirty


def test_a_position_read_that_fills_do_not_explain_is_to_be_reconciled(trade: OpenTrade) -> None:
    exchange = trade.state.exchange
    exchange.take_in(exchange.begin_batch())
    exchange.read_positions([held("0.05")], None)

    (view,) = build_views(trade.rows, trade.state, NOW)

    assert (view.exchange_quantity, view.reconciled, view.reconcile_due) == (D("0.05"), False, True)


def test_a_stop_of_others_at_the_same_key_is_in_the_way(trade: OpenTrade) -> None:
    trade.state.exchange.read_resting((stop_of_others(),), None, NOW)

    (view,) = build_views(trade.rows, trade.state, NOW)

    assert view.blocking is not None
    assert (view.blocking.order_id, view.blocking.trigger_price) == (None, D(90_000))


def test_a_rejection_is_seen_by_its_meaning(trade: OpenTrade) -> None:
    trade.stop.state, trade.stop.answer_code = OrderState.REJECTED, -2021

    (view,) = build_views(trade.rows, trade.state, NOW)

    assert view.orders[1].rejection is Rejection.WOULD_TRIGGER_NOW


@pytest.mark.parametrize(("wait", "due"), [(timedelta(0), True), (timedelta(seconds=1), False)])
def test_an_order_is_queried_when_it_falls_due(trade: OpenTrade, wait: timedelta, due: bool) -> None:
    trade.stop.state, trade.stop.not_before = OrderState.UNKNOWN, NOW + wait

    (view,) = build_views(trade.rows, trade.state, NOW)

    assert view.orders[1].query_due is due


def test_an_order_that_counted_as_absent_is_queried_when_an_event_names_it(trade: OpenTrade) -> None:
    trade.stop.state = OrderState.ABSENT
    trade.state.inbox.named_orders.add(trade.stop.client_order_id)

    (view,) = build_views(trade.rows, trade.state, NOW)

    assert view.orders[1].query_due


def test_what_is_in_quarantine_is_not_decided_about(trade: OpenTrade) -> None:
    trade.state.leave_out(Culprit(position_id=trade.position.id), NOW)

    assert build_views(trade.rows, trade.state, NOW) == []
