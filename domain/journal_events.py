"""What the journal tells of: each event has its typed facts; the sentences are in journal_texts.py.

Stored as the event's word and its facts as JSON, so that a notification, an interface for programs and another language
can use them. Rows from before an event had its facts keep the text they were written with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from enum import StrEnum
from types import UnionType
from typing import Any, ClassVar, TypeVar, get_args, get_type_hints

from domain.exit_plan import MoveReason
from domain.terms import CloseReason, Purpose, Severity


class JournalEvent(StrEnum):
    """The word an event is stored under; words once written are never given another meaning."""

    SIGNED_IN = "signed_in"
    ALERT_RAISED = "alert_raised"
    ALERT_RESOLVED = "alert_resolved"
    OPENING = "opening"
    OPENED = "opened"
    NOT_OPENED = "not_opened"
    NOT_REOPENED = "not_reopened"
    LATE_FILL = "late_fill"
    LATE_FILL_CLOSED = "late_fill_closed"
    PROTECTED = "protected"
    STOP_GONE = "stop_gone"
    BRACKET_ADJUSTED = "bracket_adjusted"
    PROTECTION_EDITED = "protection_edited"
    STOP_MOVED = "stop_moved"
    TARGET_HIT = "target_hit"
    EXITS_EDITED = "exits_edited"
    MOVE_REJECTED = "move_rejected"
    TARGET_REJECTED = "target_rejected"
    CLOSE_ASKED = "close_asked"
    CLOSE_PART_ASKED = "close_part_asked"
    CLOSING = "closing"
    CLOSED = "closed"
    WRITTEN_OFF = "written_off"
    REOPEN_SKIPPED = "reopen_skipped"
    REOPEN_WAITS = "reopen_waits"
    LIMIT_REACHED = "limit_reached"
    LIMIT_LIFTED = "limit_lifted"
    MISSING = "missing"
    ADOPTED = "adopted"
    EXTERNAL_FILL = "external_fill"
    CLOSING_EXTERNAL_PART = "closing_external_part"
    EXTERNAL_PART_LEFT = "external_part_left"
    ORDER_UNANSWERED = "no_answer"
    ORDER_REJECTED = "order_rejected"
    REJECTED_AT_TRIGGER = "rejected_at_trigger"
    RESULTS_RECOUNTED = "results_recounted"


class StopGone(StrEnum):
    """Why a stop that rested does not protect any more."""

    NOT_FOUND = "not_found"
    CANCELLED = "cancelled"
    CANCELLED_ELSEWHERE = "cancelled_elsewhere"
    REJECTED_AT_TRIGGER = "rejected_at_trigger"
    FILLED_IN_PART = "filled_in_part"
    POSITION_BACK = "position_back"  # the exchange shows it again


class LateFillFate(StrEnum):
    """What becomes of an entry that was thought lost and filled after all."""

    LIVES = "lives"
    ANOTHER_IS_OPEN = "another_is_open"
    ANOTHER_WAS_OPENED = "another_was_opened"


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
class Opening:
    """An entry is sent; quantity in base units."""

    EVENT: ClassVar = JournalEvent.OPENING
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    quantity: Decimal | None


@dataclass(frozen=True, slots=True)
class Opened:
    """The first fill has come; tick_size None = the pair's rules are not read."""

    EVENT: ClassVar = JournalEvent.OPENED
    SEVERITY: ClassVar = Severity.GOOD
    trade: str
    quantity: Decimal
    entry_price: Decimal
    tick_size: Decimal | None


@dataclass(frozen=True, slots=True)
class NotOpened:
    """An entry ended without a fill; reason is a sentence."""

    EVENT: ClassVar = JournalEvent.NOT_OPENED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    reason: str


@dataclass(frozen=True, slots=True)
class NotReopened:
    """A plan does not open again by itself; reason is a sentence."""

    EVENT: ClassVar = JournalEvent.NOT_REOPENED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    reason: str


