"""What wakes the actor: streams, timers and pages notify it; what it names carries no authority."""

import threading

from exchange.user_events import UserEvent


class WakeUp:
    """A condition that remembers whether it was notified, and what events named meanwhile. Safe from every thread."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._notified = False
        self._events: list[UserEvent] = []
        self._gap = False

    def notify(self) -> None:
        """Wake the actor; notified while it works, it starts another cycle."""
        with self._condition:
            self._notified = True
            self._condition.notify_all()

    def take_event(self, event: UserEvent) -> None:
        """Remember what a user event names, and ring."""
        with self._condition:
            self._events.append(event)
        self.notify()

    def take_gap(self) -> None:
        """Remember that events may have been missed, and ring."""
        with self._condition:
            self._gap = True
        self.notify()

    def drain(self) -> tuple[list[UserEvent], bool]:
        """Return the events since the last call, and whether some may have been missed; the wake-up is silent then."""
        with self._condition:
            events, self._events = self._events, []
            gap, self._gap = self._gap, False
            self._notified = False
        return events, gap

    def wait(self, seconds: float) -> None:
        """Wait until notified, at most so long."""
        with self._condition:
            if not self._notified:
                self._condition.wait(seconds)
