"""Where the actor stands in asking whether the account's history is still there."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class HistoryCheck:
    """One account's; the actor's alone."""

    due: bool = True  # after a sign-in, and hourly
    requested: bool = False  # an answer is awaited
    not_before: datetime | None = None
    missed_since: datetime | None = None  # since when the row asked for is missing
