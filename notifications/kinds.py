"""What a person can be notified of, and which journal events that is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.journal.events import JournalEvent


class NotificationKind(StrEnum):
    """One box on Settings; a channel has some of them."""

    OPENED = "OPENED"
    CLOSED = "CLOSED"
    STOP_MOVED = "STOP_MOVED"
    STOP_FAILED = "STOP_FAILED"
    LIMIT = "LIMIT"
    HEALTH = "HEALTH"
    EXTERNAL = "EXTERNAL"
    DAILY_SUMMARY = "DAILY_SUMMARY"
    WEEKLY_SUMMARY = "WEEKLY_SUMMARY"

    @property
    def label(self) -> str:
        """What Settings calls it."""
        return _LABELS[self]


_LABELS: Final[Mapping[NotificationKind, str]] = {
    NotificationKind.OPENED: "A trade opened, or could not",
    NotificationKind.CLOSED: "A trade closed, with its result",
    NotificationKind.STOP_MOVED: "A stop or target moved",
    NotificationKind.STOP_FAILED: "A stop could not be placed",
    NotificationKind.LIMIT: "A limit was reached or lifted",
    NotificationKind.HEALTH: "The bot needs attention, and when it recovered",
    NotificationKind.EXTERNAL: "A position or trade that is not the bot's",
    NotificationKind.DAILY_SUMMARY: "Summary of the day",
    NotificationKind.WEEKLY_SUMMARY: "Summary of the week",
}

_EVENTS: Final[Mapping[NotificationKind, frozenset[str]]] = {
    NotificationKind.OPENED: frozenset(
        {
            JournalEvent.OPENED,
            JournalEvent.LATE_FILL,
            JournalEvent.ADOPTED,
            JournalEvent.NOT_OPENED,
            JournalEvent.NOT_REOPENED,
        }
    ),
    NotificationKind.CLOSED: frozenset(
        {JournalEvent.CLOSED, JournalEvent.TARGET_HIT, JournalEvent.LATE_FILL_CLOSED, JournalEvent.WRITTEN_OFF}
    ),
    NotificationKind.STOP_MOVED: frozenset(
        {
            JournalEvent.STOP_MOVED,
            JournalEvent.EXITS_EDITED,
            JournalEvent.PROTECTION_EDITED,
            JournalEvent.BRACKET_ADJUSTED,
        }
    ),
    NotificationKind.STOP_FAILED: frozenset(
        {JournalEvent.STOP_GONE, JournalEvent.MOVE_REJECTED, JournalEvent.REJECTED_AT_TRIGGER}
    ),
    NotificationKind.LIMIT: frozenset(
        {JournalEvent.LIMIT_REACHED, JournalEvent.LIMIT_LIFTED, JournalEvent.LIMIT_LIFTED_BY_HAND}
    ),
    NotificationKind.HEALTH: frozenset({JournalEvent.ALERT_RAISED, JournalEvent.ALERT_RESOLVED, JournalEvent.MISSING}),
    NotificationKind.EXTERNAL: frozenset({JournalEvent.EXTERNAL_FILL}),
    NotificationKind.DAILY_SUMMARY: frozenset({JournalEvent.DAILY_SUMMARY}),
    NotificationKind.WEEKLY_SUMMARY: frozenset({JournalEvent.WEEKLY_SUMMARY}),
}
_KIND_OF: Final = {event: kind for kind, events in _EVENTS.items() for event in events}


def kind_of(event: str) -> NotificationKind | None:
    """Return the box that a journal event belongs to, None for what nobody is notified of."""
    return _KIND_OF.get(event)


def saved_kinds(saved: object) -> frozenset[NotificationKind]:
    """Return the boxes that a channel's row names; what is no box, from damage or another version, is left out."""
    named = saved.get("kinds") if isinstance(saved, dict) else None
    known = list(NotificationKind)  # compared, not looked up: what a row holds need not be hashable
    return (
        frozenset(NotificationKind(kind) for kind in named if kind in known) if isinstance(named, list) else frozenset()
    )
