"""Where the actor stands in asking whether the account's history is still there."""

from dataclasses import dataclass
from datetime import datetime

from engine.requests.history import VerifyHistory


@dataclass(slots=True)
class HistoryCheck:
    """One account's; the actor's alone."""

    due: bool = True  # after a sign-in, and hourly
    requested: bool = False  # an answer is awaited
    not_before: datetime | None = None
    missed: VerifyHistory | None = None  # the row that was asked for in vain: newer ones are the new account's
    missed_since: datetime | None = None  # since when it is missing
