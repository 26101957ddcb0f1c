"""How long a decision waits for something before it does something else."""

from datetime import timedelta

UNPROTECTED_DEADLINE = timedelta(seconds=5)
TRIGGERING_DEADLINE = timedelta(seconds=3)
LOOK_AGAIN_AFTER = timedelta(minutes=1)  # at a position where a stop rests that cannot be read
TRY_EVERY = timedelta(seconds=1)  # whatever is unknown about the last try of a position without a stop
RETRY_FAST = timedelta(milliseconds=200)
