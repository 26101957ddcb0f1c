"""Rows into what moving exits are decided from."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session, sessionmaker

from decisions.view import WantedTarget
from domain.exit_plan import ExitPlan, PartialTarget
from domain.exit_plan_json import stored_exits
from domain.terms import OrderState, Purpose
from engine.state.exits import moving_exits
from tests.engine.building import OpenTrade, add_order
from tests.services.building import BTC_RULES

D = Decimal
HALVES = ExitPlan(targets=(PartialTarget(D(30), D(50)), PartialTarget(D(60), D(50))))


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory() as session:
        yield session


def opened(session: Session, plan: ExitPlan) -> OpenTrade:
    """Return a LONG of 0.03 BTC at 100 000 whose exits move."""
    return OpenTrade(session, exits=stored_exits(plan))


def test_a_trade_without_moving_exits_has_none(session: Session) -> None:
    trade = OpenTrade(session)

    assert moving_exits(trade.position, trade.rows, trade.state) is None


def test_targets_are_parts_of_the_trade_and_the_last_takes_the_rest(session: Session) -> None:
    trade = opened(session, HALVES)

    exits = moving_exits(trade.position, trade.rows, trade.state)

    assert exits is not None
    assert [(target.number, target.quantity) for target in exits.targets] == [(1, D("0.015")), (2, None)]
    assert exits.targets_reached == 0


def test_a_target_that_was_taken_is_reached_and_wanted_no_more(session: Session) -> None:
    trade = opened(session, HALVES)
    part = add_order(
        session, trade.position, Purpose.TARGET, OrderState.FILLED, executed_quantity=D("0.015"), target_number=1
    )
    trade.rows.add_order(part)

    exits = moving_exits(trade.position, trade.rows, trade.state)

    assert exits is not None
    assert exits.targets_reached == 1
    assert [target.number for target in exits.targets] == [2]


def test_a_target_that_the_exchange_does_not_take_is_dropped(session: Session) -> None:
    trade = opened(session, HALVES)
    trade.rows.progress_of(trade.position).dropped_targets = [1]

    exits = moving_exits(trade.position, trade.rows, trade.state)

    assert exits is not None
    assert [target.number for target in exits.targets] == [2]


def test_no_target_is_for_more_than_is_ours(session: Session) -> None:
    trade = opened(session, ExitPlan(targets=(PartialTarget(D(30), D(80)),)))
    trade.position.exit_quantity = D("0.02")

    exits = moving_exits(trade.position, trade.rows, trade.state)

    assert exits is not None
    assert exits.targets == (WantedTarget(1, exits.targets[0].price, D("0.01")),)


def test_the_result_now_counts_what_is_left_at_the_mark(session: Session) -> None:
    trade = opened(session, ExitPlan(break_even_after_usdt=D(5)))
    trade.state.marks.latest = {BTC_RULES.symbol: D(100_100)}

    exits = moving_exits(trade.position, trade.rows, trade.state)

    assert exits is not None
    assert exits.mark == D(100_100)
    fee_out = trade.position.taker_rate * D(100_100) * D("0.03")
    assert trade.position.net_usdt is not None
    assert exits.net_now_usdt == D(3) + trade.position.net_usdt - fee_out
