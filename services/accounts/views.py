"""What Settings shows of keys and venue."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from domain.venues import Venue


class KeySource(StrEnum):
    """Where the API keys in use come from."""

    NONE = "NONE"
    ENVIRONMENT = "ENVIRONMENT"
    SAVED = "SAVED"
    LOCKED = "LOCKED"  # saved, and unreadable with this SESSION_SECRET
    PRACTICE = "PRACTICE"  # the practice exchange's own account


@dataclass(frozen=True, slots=True)
class KeyStatus:
    """What Settings shows of the keys: never more than the last four characters."""

    source: KeySource
    last_four: str | None
    saved_at: datetime | None
    venue: Venue
    venue_fixed_by_environment: bool
    saving_refused_because: str | None  # e.g. no SESSION_SECRET with DATABASE_URL set
    live_positions: int  # on the account in use; changing keys or venue asks first


@dataclass(frozen=True, slots=True)
class KeyCheck:
    """Outcome of pasting keys: checked against the exchange before anything is stored."""

    accepted: bool
    message: str
    wallet_usdt: Decimal | None
