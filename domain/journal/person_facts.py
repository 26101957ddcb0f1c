"""Facts of what the person set: the dashboard's lock, API keys and venue, limits."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from domain.journal.events import JournalEvent
from domain.terms import Severity
from domain.venues import Venue


@dataclass(frozen=True, slots=True)
class PasswordSet:
    """The dashboard has a password, or another one."""

    EVENT: ClassVar = JournalEvent.PASSWORD_SET
    SEVERITY: ClassVar = Severity.INFO


@dataclass(frozen=True, slots=True)
class PasswordRemoved:
    """The dashboard opens without a password."""

    EVENT: ClassVar = JournalEvent.PASSWORD_REMOVED
    SEVERITY: ClassVar = Severity.INFO


@dataclass(frozen=True, slots=True)
class SecondFactorAdded:
    """Signing in takes a code from the phone too."""

    EVENT: ClassVar = JournalEvent.SECOND_FACTOR_ADDED
    SEVERITY: ClassVar = Severity.INFO


@dataclass(frozen=True, slots=True)
class SecondFactorRemoved:
    """Signing in takes the password alone."""

    EVENT: ClassVar = JournalEvent.SECOND_FACTOR_REMOVED
    SEVERITY: ClassVar = Severity.INFO


@dataclass(frozen=True, slots=True)
class SignedOutEverywhere:
    """Every browser has to sign in again."""

    EVENT: ClassVar = JournalEvent.SIGNED_OUT_EVERYWHERE
    SEVERITY: ClassVar = Severity.INFO


@dataclass(frozen=True, slots=True)
class KeysSaved:
    """API keys were checked and saved; last_four: the end of the key, all of it that may be shown."""

    EVENT: ClassVar = JournalEvent.KEYS_SAVED
    SEVERITY: ClassVar = Severity.INFO
    venue: Venue
    last_four: str


@dataclass(frozen=True, slots=True)
class KeysDeleted:
    """The saved API keys are gone."""

    EVENT: ClassVar = JournalEvent.KEYS_DELETED
    SEVERITY: ClassVar = Severity.INFO
    last_four: str


@dataclass(frozen=True, slots=True)
class VenueChosen:
    """Where to trade from now on."""

    EVENT: ClassVar = JournalEvent.VENUE_CHOSEN
    SEVERITY: ClassVar = Severity.INFO
    venue: Venue


@dataclass(frozen=True, slots=True)
class LimitsChanged:
    """Limits were changed; changes names each in a few words, before and after are as limits_to_json() writes them."""

    EVENT: ClassVar = JournalEvent.LIMIT_CHANGED
    SEVERITY: ClassVar = Severity.INFO
    changes: str
    before: dict[str, Any]
    after: dict[str, Any]


@dataclass(frozen=True, slots=True)
class LimitLiftedByHand:
    """A limit counts anew because the person says so; name is what a person calls it, plan_id None = the account's."""

    EVENT: ClassVar = JournalEvent.LIMIT_LIFTED_BY_HAND
    SEVERITY: ClassVar = Severity.INFO
    kind: str
    name: str
    plan_id: int | None


@dataclass(frozen=True, slots=True)
class PeakReset:
    """The drawdown counts from what is in the account now."""

    EVENT: ClassVar = JournalEvent.PEAK_RESET
    SEVERITY: ClassVar = Severity.INFO
    peak_usdt: Decimal
