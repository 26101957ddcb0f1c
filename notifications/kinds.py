"""What a person can be notified of, and which journal events that is."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


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
    NotificationKind.OPENED: "A trade opened",
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
    NotificationKind.OPENED: frozenset({"opened", "late_fill", "adopted"}),
    NotificationKind.CLOSED: frozenset({"closed", "late_fill_closed", "written_off"}),
    NotificationKind.STOP_MOVED: frozenset({"stop_moved", "protection_edited", "bracket_adjusted"}),
    NotificationKind.STOP_FAILED: frozenset({"stop_gone", "unprotected", "move_rejected", "move_refused", "closing"}),
    NotificationKind.LIMIT: frozenset({"limit_reached", "limit_lifted", "limit_changed"}),
    NotificationKind.HEALTH: frozenset({"alert_raised", "alert_resolved", "missing", "problem_began", "problem_ended"}),
    NotificationKind.EXTERNAL: frozenset({"external_position", "external_fill", "external_close", "external_joined"}),
    NotificationKind.DAILY_SUMMARY: frozenset({"daily_summary"}),
    NotificationKind.WEEKLY_SUMMARY: frozenset({"weekly_summary"}),
}
_KIND_OF: Final = {event: kind for kind, events in _EVENTS.items() for event in events}
NOTIFIED_EVENTS: Final = frozenset(_KIND_OF)


def kind_of(event: str) -> NotificationKind | None:
    """Return the box that a journal event belongs to, None for what nobody is notified of."""
    return _KIND_OF.get(event)
