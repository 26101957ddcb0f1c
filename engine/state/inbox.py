"""The bell: streams, timers and pages ring it, the actor waits for it; what it names carries no authority."""

import threading

from exchange.user_events import UserEvent


class Bell:
    """A condition that remembers whether it was rung, and what events named meanwhile. Safe from every thread."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rung = False
        self._events: list[UserEvent] = []
        self._gap = False

    def ring(self) -> None:
        """Wake the actor; rung while it works, it goes round once more."""
        with self._condition:
            self._rung = True
            self._condition.notify_all()

    def take_event(self, event: UserEvent) -> None:
        """Remember what a user event names, and ring."""
        with self._condition:
            self._events.append(event)
        self.ring()

    def take_gap(self) -> None:
        """Remember that events may have been missed, and ring."""
        with self._condition:
            self._gap = True
        self.ring()

    def drain(self) -> tuple[list[UserEvent], bool]:
        """Return the events since the last call, and whether some may have been missed; the bell is silent then."""
        with self._condition:
            events, self._events = self._events, []
            gap, self._gap = self._gap, False
            self._rung = False
        return events, gap

    def wait(self, seconds: float) -> None:
        """Wait until rung, at most so long."""
        with self._condition:
            if not self._rung:
                self._condition.wait(seconds)
