"""The jobs of the scheduler: each makes one routine due at its own times, and wakes the actor."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from apscheduler.schedulers.background import BackgroundScheduler

from engine.state.routines import ROUTINE_EVERY, Routine

# A bot that is restarted every day would never come to what is done once a day.
FIRST_RETENTION_AFTER = timedelta(minutes=5)


def routine_scheduler(make_due: Callable[[Routine], None]) -> BackgroundScheduler:
    """Return a scheduler, not started, with one job for each routine; a late or missed run is made up for once."""
    scheduler = BackgroundScheduler(timezone=UTC)
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
