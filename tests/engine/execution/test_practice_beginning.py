"""Practice begun anew: the books of the account that is gone are ended, and nobody else's."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.practice import PracticeBeginning
from domain.risk.limits import RiskLimits
from domain.terms import CloseReason, OrderState, Phase, PlanState, Purpose, ReopenState
from engine.execution.practice_beginning import begin_anew
from services.account import current_account_id
from storage.bot_tables import JournalRow
from storage.practice import load_practice_beginning, save_practice_beginning
from storage.risk import load_limits, save_limits
from storage.tables import AccountRow, OrderRow, PositionRow
from tests.domain.trades import D
from tests.services.building import (
    NOW,
    add_account,
    add_closed,
    add_equity,
    add_order,
    add_plan,
    add_position,
    bot_health,
)


@pytest.fixture
def former(session: Session) -> AccountRow:
    return add_account(session, alias="old")


@pytest.fixture
def account(session: Session) -> AccountRow:
    return add_account(session, alias="new")


@pytest.fixture
def session(session_factory: sessionmaker[Session]) -> Iterator[Session]:
    with session_factory() as opened:
        yield opened


def begin(session: Session, former: AccountRow, account: AccountRow) -> None:
    save_practice_beginning(session, PracticeBeginning(NOW, Decimal(1000), former.id))
    begin_anew(session, load_practice_beginning(session), account, NOW)
    session.flush()


def said(session: Session, account: AccountRow) -> list[str]:
    return list(session.scalars(select(JournalRow.text).where(JournalRow.account_id == account.id)))


def test_whatever_went_on_there_has_ended_and_is_counted(
    session: Session, former: AccountRow, account: AccountRow
) -> None:
    plan = add_plan(session, former)
    ahead = NOW + timedelta(hours=8)  # its clock had been moved on
    opened = add_position(session, plan, opened_at=ahead)
    closing = add_position(session, add_plan(session, former, symbol="ETHUSDT"), phase=Phase.CLOSING)
    entering = add_position(session, add_plan(session, former, symbol="SOLUSDT"), phase=Phase.ENTERING, opened_at=None)
    waiting = add_closed(session, plan, "5", NOW, 2, reopen_state=ReopenState.WAITING)
    for purpose, state in ((Purpose.STOP, OrderState.WORKING), (Purpose.CLOSE, OrderState.STAGED)):
        add_order(session, opened, purpose, state=state, executed_quantity=D(0))

    begin(session, former, account)

    for position in (opened, closing, entering, waiting, plan):
        session.refresh(position)
    assert [one.phase for one in (opened, closing, entering)] == [Phase.CLOSED, Phase.CLOSED, Phase.FAILED]
    assert (opened.close_reason, opened.net_usdt, opened.closed_at) == (CloseReason.LOST, None, ahead)
    assert waiting.reopen_state is ReopenState.SKIPPED
    assert plan.state is PlanState.ENDED
    states = session.scalars(select(OrderRow.state).order_by(OrderRow.id)).all()
    assert states == [OrderState.EXPIRED, OrderState.WITHDRAWN]
    assert said(session, account) == [
        "Practice begins anew with 1\u202f000.00 USDT. 2 trades that were open went with the old account, as the "
        "history did."
    ]


def test_it_happens_once_and_the_limits_go_on(session: Session, former: AccountRow, account: AccountRow) -> None:
    wanted = RiskLimits(day_loss_usdt=D(50))
    save_limits(session, former.id, wanted, NOW)

    begin(session, former, account)
    begin_anew(session, load_practice_beginning(session), account, NOW)

    assert load_limits(session, account.id) == wanted
    assert len(said(session, account)) == 1


def test_a_standby_no_longer_shows_the_account_that_went(
    session: Session, former: AccountRow, account: AccountRow
) -> None:
    add_equity(session, former, "10000", NOW + timedelta(hours=8))
    add_equity(session, account, "1000", NOW)

    begin(session, former, account)

    assert current_account_id(session, bot_health(None)) == account.id


@pytest.mark.parametrize("family", ["binance test", "practice"])
def test_no_other_account_is_ended(session: Session, former: AccountRow, account: AccountRow, family: str) -> None:
    other = add_account(session, family=family, alias="another")
    live = add_position(session, add_plan(session, other))

    begin(session, former, account)

    assert session.get_one(PositionRow, live.id).phase is Phase.OPEN


def test_an_account_at_binance_is_never_ended_even_when_the_wish_names_it(
    session: Session, account: AccountRow
) -> None:
    real = add_account(session, family="binance test", alias="real")
    live = add_position(session, add_plan(session, real))

    begin(session, real, account)

    assert session.get_one(PositionRow, live.id).phase is Phase.OPEN
