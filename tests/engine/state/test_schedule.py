"""Routine reads: due when a job says so, or when the net under it is reached; asked for once."""

from datetime import timedelta

import pytest

from engine.requests.account import ReadAccount, ReadBalance, ReadIncome
from engine.state.backoff import (
    BALANCE_AT_LATEST,
    FULL_CHECK_AT_LATEST,
    INCOME_AFTER_CLOSE,
    INCOME_EVERY,
    READ_RETRY,
    READ_UNANSWERED,
)
from engine.state.routines import ROUTINE_EVERY, Routine
from engine.state.schedule import Schedule
from tests.services.building import NOW


def test_everything_is_due_at_the_start_and_asked_for_once() -> None:
    schedule = Schedule()

    first = (schedule.take_full_check(NOW), schedule.take_balance(NOW), schedule.take_income(NOW))
    again = (schedule.take_full_check(NOW), schedule.take_balance(NOW), schedule.take_income(NOW))

    assert first == (True, True, True)
    assert again == (False, False, False)
    assert schedule.take_full_check(NOW + READ_UNANSWERED)  # an answer that never came


def test_a_job_makes_a_check_due_at_once() -> None:
    schedule = Schedule()
    schedule.full_check_done(NOW)

    before = schedule.take_full_check(NOW + ROUTINE_EVERY[Routine.CHECK_POSITIONS])
    schedule.make_due(Routine.CHECK_POSITIONS)

    assert not before
    assert schedule.take_full_check(NOW)


def test_without_its_job_a_check_is_due_a_little_later() -> None:
    schedule = Schedule()
    schedule.full_check_done(NOW)
    schedule.balance_done(NOW)

    assert schedule.take_full_check(NOW + FULL_CHECK_AT_LATEST)
    assert schedule.take_balance(NOW + BALANCE_AT_LATEST)
    assert ROUTINE_EVERY[Routine.CHECK_POSITIONS] < FULL_CHECK_AT_LATEST
    assert ROUTINE_EVERY[Routine.SAMPLE_EQUITY] < BALANCE_AT_LATEST


def test_income_is_read_again_soon_until_it_was_read_from_after_the_end_of_a_trade() -> None:
    schedule = Schedule()
    schedule.trade_ended(NOW)

    schedule.income_done(NOW - timedelta(seconds=1), NOW)
    early = schedule.income_at
    schedule.income_done(NOW + timedelta(seconds=1), NOW)

    assert early == NOW + INCOME_AFTER_CLOSE
    assert schedule.income_at == NOW + timedelta(seconds=1) + INCOME_EVERY


@pytest.mark.parametrize(
    ("task", "name"),
    [(ReadAccount(), "full_check_at"), (ReadBalance(), "balance_at"), (ReadIncome(NOW, NOW), "income_at")],
)
def test_a_read_without_an_answer_is_tried_again_soon(task: ReadAccount | ReadBalance | ReadIncome, name: str) -> None:
    schedule = Schedule()

    schedule.failed(task, NOW)

    assert getattr(schedule, name) == NOW + READ_RETRY


def test_retention_is_done_once_for_each_time_that_it_is_due() -> None:
    schedule = Schedule()
    schedule.make_due(Routine.APPLY_RETENTION)

    assert [schedule.take_retention(), schedule.take_retention()] == [True, False]
