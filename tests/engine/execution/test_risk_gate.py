"""Limits at work: no entry passes one; one that is reached is recorded, said once, and lifted when it is over."""

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from domain.exchange import Balance
from domain.reopening import EntryRefusal
from domain.risk.limits import LimitKind, RiskLimits
from domain.terms import CloseReason, Phase
from engine.execution.risk_gate import RiskGate
from engine.state.context import CycleContext
from storage.bot_tables import JournalRow
from storage.risk import save_limits
from storage.risk_tables import ReachedLimitRow
from tests.engine.building import D, OpenTrade
from tests.services.building import NOW, add_position


@pytest.fixture
def trade(session_factory: sessionmaker[Session]) -> OpenTrade:
    trade = OpenTrade(session_factory())
    trade.state.exchange.balance = Balance("SgsR", D(1000), D(1000), D(0), D(1000))
    return trade


def gate(trade: OpenTrade, later: timedelta = timedelta(0)) -> RiskGate:
    return RiskGate(CycleContext(trade.rows, trade.state, NOW + later), trade.lifecycle.journal)


def limit(trade: OpenTrade, limits: RiskLimits) -> None:
    save_limits(trade.session, trade.position.account_id, limits, NOW - timedelta(hours=1))
    trade.session.flush()


def lose(trade: OpenTrade, usdt: str) -> None:
    add_position(
        trade.session,
        trade.rows.plan_of(trade.position),
        phase=Phase.CLOSED,
        close_reason=CloseReason.SL,
        closed_at=NOW - timedelta(minutes=1),
        net_usdt=-D(usdt),
        sequence=2 + round(D(usdt) * 100),
    )


def sentences(trade: OpenTrade, event: str) -> list[str]:
    trade.session.flush()
    return list(trade.session.scalars(select(JournalRow.text).where(JournalRow.event == event)))


def test_without_a_limit_nothing_is_held_back(trade: OpenTrade) -> None:
    lose(trade, "900")

    assert gate(trade).blocking(None) is None


def test_a_loss_at_the_limit_lets_nothing_open(trade: OpenTrade) -> None:
    limit(trade, RiskLimits(day_loss_usdt=D(50), count_open_risk=False))
    lose(trade, "49.99")
    below = gate(trade).blocking(None)
    lose(trade, "0.01")

    rejected = gate(trade).blocking(None)

    assert below is None
    assert rejected is not None
    assert rejected.why is EntryRefusal.LIMIT_REACHED


def test_a_limit_is_recorded_and_said_once(trade: OpenTrade) -> None:
    limit(trade, RiskLimits(day_loss_usdt=D(50), count_open_risk=False))
    lose(trade, "50")

    gate(trade).watch()
    trade.session.flush()
    gate(trade).watch()

    rows = trade.session.scalars(select(ReachedLimitRow)).all()
    assert [(row.kind, row.used, row.limit_amount, row.lifted_at) for row in rows] == [("DAY_LOSS", D(50), D(50), None)]
    assert len(sentences(trade, "limit_reached")) == 1


def test_the_next_day_lifts_it_by_itself(trade: OpenTrade) -> None:
    limit(trade, RiskLimits(day_loss_usdt=D(50), count_open_risk=False))
    lose(trade, "50")
    gate(trade).watch()
    trade.session.flush()

    gate(trade, timedelta(days=1)).watch()

    row = trade.session.scalars(select(ReachedLimitRow)).one()
    assert row.lifted_at == NOW + timedelta(days=1)
    assert sentences(trade, "limit_lifted") == ["Loss per day: the limit no longer holds. New trades can open again."]
    assert gate(trade, timedelta(days=1)).blocking(None) is None


def test_where_the_person_wants_it_everything_is_closed(trade: OpenTrade) -> None:
    limit(
        trade,
        RiskLimits(day_loss_usdt=D(50), count_open_risk=False, close_all_after=frozenset({LimitKind.DAY_LOSS})),
    )
    lose(trade, "50")

    gate(trade).watch()

    assert trade.position.close_asked_by_person
    assert sentences(trade, "close_asked") == ["BTCUSDT LONG is closed, as you set it: Loss per day."]
