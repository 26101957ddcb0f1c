"""One account's work: a cycle reads, asks and learns; a fault is shown for a while; what is gone is not worked on."""

from collections.abc import Iterator

import pytest
from sqlalchemy.orm import Session, sessionmaker

from engine.requests.account import ReadAccount
from engine.requests.reports import AccountRead
from engine.state.routines import Routine
from storage.lease import LeaseLost
from tests.engine.signed_in import Parts, engine_parts
from tests.support.practice import PracticeExchange


@pytest.fixture
def parts(database_url: str, session_factory: sessionmaker[Session], exchange: PracticeExchange) -> Iterator[Parts]:
    with engine_parts(database_url, session_factory, exchange) as made:
        state = made.supervisor.connect()
        assert state is not None
        made.worker.begin(state)
        yield made


def test_the_first_cycle_asks_for_a_full_check_and_the_next_one_knows_it(parts: Parts) -> None:
    tasks = parts.worker.run_cycle()
    learned = parts.worker.perform([task for task in tasks if isinstance(task, ReadAccount)])
    reports = [item.observation for item in parts.worker.state.received]
    parts.worker.run_cycle()

    assert learned
    assert [type(report) for report in reports] == [AccountRead]
    assert parts.worker.state.received == []
    assert parts.worker.state.exchange.last_full_check_at is not None


def test_a_cycle_of_who_lost_the_lease_writes_nothing_and_keeps_what_it_learned(parts: Parts) -> None:
    parts.worker.perform([ReadAccount()])
    parts.lease.give_up("a test")

    with pytest.raises(LeaseLost):
        parts.worker.run_cycle()

    assert [type(item.observation) for item in parts.worker.state.received] == [AccountRead]


def test_a_job_that_is_due_makes_the_next_cycle_ask(parts: Parts) -> None:
    parts.worker.perform([task for task in parts.worker.run_cycle() if isinstance(task, ReadAccount)])
    parts.worker.run_cycle()
    quiet = parts.worker.run_cycle()

    parts.wake_up.make_due(Routine.CHECK_POSITIONS)
    parts.worker.query_named_orders()

    assert not any(isinstance(task, ReadAccount) for task in quiet)
    assert any(isinstance(task, ReadAccount) for task in parts.worker.run_cycle())


def test_a_gap_in_the_events_makes_everything_be_checked(parts: Parts) -> None:
    parts.worker.perform([task for task in parts.worker.run_cycle() if isinstance(task, ReadAccount)])
    parts.worker.run_cycle()

    parts.wake_up.take_gap()
    parts.worker.query_named_orders()

    assert any(isinstance(task, ReadAccount) for task in parts.worker.run_cycle())


def test_a_fault_of_its_own_stays_shown_although_the_next_cycle_succeeds(parts: Parts) -> None:
    parts.worker.note_fault()

    parts.worker.run_cycle()

    assert parts.codes() == ["internal"]


def test_without_the_database_nothing_is_sent_for_which_nothing_is_staged(parts: Parts) -> None:
    parts.worker.protect_without_database()

    assert parts.codes() == ["database"]
    assert parts.worker.state.received == []


def test_a_standby_forgets_what_was_under_way(parts: Parts) -> None:
    parts.worker.perform([ReadAccount()])
    rules = parts.worker.state.exchange.rules

    parts.worker.stand_by()

    assert parts.worker.state.received == []
    assert parts.worker.state.exchange.rules == rules


def test_it_recovers_under_the_lease_alone(parts: Parts) -> None:
    parts.worker.install = ""
    parts.worker.perform([ReadAccount()])

    parts.worker.recover()

    assert len(parts.worker.install) == 6
    assert parts.worker.state.received == []
    parts.lease.give_up("a test")
    with pytest.raises(LeaseLost):
        parts.worker.recover()
