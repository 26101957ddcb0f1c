"""What pages and the guard are told of who may come in."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class PasswordSource(StrEnum):
    """Where the password that shuts the dashboard comes from."""

    NONE = "none"
    ENVIRONMENT = "environment"
    SETTINGS = "settings"


class SignInOutcome(StrEnum):
    """What became of a try to sign in."""

    SIGNED_IN = "signed in"
    WRONG = "wrong"
    TOO_EARLY = "too early"
    SILENT = "silent"  # the database does not answer


@dataclass(frozen=True, slots=True)
class SignIn:
    """The answer to a try to sign in."""

    outcome: SignInOutcome
    cookie: str | None = None  # when signed in
    wait: timedelta = timedelta(0)  # when too early


@dataclass(frozen=True, slots=True)
class SignedIn:
    """One session that may come in now."""

    id: int
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class SessionView:
    """One session as Settings lists it."""

    id: int
    created_at: datetime
    active_at: datetime  # last press or key
    address: str
    browser: str
    own: bool  # the one that asks


@dataclass(frozen=True, slots=True)
class AccessStatus:
    """What Settings shows of the lock on the dashboard."""

    password: PasswordSource
    second_factor: bool
    second_factor_refused_because: str | None  # why none can be set up
    recovery_codes_left: int
    idle_for: timedelta
    sessions: tuple[SessionView, ...]  # newest activity first
