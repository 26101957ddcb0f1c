"""Without the database: when the staged stop of an entry may be sent all the same."""

from typing import cast

import pytest
from sqlalchemy.orm import Session, sessionmaker

from binance_client import BinanceTestnetClient
from domain.terms import OrderState, Purpose
from engine.dispatch.emergency import LEASE_GOOD_FOR_SECONDS, protect_without_database
from engine.execution.order_writer import intent_of
from engine.requests.reports import Cancelled, OrderAck, Received
from engine.state.staged_stop import StagedStop
from storage.mapping import reopen_rule, trade_terms
from tests.engine.building import D, OpenTrade, add_order

NOT_USED = cast("BinanceTestnetClient", None)


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    trade = OpenTrade(session_factory())
    staged = add_order(trade.session, trade.position, Purpose.STOP, OrderState.STAGED, attempt=2, quantity=None)
    terms = trade_terms(trade.position, reopen_rule(trade.rows.plan_of(trade.position)))
    trade.state.staged_stops[trade.entry.id] = StagedStop(staged.id, intent_of(staged), terms, D("0.0005"))
    _, child, _ = trade.stop_filled()
    trade.state.received = [Received(OrderAck(trade.entry.id, order=child), 1)]
    return trade


@pytest.mark.parametrize("age", [None, LEASE_GOOD_FOR_SECONDS + 0.1])
def test_only_who_held_the_lease_a_moment_ago_may_send_it(trade: OpenTrade, age: float | None) -> None:
    assert protect_without_database(trade.state, NOT_USED, age, 0.0) == []
    assert trade.state.staged_stops


def test_nothing_is_sent_for_what_did_not_fill_or_has_no_stop_staged(trade: OpenTrade) -> None:
    trade.state.received = [Received(OrderAck(trade.entry.id, code=-2019), 1), Received(Cancelled(trade.stop.id), 1)]
    unfilled = protect_without_database(trade.state, NOT_USED, 1.0, 0.0)
    _, child, _ = trade.stop_filled()
    trade.state.received = [Received(OrderAck(trade.stop.id, order=child), 1)]
    without_staged = protect_without_database(trade.state, NOT_USED, 1.0, 0.0)

    assert (unfilled, without_staged) == ([], [])
