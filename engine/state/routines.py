"""What the bot does at regular times: a job of the scheduler makes it due, the actor does it."""

from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class Routine(StrEnum):
    """One thing that is done again and again, whatever happens."""

    CHECK_POSITIONS = "check_positions"  # all positions and all resting orders are read
    SAMPLE_EQUITY = "sample_equity"
    MEASURE_CLOCK = "measure_clock"
    VERIFY_ACCOUNT = "verify_account"  # position mode and margin mode
    READ_RULES = "read_rules"  # of every pair
    APPLY_RETENTION = "apply_retention"


ROUTINE_EVERY = MappingProxyType(
    {
        Routine.CHECK_POSITIONS: timedelta(seconds=5),
        Routine.SAMPLE_EQUITY: timedelta(seconds=30),
        Routine.MEASURE_CLOCK: timedelta(minutes=10),
        Routine.VERIFY_ACCOUNT: timedelta(hours=1),
        Routine.READ_RULES: timedelta(hours=1),
        Routine.APPLY_RETENTION: timedelta(days=1),
    }
)
