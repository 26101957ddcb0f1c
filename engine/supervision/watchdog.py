"""The watchdog: how long ago the actor got on, and the watcher that ends the lease of one that stands still."""

import threading
from collections.abc import Callable
from typing import Final

from storage.lease import Lease, seconds_since_boot

STALLED_AFTER_SECONDS: Final = 20.0
CHECK_EVERY_SECONDS: Final = 1.0


class Watchdog:
    """Fed by the actor wherever it gets on; whoever watches needs nothing that the actor may be waiting for.

    Counts the time asleep too: a machine that wakes up has stood still.
    """

    def __init__(self, lease: Lease, on_stall: Callable[[float], None]) -> None:
        """Begin to count.

        Args:
            lease: given up when the actor stands still.
            on_stall: called by feed() with the seconds that the actor stood still.
        """
        self._lease = lease
        self._on_stall = on_stall
        self._fed_at = seconds_since_boot()
        self._stopping = threading.Event()

    def feed(self) -> None:
        """Say that the actor gets on; one that comes back after a standstill begins anew."""
        if self.is_stalled():
            self.check()
            self._on_stall(self.age())
        self._fed_at = seconds_since_boot()

    def age(self) -> float:
        """Return the seconds since the actor last got on."""
        return seconds_since_boot() - self._fed_at

    def is_stalled(self) -> bool:
        """Whether the actor has stood still for more than twenty seconds."""
        return self.age() > STALLED_AFTER_SECONDS

    def check(self) -> None:
        """End the lease if the actor stands still; harmless when it is not held."""
        if self.is_stalled():
            self._lease.give_up(f"the bot has stood still for {self.age():.0f} seconds")

    def watch(self) -> None:
        """Look every second from now on, on a thread of its own."""
        threading.Thread(target=self._watch, name="monitor-watch", daemon=True).start()

    def stop(self) -> None:
        """Look no more."""
        self._stopping.set()

    def _watch(self) -> None:
        while not self._stopping.wait(CHECK_EVERY_SECONDS):
            self.check()
