"""What moving exits write beside orders."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from sqlalchemy.orm import Session, sessionmaker

from decisions.actions import MoveStop
from domain.exit_plan import ExitPlan, MoveReason, Trail, TrailUnit
from domain.exit_plan_json import stored_exits
from engine.execution.moving_exits import MovingExitRows
from engine.state.backoff import REFUSED_MOVE_RETRY
from tests.engine.building import OpenTrade
from tests.services.building import NOW

D = Decimal
TRAILING = ExitPlan(trail=Trail(TrailUnit.PRICE, D(300)))


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory() as session:
        yield session


def looking(session: Session) -> tuple[OpenTrade, MovingExitRows]:
    trade = OpenTrade(session, exits=stored_exits(TRAILING))
    return trade, MovingExitRows(trade.context, trade.lifecycle.journal)


def test_the_best_mark_only_gets_better(session: Session) -> None:
    trade, rows = looking(session)

    for mark in (100_000, 100_200, 100_100):
        trade.state.marks.latest = {"BTCUSDT": D(mark)}
        rows.look()

    assert trade.rows.exit_progress[trade.position.id].best_mark == D(100_200)


def test_pairs_on_which_something_moves_are_watched(session: Session) -> None:
    trade, rows = looking(session)
    rows.look()
    assert trade.state.marks.watched == {"BTCUSDT"}

    trade.position.exits = None
    rows.look()
    assert trade.state.marks.watched == frozenset()


def test_a_move_is_wanted_from_now_on_and_one_refused_waits(session: Session) -> None:
    trade, rows = looking(session)

    rows.move(MoveStop(trade.position.id, D(99_900), MoveReason.TRAIL))
    progress = trade.rows.exit_progress[trade.position.id]
    assert (trade.position.stop_price, progress.moved_at, progress.move_reason) == (D(99_900), NOW, MoveReason.TRAIL)

    rows.refused(trade.position)
    assert (progress.move_reason, progress.not_before) == (None, NOW + REFUSED_MOVE_RETRY)


def test_a_dropped_target_is_remembered_once(session: Session) -> None:
    trade, rows = looking(session)

    for number in (2, 1, 2):
        rows.drop_target(trade.position, number)

    assert trade.rows.exit_progress[trade.position.id].dropped_targets == [1, 2]
