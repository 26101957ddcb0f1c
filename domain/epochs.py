"""When an account has begun anew: the exchange no longer shows what it once booked, twice and a while apart."""

from datetime import datetime, timedelta
from typing import Final

CONFIRMED_AFTER: Final = timedelta(seconds=60)  # reads that lie for a moment are none of it


def has_begun_anew(missed_since: datetime | None, now: datetime) -> bool:
    """Return whether a row of income that was booked has been missing for long enough.

    Income is never taken back and is shown for three months: a row that is gone means that the account's history is.

    Args:
        missed_since: when the row was first asked for in vain, None when it was not.
        now: of the answer that says so again.
    """
    return missed_since is not None and now - missed_since >= CONFIRMED_AFTER
