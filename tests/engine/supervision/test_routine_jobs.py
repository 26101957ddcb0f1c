"""Routine jobs: each makes its own routine due, at its own times."""

import threading
from datetime import UTC, datetime, timedelta, tzinfo

import pytest
from apscheduler.schedulers.base import STATE_RUNNING

from engine.state.routines import ROUTINE_EVERY, Routine
from engine.supervision.routine_jobs import FIRST_RETENTION_AFTER, routine_scheduler


def test_each_routine_has_its_own_interval() -> None:
    scheduler = routine_scheduler(lambda routine: None)

    assert {Routine(job.id): job.trigger.interval for job in scheduler.get_jobs()} == dict(ROUTINE_EVERY)


def test_what_is_done_once_a_day_is_done_soon_after_the_start() -> None:
    scheduler = routine_scheduler(lambda routine: None)
    scheduler.start(paused=True)
    try:
        first = scheduler.get_job(Routine.APPLY_RETENTION.value).next_run_time
    finally:
        scheduler.shutdown(wait=False)

    assert first <= datetime.now(UTC) + FIRST_RETENTION_AFTER


def test_a_job_makes_its_routine_due() -> None:
    due: list[Routine] = []
    came = threading.Event()

    def make_due(routine: Routine) -> None:
        due.append(routine)
        came.set()

    scheduler = routine_scheduler(make_due)
    scheduler.start()
    try:
        scheduler.get_job(Routine.MEASURE_CLOCK.value).modify(next_run_time=datetime.now(UTC))
        assert came.wait(30)
    finally:
        scheduler.shutdown(wait=False)

    assert due == [Routine.MEASURE_CLOCK]


def test_a_clock_that_jumps_ahead_makes_each_routine_due_once() -> None:
    scheduler = routine_scheduler(lambda routine: None)
    scheduler.start(paused=True)
    try:
        now = datetime.now(UTC) + timedelta(days=3650)
        for routine in Routine:
            job = scheduler.get_job(routine.value)
            missed = job._get_run_times(now)
            assert len(missed) == 1
            following = job.trigger.get_next_fire_time(missed[0], now)
            assert now < following <= now + job.trigger.interval
    finally:
        scheduler.shutdown(wait=False)


@pytest.mark.parametrize("hours", [1, 24 * 3650])
def test_a_clock_that_is_set_back_delays_no_job(monkeypatch: pytest.MonkeyPatch, hours: int) -> None:
    set_back = timedelta(hours=hours)

    class SetBack(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> "SetBack":
            return cls.fromtimestamp((datetime.now(tz) - set_back).timestamp(), tz)

    scheduler = routine_scheduler(lambda routine: None)
    scheduler.start(paused=True)
    try:
        scheduler.state = STATE_RUNNING
        scheduler._process_jobs()
        before = {job.id: job.next_run_time for job in scheduler.get_jobs()}
        for module in ("apscheduler.schedulers.base", "engine.supervision.routine_jobs"):
            monkeypatch.setattr(f"{module}.datetime", SetBack)
        waits = scheduler._process_jobs()
        after = {job.id: job.next_run_time for job in scheduler.get_jobs()}
    finally:
        scheduler.shutdown(wait=False)

    moved = [abs(before[name] - at - set_back) for name, at in after.items()]
    assert max(moved) < timedelta(seconds=1)
    assert waits <= min(ROUTINE_EVERY.values()).total_seconds()


def test_without_a_jump_a_routine_keeps_its_interval() -> None:
    trigger = routine_scheduler(lambda routine: None).get_jobs()[0].trigger
    at = datetime(2026, 11, 30, 12, tzinfo=UTC)

    assert trigger.get_next_fire_time(at, at) == at + trigger.interval
