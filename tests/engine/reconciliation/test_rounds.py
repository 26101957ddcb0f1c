"""Rounds of a plan: each is opened once, however often it is tried."""

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session, sessionmaker

from domain.terms import Phase
from engine.reconciliation.rounds import round_is_claimed
from engine.state.working_set import WorkingSet
from storage.tables import PlanRow, PositionRow
from tests.services.building import NOW, add_account, add_closed, add_plan, add_position


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Session:
    return session_factory()


def failed(session: Session, plan: PlanRow, sequence: int, parent: PositionRow | None = None) -> PositionRow:
    parent_id = None if parent is None else parent.id
    return add_position(session, plan, phase=Phase.FAILED, sequence=sequence, parent_position_id=parent_id)


def rows(session: Session, plan: PlanRow) -> WorkingSet:
    session.flush()
    loaded = WorkingSet(session, plan.account_id)
    loaded.include([position.id for position in session.query(PositionRow)])
    return loaded


def test_a_round_that_another_try_has_opened_is_claimed(session: Session) -> None:
    plan = add_plan(session, add_account(session))
    lost = failed(session, plan, 1)
    add_position(session, plan, sequence=1)

    assert round_is_claimed(rows(session, plan), lost)


def test_a_round_that_nobody_has_opened_is_free(session: Session) -> None:
    plan = add_plan(session, add_account(session))
    lost = failed(session, plan, 1)
    failed(session, plan, 1)

    assert not round_is_claimed(rows(session, plan), lost)


def test_tries_of_one_reopening_are_one_round_whatever_their_number(session: Session) -> None:
    plan = add_plan(session, add_account(session))
    first = add_closed(session, plan, "5", NOW - timedelta(hours=1), 1)
    lost = failed(session, plan, 2, first)
    add_position(session, plan, sequence=3, parent_position_id=first.id)

    assert round_is_claimed(rows(session, plan), lost)
