"""When the routine reads are due."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class Schedule:
    """When the routine reads are due, exchange time; None = at once."""

    full_check_at: datetime | None = None
    balance_at: datetime | None = None
    income_at: datetime | None = None
    income_after: datetime | None = None  # when the last run ended: only a read from later knows its income
    preparing: set[str] = field(default_factory=set)
