"""One cycle: what was received goes into the rows, what follows is decided, all in one transaction."""

from datetime import timedelta

from sqlalchemy.orm import Session, sessionmaker

from domain.terms import CloseReason, Phase
from engine.cycle import Cycle
from engine.requests.account import ReadAccount, ReadIncome
from engine.requests.reports import AccountRead, OrderStatusReport, Received, TaskFailed
from engine.state.backoff import FULL_CHECK_AT_LATEST, INCOME_AFTER_CLOSE, INCOME_EVERY, READ_RETRY
from strategy import Try1Strategy
from tests.engine.building import BATCH, OpenTrade
from tests.services.building import NOW


def run(session: Session, trade: OpenTrade, *reports: Received) -> Cycle:
    """Run one cycle that takes in the reports."""
    trade.state.received = list(reports)
    cycle = Cycle(session, trade.position.account_id, trade.state, NOW)
    cycle.run(Try1Strategy(), "abcdef", hedge=True, usage=None)
    return cycle


def test_the_income_is_read_early_after_a_stop_has_closed_a_trade(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)
        trade.state.schedule.income_at = NOW + INCOME_EVERY
        conditional, child, fill = trade.stop_filled()

        report = OrderStatusReport(trade.stop.id, child, conditional, (fill,), positions=())
        run(session, trade, Received(report, BATCH + 1))

        assert (trade.position.phase, trade.position.close_reason) == (Phase.CLOSED, CloseReason.SL)
        assert trade.state.schedule.income_at == NOW + INCOME_AFTER_CLOSE
        assert trade.state.schedule.income_after == NOW


def test_a_full_check_that_was_not_answered_is_made_again_soon(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)
        trade.state.schedule.full_check_at = NOW + timedelta(seconds=30)

        run(session, trade, Received(TaskFailed(ReadAccount(), "no answer"), BATCH + 1))

        assert trade.state.schedule.full_check_at == NOW + READ_RETRY


def test_what_is_due_is_asked_for_once(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)
        account_id = trade.position.account_id

        first = Cycle(session, account_id, trade.state, NOW).run(Try1Strategy(), "abcdef", hedge=True, usage=None)
        second = Cycle(session, account_id, trade.state, NOW).run(Try1Strategy(), "abcdef", hedge=True, usage=None)

        assert {type(task) for task in first} >= {ReadAccount, ReadIncome}
        assert not {type(task) for task in second} & {ReadAccount, ReadIncome}


def test_a_report_that_was_taken_in_counts_in_its_batch(session_factory: sessionmaker[Session]) -> None:
    with session_factory() as session:
        trade = OpenTrade(session)

        run(session, trade, Received(AccountRead((), ()), BATCH + 1))

        assert trade.state.exchange.full_batch == BATCH + 1
        assert trade.state.schedule.full_check_at == NOW + FULL_CHECK_AT_LATEST
