"""Answers of the exchange cached for a few seconds, so that many viewers cost no more than one."""

import threading
import time
from collections.abc import Callable, Hashable
from datetime import timedelta
from typing import ParamSpec, TypeVar

from cachetools import TTLCache, cached
from cachetools.keys import hashkey

Arguments = ParamSpec("Arguments")
Value = TypeVar("Value")

MAX_ENTRIES = 500


def ttl_cached(
    ttl: timedelta, *, key: Callable[..., Hashable] = hashkey, timer: Callable[[], float] = time.monotonic
) -> Callable[[Callable[Arguments, Value]], Callable[Arguments, Value]]:
    """Return a decorator: a value per key, made again once it is older than ttl; one maker per key at a time.

    Whatever the function raises is raised and not cached.

    Args:
        ttl: how long a value is served.
        key: what of the arguments tells two values apart; all of them unless said otherwise.
        timer: seconds that never go back.
    """

    def decorate(function: Callable[Arguments, Value]) -> Callable[Arguments, Value]:
        entries: TTLCache[Hashable, Value] = TTLCache(MAX_ENTRIES, ttl.total_seconds(), timer)
        return cached(entries, key=key, condition=threading.Condition())(function)

    return decorate
