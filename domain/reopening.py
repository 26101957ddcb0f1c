"""Opening the same trade again: when it is due, when the chance has passed, and which refusals pass by themselves."""

from datetime import datetime, timedelta
from enum import StrEnum

from domain.rejections import Rejection
from domain.terms import CloseReason, ReopenRule, ReopenState

RECENTLY_CLOSED_FOR = timedelta(minutes=10)


class ReopenDecision(StrEnum):
    """What to do now about a closed trade."""

    NEVER = "never"  # it is not waiting
    WAIT = "wait"
    DUE = "due"
    LAPSED = "lapsed"


class EntryRefusal(StrEnum):
    """Why an entry was not sent, or was refused."""

    EARLIER_ORDERS_OPEN = "EARLIER_ORDERS_OPEN"  # an order of an earlier trade on this pair and side is not final yet
    POSITION_NOT_EMPTY = "POSITION_NOT_EMPTY"  # the exchange shows quantity on this symbol and side
    NO_ROOM_FOR_REQUESTS = "NO_ROOM_FOR_REQUESTS"
    NO_ROOM_FOR_STOPS = "NO_ROOM_FOR_STOPS"  # fewer than three conditional orders free
    NO_FRESH_CHECK = "NO_FRESH_CHECK"
    PRICES_APART = "PRICES_APART"  # a trigger would lie on the wrong side of the mark
    MARGIN_SHORT = "MARGIN_SHORT"
    THIN_BOOK = "THIN_BOOK"
    NOT_EXECUTED = "NOT_EXECUTED"  # overload, rate limit, clock
    SYMBOL_RESTRICTED = "SYMBOL_RESTRICTED"  # only closing orders at the moment
    PRECISION = "PRECISION"  # the pair's steps have changed: the next try is rounded by the new ones
    OPENING_PAUSED = "OPENING_PAUSED"
    LIMIT_REACHED = "LIMIT_REACHED"  # a limit that the person set lets nothing open, or not this trade
    LEVERAGE_TAKEN = "LEVERAGE_TAKEN"  # the other side of the symbol lives with another leverage
    TERMS_REFUSED = "TERMS_REFUSED"  # too small, too large, too much leverage, stop impossible
    MODE_WRONG = "MODE_WRONG"  # one-way mode, or several assets as margin
    KEYS_REFUSED = "KEYS_REFUSED"
    OTHER = "OTHER"

    @property
    def is_passing(self) -> bool:
        """Whether the same entry is tried again inside its window; a lasting one pauses the plan."""
        return self in PASSING


PASSING = frozenset(
    {
        EntryRefusal.EARLIER_ORDERS_OPEN,
        EntryRefusal.POSITION_NOT_EMPTY,
        EntryRefusal.NO_ROOM_FOR_REQUESTS,
        EntryRefusal.NO_ROOM_FOR_STOPS,
        EntryRefusal.NO_FRESH_CHECK,
        EntryRefusal.PRICES_APART,
        EntryRefusal.MARGIN_SHORT,
        EntryRefusal.THIN_BOOK,
        EntryRefusal.NOT_EXECUTED,
        EntryRefusal.SYMBOL_RESTRICTED,
        EntryRefusal.PRECISION,
        EntryRefusal.OPENING_PAUSED,
        EntryRefusal.LIMIT_REACHED,
    }
)


def reopens_after(reason: CloseReason, rule: ReopenRule) -> bool:
    """Return whether a rule opens again after this reason: TP and SL, each with its switch, never anything else."""
    if not rule.enabled:
        return False
    return (reason is CloseReason.TP and rule.after_target) or (reason is CloseReason.SL and rule.after_stop)


def reopen_schedule(
    reason: CloseReason, asked_by_person: bool, closed_at: datetime, rule: ReopenRule, reopen_count: int
) -> tuple[ReopenState, datetime | None, datetime | None]:
    """Return the state, the moment it falls due and the moment it lapses.

    Args:
        reason: why the trade ended.
        asked_by_person: the person had asked for the close, whatever order then filled.
        closed_at: exchange time of the fill that made it flat.
        rule: the plan's rule as it is now.
        reopen_count: how often the plan has been reopened up to this trade.

    Returns:
        (WAITING, closed_at + delay, ten minutes later), or (NONE, None, None).
    """
    used_up = rule.maximum is not None and reopen_count >= rule.maximum
    if asked_by_person or used_up or not reopens_after(reason, rule):
        return ReopenState.NONE, None, None
    not_before = closed_at + rule.delay
    return ReopenState.WAITING, not_before, not_before + RECENTLY_CLOSED_FOR


def reopen_due(
    state: ReopenState, not_before: datetime | None, lapses_at: datetime | None, now: datetime
) -> ReopenDecision:
    """Return what to do at now, exchange time: due from not_before on, lapsed from lapses_at on.

    Raises:
        ValueError: a waiting trade without its moments.
    """
    if state is not ReopenState.WAITING:
        return ReopenDecision.NEVER
    if not_before is None or lapses_at is None:
        raise ValueError("a waiting trade needs the moment it falls due and the moment it lapses")
    if now < not_before:
        return ReopenDecision.WAIT
    return ReopenDecision.DUE if now < lapses_at else ReopenDecision.LAPSED


def entry_refusal(rejection: Rejection | None) -> EntryRefusal:
    """Return what the exchange's rejection of an entry means; one that has no name here is OTHER, and lasting."""
    return EntryRefusal.__members__.get(rejection.name if rejection else "", EntryRefusal.OTHER)