@dataclass(frozen=True, slots=True)
class LateFill:
    """An entry that was thought lost was filled after all."""

    EVENT: ClassVar = JournalEvent.LATE_FILL
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    fate: LateFillFate


@dataclass(frozen=True, slots=True)
class LateFillClosed:
    """What was filled late was closed along with the trade that lives there."""

    EVENT: ClassVar = JournalEvent.LATE_FILL_CLOSED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str


@dataclass(frozen=True, slots=True)
class Protected:
    """A stop rests; seconds_without: since the first fill, with thousandths."""

    EVENT: ClassVar = JournalEvent.PROTECTED
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    stop_price: Decimal
    tick_size: Decimal | None
    seconds_without: Decimal


@dataclass(frozen=True, slots=True)
class StopLost:
    """A stop does not protect any more."""

    EVENT: ClassVar = JournalEvent.STOP_GONE
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    why: StopGone


@dataclass(frozen=True, slots=True)
class BracketAdjusted:
    """Stop or target lie elsewhere than asked; note is a sentence."""

    EVENT: ClassVar = JournalEvent.BRACKET_ADJUSTED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    note: str


@dataclass(frozen=True, slots=True)
class ProtectionEdited:
    """The person moved stop or target."""

    EVENT: ClassVar = JournalEvent.PROTECTION_EDITED
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    stop_price: Decimal | None
    target_price: Decimal | None
    tick_size: Decimal | None


@dataclass(frozen=True, slots=True)
class StopMoved:
    """The trade's own plan wants its stop nearer to profit from now on."""

    EVENT: ClassVar = JournalEvent.STOP_MOVED
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    stop_price: Decimal
    tick_size: Decimal | None
    why: MoveReason


@dataclass(frozen=True, slots=True)
class TargetHit:
    """One of several targets took its part; quantity in base units."""

    EVENT: ClassVar = JournalEvent.TARGET_HIT
    SEVERITY: ClassVar = Severity.GOOD
    trade: str
    number: int
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ExitsEdited:
    """The person changed how the exits of an open trade move."""

    EVENT: ClassVar = JournalEvent.EXITS_EDITED
    SEVERITY: ClassVar = Severity.INFO
    trade: str


@dataclass(frozen=True, slots=True)
class MoveRejected:
    """The exchange did not take a new stop; closes_external: the old one closes what somebody else added as well."""

    EVENT: ClassVar = JournalEvent.MOVE_REJECTED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    stop_price: Decimal
    tick_size: Decimal | None
    closes_external: bool


@dataclass(frozen=True, slots=True)
class TargetRejected:
    """The exchange does not take a target; code is its own."""

    EVENT: ClassVar = JournalEvent.TARGET_REJECTED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    code: int | None


@dataclass(frozen=True, slots=True)
class CloseAsked:
    """The person wants it closed.

    external: somebody else had opened it; everything: with all others; limits: the names of those that ask for it.
    """

    EVENT: ClassVar = JournalEvent.CLOSE_ASKED
    trade: str
    external: bool = False
    everything: bool = False
    limits: str = ""

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return Severity.WARNING if self.limits else Severity.INFO


@dataclass(frozen=True, slots=True)
class ClosePartAsked:
    """The person wants a part of it closed."""

    EVENT: ClassVar = JournalEvent.CLOSE_PART_ASKED
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class Closing:
    """A close is sent; late_fill: of what was filled late."""

    EVENT: ClassVar = JournalEvent.CLOSING
    trade: str
    reason: CloseReason
    late_fill: bool

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        if self.late_fill:
            return Severity.WARNING
        return Severity.DANGER if self.reason is CloseReason.UNPROTECTED else Severity.INFO


@dataclass(frozen=True, slots=True)
class Closed:
    """A trade ended; net_usdt None = unknown, external_quantity: what of somebody else's was closed along with it."""

    EVENT: ClassVar = JournalEvent.CLOSED
    trade: str
    reason: CloseReason
    net_usdt: Decimal | None
    external_quantity: Decimal

    @property
    def severity(self) -> Severity:
        """How much it matters."""
        return Severity.GOOD if (self.net_usdt or 0) >= 0 else Severity.INFO


