"""What wakes the actor: streams, timers and pages notify it; what it names carries no authority."""

import threading
from dataclasses import dataclass

from engine.state.routines import Routine
from exchange.user_events import UserEvent


@dataclass(frozen=True, slots=True)
class Drained:
    """What came since the actor last looked: events, whether some may have been missed, and what is due."""

    events: list[UserEvent]
    gap: bool
    due: frozenset[Routine]


class WakeUp:
    """A condition that remembers whether it was notified, and what events named meanwhile. Safe from every thread."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._notified = False
        self._events: list[UserEvent] = []
        self._gap = False
        self._due: set[Routine] = set()

    def notify(self) -> None:
        """Wake the actor; notified while it works, it starts another cycle."""
        with self._condition:
            self._notified = True
            self._condition.notify_all()

    def take_event(self, event: UserEvent) -> None:
        """Remember what a user event names, and wake the actor."""
        with self._condition:
            self._events.append(event)
        self.notify()

    def take_gap(self) -> None:
        """Remember that events may have been missed, and wake the actor."""
        with self._condition:
            self._gap = True
        self.notify()

    def make_due(self, routine: Routine) -> None:
        """Remember that a routine is due, and wake the actor."""
        with self._condition:
            self._due.add(routine)
        self.notify()

    def drain(self) -> "Drained":
        """Return what has come since the last call; nobody is woken by it any more."""
        with self._condition:
            drained = Drained(self._events, self._gap, frozenset(self._due))
            self._events, self._gap, self._due = [], False, set()
            self._notified = False
        return drained

    def wait(self, seconds: float) -> None:
        """Wait until notified, at most so long."""
        with self._condition:
            if not self._notified:
                self._condition.wait(seconds)
