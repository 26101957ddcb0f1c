"""The sessions in memory: who may come in is answered from here, without asking the database."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from types import MappingProxyType

from services.access.tokens import stored_hash
from services.access.views import PasswordSource, SignedIn


@dataclass(frozen=True, slots=True)
class KnownSession:
    """One session as the database knows it."""

    id: int
    active_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Lock:
    """The lock as it was last read."""

    password: PasswordSource = PasswordSource.NONE
    signing_key: str = field(default="", repr=False)
    idle_for: timedelta = timedelta(0)
    second_factor: bool = False
    sessions: Mapping[str, KnownSession] = field(default_factory=lambda: MappingProxyType({}), repr=False)  # by hash


class SessionMemory:
    """The lock and its sessions; read by the event loop, replaced whole by whoever has read the database."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._active: dict[int, datetime] = {}  # last press or key, where later than the database knows
        self._guard = threading.Lock()

    @property
    def lock(self) -> Lock:
        """The lock as it was last read."""
        return self._lock

    def replace(self, lock: Lock) -> None:
        """Take over what the database says now."""
        known = {session.id: session.active_at for session in lock.sessions.values()}
        with self._guard:
            self._lock = lock
            self._active = {key: at for key, at in self._active.items() if key in known and at > known[key]}

    def session_of(self, cookie: str | None, now: datetime) -> SignedIn | None:
        """Return the session of a cookie, None when there is none, or it is over, or was idle too long."""
        lock = self._lock
        if not cookie or not lock.signing_key:
            return None
        token = stored_hash(cookie, lock.signing_key)
        known = None if token is None else lock.sessions.get(token)
        if known is None or now >= known.expires_at or now >= self._active_at(known) + lock.idle_for:
            return None
        return SignedIn(known.id, known.expires_at)

    def note_activity(self, session_id: int, now: datetime) -> None:
        """Note a press or a key of a session."""
        with self._guard:
            self._active[session_id] = now

    def activity(self) -> dict[int, datetime]:
        """Return the activity that the database may not know of."""
        with self._guard:
            return dict(self._active)

    def over(self, now: datetime) -> list[int]:
        """Return the sessions that are over or were idle too long."""
        lock = self._lock
        return [
            known.id
            for known in lock.sessions.values()
            if now >= known.expires_at or now >= self._active_at(known) + lock.idle_for
        ]

    def _active_at(self, known: KnownSession) -> datetime:
        return max(known.active_at, self._active.get(known.id, known.active_at))
