"""The jobs of the scheduler: each makes one routine due at its own times, and wakes the actor."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.job import Job
from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.interval import IntervalTrigger

from engine.state.routines import ROUTINE_EVERY, Routine

# A bot that is restarted every day would never come to what is done once a day.
FIRST_RETENTION_AFTER = timedelta(minutes=5)
NO_STEP = timedelta(seconds=1)  # clocks are kept right by less than this all the time


class SkippingInterval(IntervalTrigger):  # type: ignore[misc]  # the library ships no types
    """Fires at an interval, and at most once for all the times that a jump of the clock or a sleep has passed over.

    The library would list every one of them: millions, when a clock that was wrong is set right.
    """

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """Return the next moment; one that has passed already is skipped."""
        following: datetime | None = super().get_next_fire_time(previous_fire_time, now)
        return following if following is None or following > now else now + self.interval


class RoutineScheduler(BackgroundScheduler):  # type: ignore[misc]  # the library ships no types
    """A scheduler whose intervals neither catch up on what was missed nor wait for a clock that was set back."""

    _clock_gap: datetime | None = None  # between this machine's clock and one that is never set

    def add_job(self, func: Callable[..., object], trigger: object = None, *args: object, **options: object) -> Job:
        """Add a job; one at an interval gets a trigger that skips missed times."""
        if trigger == "interval":
            spans: dict[str, Any] = {
                name: options.pop(name) for name in ("seconds", "minutes", "hours", "days") if name in options
            }
            trigger = SkippingInterval(**spans, timezone=UTC)
        return super().add_job(func, trigger, *args, **options)

    def _process_jobs(self) -> float | None:
        """Run what is due. A clock that was set back takes the times of all jobs with it.

        The library compares clocks only: it would wait for as long as the clock was set back.
        """
        gap = datetime.now(UTC) - timedelta(seconds=time.monotonic())
        set_back = self._clock_gap - gap if self._clock_gap is not None else timedelta(0)
        self._clock_gap = gap
        if set_back > NO_STEP:
            for job in self.get_jobs():
                if job.next_run_time is not None:
                    job.modify(next_run_time=job.next_run_time - set_back)
        seconds: float | None = super()._process_jobs()
        return seconds


def routine_scheduler(make_due: Callable[[Routine], None]) -> BackgroundScheduler:
    """Return a scheduler, not started, with one job for each routine; a late or missed run is made up for once."""
    scheduler = RoutineScheduler(timezone=UTC)
    for routine, every in ROUTINE_EVERY.items():
        first = datetime.now(UTC) + min(every, FIRST_RETENTION_AFTER)
        scheduler.add_job(
            make_due,
            "interval",
            args=[routine],
            id=routine.value,
            seconds=every.total_seconds(),
            next_run_time=first,
            max_instances=1,
            coalesce=True,
            misfire_grace_time=None,
        )
    return scheduler
