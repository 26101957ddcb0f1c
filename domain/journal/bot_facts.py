"""Facts of the bot and of the account: signing in, alerts, limits, what the person set."""

from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar

from domain.journal.events import JournalEvent
from domain.terms import Severity


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The bot uses an account from now on."""

    EVENT: ClassVar = JournalEvent.SIGNED_IN
    SEVERITY: ClassVar = Severity.INFO
    venue: str
    alias: str


@dataclass(frozen=True, slots=True)
class AlertRaised:
    """Something is wrong; the severity is the alert's own."""

    EVENT: ClassVar = JournalEvent.ALERT_RAISED
    code: str
    title: str
    text: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class AlertResolved:
    """It is over."""

    EVENT: ClassVar = JournalEvent.ALERT_RESOLVED
    SEVERITY: ClassVar = Severity.GOOD
    code: str
    title: str
    lasted_seconds: int


@dataclass(frozen=True, slots=True)
class LimitReached:
    """A limit of the account or of a plan was reached; reason is a sentence."""

    EVENT: ClassVar = JournalEvent.LIMIT_REACHED
    SEVERITY: ClassVar = Severity.WARNING
    kind: str
    used: Decimal
    limit: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class LimitLifted:
    """A limit no longer holds; name is what a person calls it."""

    EVENT: ClassVar = JournalEvent.LIMIT_LIFTED
    SEVERITY: ClassVar = Severity.GOOD
    kind: str
    name: str


@dataclass(frozen=True, slots=True)
class ResultsRecounted:
    """Sums kept for History differed from the trades on some days, and were counted anew."""

    EVENT: ClassVar = JournalEvent.RESULTS_RECOUNTED
    SEVERITY: ClassVar = Severity.WARNING
    days: int
    first_day: str  # of UTC, 2026-11-30
    last_day: str
