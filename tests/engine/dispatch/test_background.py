"""Requests beside the actor: what comes of them, also when they end in a fault of the bot's own."""

import threading
from collections.abc import Callable, Iterator
from decimal import Decimal

import pytest

from domain.terms import Basis, ReopenRule, Side, TradeTerms
from engine.dispatch.background import BackgroundRequests
from engine.requests.account import ReadBalance, ReadIncome
from engine.requests.adoption import Adoption, AdoptionFailed, ReadAdoption
from engine.requests.catalogue import Task
from engine.requests.entry import PrepareEntry
from engine.requests.reports import EntryNotPrepared, Observation, Received, TaskFailed
from engine.state.wake_up import WakeUp
from tests.services.building import NOW
from tests.support.waiting import eventually

D = Decimal
TERMS = TradeTerms("BTCUSDT", Side.LONG, D(100), 10, D(10), D(5), Basis.NET, ReopenRule(enabled=False))
ADOPTION = Adoption("adopt-1", "BTCUSDT", Side.LONG, D(10), D(5), close_at_once=False)


@pytest.fixture
def background() -> Iterator[BackgroundRequests]:
    background = BackgroundRequests(WakeUp())
    yield background
    background.stop()


def fault(task: Task) -> Observation:
    raise KeyError("a field nobody sends")


def answered(task: Task) -> Observation:
    return TaskFailed(task, "no answer")


def result_of(background: BackgroundRequests, work: Callable[[Task], Observation], task: Task) -> Received:
    """Run a request and return what the actor gets of it."""
    background.submit(work, task, batch=3)
    return eventually(background.drain, "a result")[0]


def test_a_result_counts_in_the_batch_it_was_sent_in(background: BackgroundRequests) -> None:
    assert result_of(background, answered, ReadBalance()) == Received(TaskFailed(ReadBalance(), "no answer"), 3)
    assert background.take_faults() == 0


def test_a_fault_is_logged_counted_and_answered(
    background: BackgroundRequests, caplog: pytest.LogCaptureFixture
) -> None:
    received = result_of(background, fault, ReadIncome(NOW, NOW))

    assert isinstance(received.observation, TaskFailed)
    assert isinstance(received.observation.task, ReadIncome)
    assert "a field nobody sends" in caplog.text
    assert background.take_faults() == 1
    assert background.take_faults() == 0


def test_an_entry_whose_preparation_ends_in_a_fault_is_tried_again_later(background: BackgroundRequests) -> None:
    received = result_of(background, fault, PrepareEntry("open-1", TERMS))

    assert isinstance(received.observation, EntryNotPrepared)
    assert (received.observation.key, received.observation.lasting) == ("open-1", False)


def test_an_adoption_that_ends_in_a_fault_is_answered(background: BackgroundRequests) -> None:
    assert isinstance(result_of(background, fault, ReadAdoption(ADOPTION)).observation, AdoptionFailed)


def test_what_is_in_flight_is_known_by_name_until_its_result_can_be_taken(background: BackgroundRequests) -> None:
    may_end = threading.Event()

    def held(task: Task) -> Observation:
        may_end.wait(30)
        return EntryNotPrepared("open-1", "no answer", lasting=False)

    background.submit(held, PrepareEntry("open-1", TERMS), batch=1)
    in_flight = background.in_flight()
    may_end.set()

    assert in_flight == {"open-1"}


def test_what_was_sent_before_is_forgotten(background: BackgroundRequests) -> None:
    begun, may_end = threading.Event(), threading.Event()

    def held(task: Task) -> Observation:
        begun.set()
        may_end.wait(30)
        return answered(task)

    background.submit(held, ReadBalance(), batch=1)
    begun.wait(30)
    background.forget()
    may_end.set()

    assert result_of(background, answered, ReadIncome(NOW, NOW)).observation == TaskFailed(
        ReadIncome(NOW, NOW), "no answer"
    )
