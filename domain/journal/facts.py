"""Every event of the journal with its typed facts, and how these are stored; the sentences are in texts.py.

Stored as the event's word and its facts as JSON, so that a notification, an interface for programs and another language
can use them. Rows from before an event had its facts keep the text they were written with.
"""

from collections.abc import Mapping
from dataclasses import fields
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, TypeVar, get_args, get_type_hints

from domain.journal.bot_facts import (
    AlertRaised,
    AlertResolved,
    DailySummary,
    EnvironmentReset,
    LimitLifted,
    LimitReached,
    PracticeBegun,
    ResultsRecounted,
    SignedIn,
    VenueMeasured,
    WeeklySummary,
)
from domain.journal.events import JournalEvent
from domain.journal.exit_facts import ExitsEdited, StopMoved, TargetHit
from domain.journal.external_facts import (
    Adopted,
    ClosingExternalPart,
    ClosingUnreadable,
    ExternalPartLeft,
    ExternalTrade,
    Missing,
    WrittenOff,
)
from domain.journal.order_facts import (
    BracketAdjusted,
    MoveRejected,
    OrderRejected,
    OrderUnanswered,
    Protected,
    ProtectionEdited,
    RejectedAtTrigger,
    StopLost,
    TargetRejected,
)
from domain.journal.person_facts import (
    KeysDeleted,
    KeysSaved,
    LimitLiftedByHand,
    LimitsChanged,
    PasswordRemoved,
    PasswordSet,
    PeakReset,
    SecondFactorAdded,
    SecondFactorRemoved,
    SignedOutEverywhere,
    VenueChosen,
)
from domain.journal.trade_facts import (
    CloseAsked,
    Closed,
    ClosePartAsked,
    Closing,
    LateFill,
    LateFillClosed,
    NotOpened,
    NotReopened,
    Opened,
    Opening,
    PartClosed,
    ReopenSkipped,
    ReopenWaits,
)
from domain.terms import Severity

JournalFacts = (
    SignedIn
    | AlertRaised
    | AlertResolved
    | Opening
    | Opened
    | NotOpened
    | NotReopened
    | LateFill
    | LateFillClosed
    | Protected
    | StopLost
    | BracketAdjusted
    | ProtectionEdited
    | StopMoved
    | TargetHit
    | ExitsEdited
    | MoveRejected
    | TargetRejected
    | CloseAsked
    | ClosePartAsked
    | PartClosed
    | Closing
    | Closed
    | WrittenOff
    | ReopenSkipped
    | ReopenWaits
    | LimitReached
    | LimitLifted
    | Missing
    | ClosingUnreadable
    | Adopted
    | ExternalTrade
    | ClosingExternalPart
    | ExternalPartLeft
    | OrderUnanswered
    | OrderRejected
    | RejectedAtTrigger
    | ResultsRecounted
    | VenueMeasured
    | EnvironmentReset
    | PracticeBegun
    | DailySummary
    | WeeklySummary
    | PasswordSet
    | PasswordRemoved
    | SecondFactorAdded
    | SecondFactorRemoved
    | SignedOutEverywhere
    | KeysSaved
    | KeysDeleted
    | VenueChosen
    | LimitsChanged
    | LimitLiftedByHand
    | PeakReset
)
FACTS_OF: Mapping[JournalEvent, type[JournalFacts]] = {facts.EVENT: facts for facts in get_args(JournalFacts)}
_Facts = TypeVar("_Facts")


def severity_of(facts: JournalFacts) -> Severity:
    """Return how much an event matters to the person."""
    return facts.severity if isinstance(facts, AlertRaised | CloseAsked | Closing | Closed) else facts.SEVERITY


def facts_to_json(facts: JournalFacts) -> dict[str, Any]:
    """Return facts as they are stored: numbers that are not whole as text, enums by value."""
    return {field.name: _to_json(getattr(facts, field.name)) for field in fields(facts)}


def facts_from_json(event: str, stored: Mapping[str, Any]) -> JournalFacts | None:
    """Return the facts of a stored row; None for an event of another version, or one from before it had these facts."""
    if event not in FACTS_OF:
        return None
    kind = FACTS_OF[JournalEvent(event)]
    types = get_type_hints(kind)
    names = [field.name for field in fields(kind)]
    if not set(names) <= stored.keys():
        return None
    try:
        return kind(**{name: _from_json(types[name], stored[name]) for name in names})
    except (ValueError, ArithmeticError, TypeError):
        return None


def _to_json(value: object) -> object:
    if isinstance(value, Decimal):
        return str(value)
    return value.value if isinstance(value, StrEnum) else value


def _from_json(wanted: Any, value: Any) -> Any:  # noqa: ANN401  JSON enters here
    kinds = [kind for kind in get_args(wanted) if kind is not type(None)] if isinstance(wanted, UnionType) else [wanted]
    return None if value is None else kinds[0](value)
