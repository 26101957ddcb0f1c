"""The bell: nothing that was rung, named or missed while the actor worked is lost."""

import threading
import time

from engine.state.inbox import Bell
from exchange.user_events import UserEvent, UserEventKind
from tests.services.building import NOW


def test_a_ring_during_a_check_makes_another_check() -> None:
    bell = Bell()
    bell.drain()  # a check begins
    bell.ring()

    began = time.monotonic()
    bell.wait(60)

    assert time.monotonic() - began < 30


def test_a_ring_wakes_the_one_that_waits() -> None:
    bell = Bell()
    waiting = threading.Thread(target=bell.wait, args=(60,))
    waiting.start()

    bell.ring()
    waiting.join(timeout=30)

    assert not waiting.is_alive()


def test_what_was_named_while_the_actor_worked_is_there_at_the_next_look() -> None:
    bell = Bell()
    event = UserEvent(UserEventKind.FILL, "BTCUSDT", "t1-abc123-1-e-1", 5, NOW)
    bell.drain()

    bell.take_event(event)
    bell.take_gap()

    assert bell.drain() == ([event], True)
    assert bell.drain() == ([], False)
