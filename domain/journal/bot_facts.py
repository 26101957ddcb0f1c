"""Facts of the bot and of the account: signing in, alerts, limits that were reached, sums and summaries."""

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


@dataclass(frozen=True, slots=True)
class VenueMeasured:
    """How the exchange behaves was measured; so many of the open questions have an answer."""

    EVENT: ClassVar = JournalEvent.VENUE_MEASURED
    SEVERITY: ClassVar = Severity.INFO
    answered: int
    questions: int


@dataclass(frozen=True, slots=True)
class EnvironmentReset:
    """The exchange no longer knows the account's history; left names what is open there and nobody here opened."""

    EVENT: ClassVar = JournalEvent.ENVIRONMENT_RESET
    SEVERITY: ClassVar = Severity.WARNING
    gone: int  # live trades of which the exchange shows nothing
    left: str


@dataclass(frozen=True, slots=True)
class PracticeBegun:
    """Practice began anew as a person wished; gone is how many trades were open on the account that went."""

    EVENT: ClassVar = JournalEvent.PRACTICE_BEGUN
    SEVERITY: ClassVar = Severity.INFO
    balance_usdt: Decimal
    gone: int


@dataclass(frozen=True, slots=True)
class _Summary:
    """What the trades of one account brought in a period; unknown results are counted, not summed."""

    SEVERITY: ClassVar = Severity.INFO
    trades: int
    won: int
    lost: int
    unknown: int
    net_usdt: Decimal
    best_usdt: Decimal | None
    worst_usdt: Decimal | None
    open_now: int


@dataclass(frozen=True, slots=True)
class DailySummary(_Summary):
    """What yesterday brought, in the person's zone."""

    EVENT: ClassVar = JournalEvent.DAILY_SUMMARY


@dataclass(frozen=True, slots=True)
class WeeklySummary(_Summary):
    """What last week brought, in the person's zone."""

    EVENT: ClassVar = JournalEvent.WEEKLY_SUMMARY
