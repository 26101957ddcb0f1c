"""The front door of the engine: one monitor a process, with one scheduler behind it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.orm import Session, sessionmaker

from config import Config
from engine.state.routines import ROUTINE_EVERY
from monitor import PositionMonitor, get_monitor, set_monitor
from storage.lease import Lease
from strategy import Try1Strategy


@pytest.fixture
def monitor(database_url: str, session_factory: sessionmaker[Session]) -> Iterator[PositionMonitor]:
    config = Config.from_environment({"DATABASE_URL": database_url, "EXCHANGE": "practice"})
    yield PositionMonitor(config, session_factory, Lease(database_url, "first"), Try1Strategy())
    set_monitor(None)


def test_there_is_no_monitor_before_the_server_has_started_one() -> None:
    with pytest.raises(RuntimeError, match="make run"):
        get_monitor()


def test_everybody_gets_the_one_that_the_server_started(monitor: PositionMonitor) -> None:
    set_monitor(monitor)

    assert get_monitor() is monitor
    assert get_monitor() is monitor


def test_behind_it_is_one_scheduler_with_a_job_for_each_routine(monitor: PositionMonitor) -> None:
    set_monitor(monitor)

    scheduler = get_monitor().scheduler

    assert isinstance(scheduler, BackgroundScheduler)
    assert {job.id for job in scheduler.get_jobs()} == {routine.value for routine in ROUTINE_EVERY}
    assert scheduler.get_job("check_positions").trigger.interval == timedelta(seconds=5)
    assert not scheduler.running
