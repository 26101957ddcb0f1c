"""Whether a private stream hears: one that is open and says nothing while orders change is deaf, not live."""

import threading

DEAF_AFTER_SECONDS = 5.0  # events come within a fraction of a second


class Hearing:
    """What a stream was to hear and what it heard; moments are of the monotonic clock. Safe from every thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connected_at: float | None = None
        self._heard_at: float | None = None
        self._unheard_from: float | None = None
        self._deaf = False

    @property
    def is_deaf(self) -> bool:
        """Whether it was open, said nothing when it should have, and has not been heard since."""
        return self._deaf

    def connected(self, at: float | None) -> None:
        """Note when the stream was opened, None when it ended: what changes meanwhile it cannot tell."""
        with self._lock:
            self._connected_at, self._unheard_from = at, None

    def changed(self, since: float, now: float) -> None:
        """Note that an order of ours changed between since and now, by an answer to a request."""
        with self._lock:
            was_open = self._connected_at is not None and self._connected_at <= since
            told = self._heard_at is not None and self._heard_at >= since
            if was_open and not told and self._unheard_from is None:
                self._unheard_from = now

    def heard(self, at: float) -> None:
        """Note an event of the account."""
        with self._lock:
            self._heard_at, self._unheard_from, self._deaf = at, None, False

    def judge(self, now: float) -> bool:
        """Return whether the stream has just proved deaf: it is to be opened in another form."""
        with self._lock:
            if self._unheard_from is None or now - self._unheard_from < DEAF_AFTER_SECONDS:
                return False
            self._deaf, self._unheard_from = True, None
            return True
