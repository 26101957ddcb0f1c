"""Answers of the exchange kept for a few seconds, so that many viewers cost no more than one."""

import threading
from collections.abc import Callable, Hashable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

MOST_KEPT = 500


class Kept(Generic[Key, Value]):
    """A value per key, made again once it is older than kept_for; at most one maker per key at a time."""

    def __init__(self, kept_for: timedelta, now: Callable[[], datetime]) -> None:
        self._kept_for = kept_for
        self._now = now
        self._locks: dict[Key, threading.Lock] = {}
        self._values: dict[Key, tuple[datetime, Value]] = {}
        self._guard = threading.Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return the kept value, or make it; whatever make raises is raised and nothing is kept."""
        with self._guard:
            lock = self._locks.setdefault(key, threading.Lock())
        with lock:
            kept = self._values.get(key)
            if kept is not None and abs(self._now() - kept[0]) < self._kept_for:
                return kept[1]
            value = make()
            with self._guard:
                if len(self._values) >= MOST_KEPT:
                    self._values.clear()
                self._values[key] = (self._now(), value)
            return value

    def forget(self) -> None:
        """Drop everything: the venue or the account has changed."""
        with self._guard:
            self._values.clear()