@dataclass(frozen=True, slots=True)
class WrittenOff:
    """The person gave up a trade that the exchange no longer knows."""

    EVENT: ClassVar = JournalEvent.WRITTEN_OFF
    SEVERITY: ClassVar = Severity.WARNING
    trade: str


@dataclass(frozen=True, slots=True)
class ReopenSkipped:
    """The person does not want it opened again now."""

    EVENT: ClassVar = JournalEvent.REOPEN_SKIPPED
    SEVERITY: ClassVar = Severity.INFO
    trade: str


@dataclass(frozen=True, slots=True)
class ReopenWaits:
    """A limit, the exchange's rules or its silence hold it back; reason is a sentence."""

    EVENT: ClassVar = JournalEvent.REOPEN_WAITS
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    reason: str


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
class Missing:
    """The exchange shows nothing of a trade, and no fill says why."""

    EVENT: ClassVar = JournalEvent.MISSING
    SEVERITY: ClassVar = Severity.DANGER
    trade: str


@dataclass(frozen=True, slots=True)
class Adopted:
    """The person took something over; added_part: what somebody else had added to a trade of the bot."""

    EVENT: ClassVar = JournalEvent.ADOPTED
    SEVERITY: ClassVar = Severity.GOOD
    trade: str
    added_part: bool


@dataclass(frozen=True, slots=True)
class ExternalTrade:
    """Somebody else, or the exchange itself, traded on a position of the bot.

    external_change: by how much the external part grew or shrank; own_closed: how much of the bot's part was closed.
    """

    EVENT: ClassVar = JournalEvent.EXTERNAL_FILL
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    external_change: Decimal
    own_closed: Decimal
    by_exchange: bool
    client_order_id: str


@dataclass(frozen=True, slots=True)
class ClosingExternalPart:
    """The person wants closed what somebody else added."""

    EVENT: ClassVar = JournalEvent.CLOSING_EXTERNAL_PART
    SEVERITY: ClassVar = Severity.INFO
    trade: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class ExternalPartLeft:
    """The person wants left alone what somebody else added."""

    EVENT: ClassVar = JournalEvent.EXTERNAL_PART_LEFT
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class OrderUnanswered:
    """What became of an order is not known yet."""

    EVENT: ClassVar = JournalEvent.ORDER_UNANSWERED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    purpose: Purpose
    client_order_id: str


@dataclass(frozen=True, slots=True)
class OrderRejected:
    """The exchange did not take an order; reason is a sentence."""

    EVENT: ClassVar = JournalEvent.ORDER_REJECTED
    SEVERITY: ClassVar = Severity.WARNING
    trade: str
    purpose: Purpose
    client_order_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class RejectedAtTrigger:
    """A stop or target fired and was not taken then."""

    EVENT: ClassVar = JournalEvent.REJECTED_AT_TRIGGER
    SEVERITY: ClassVar = Severity.DANGER
    trade: str
    purpose: Purpose
    client_order_id: str


@dataclass(frozen=True, slots=True)
class ResultsRecounted:
    """Sums kept for History differed from the trades on some days, and were counted anew."""

    EVENT: ClassVar = JournalEvent.RESULTS_RECOUNTED
    SEVERITY: ClassVar = Severity.WARNING
    days: int
    first_day: str  # of UTC, 2026-11-30
    last_day: str


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
    | Closing
    | Closed
    | WrittenOff
    | ReopenSkipped
    | ReopenWaits
    | LimitReached
    | LimitLifted
    | Missing
    | Adopted
    | ExternalTrade
    | ClosingExternalPart
    | ExternalPartLeft
    | OrderUnanswered
    | OrderRejected
    | RejectedAtTrigger
    | ResultsRecounted
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
