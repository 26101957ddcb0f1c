"""What wakes the actor: nothing that was notified, named or missed while the actor worked is lost."""

import threading
import time

from engine.state.routines import Routine
from engine.state.wake_up import Drained, WakeUp
from exchange.user_events import UserEvent


def test_a_wake_up_during_a_check_makes_another_check() -> None:
    wake_up = WakeUp()
    wake_up.drain()  # a check begins
    wake_up.notify()

    began = time.monotonic()
    wake_up.wait(60)

    assert time.monotonic() - began < 30


def test_a_wake_up_wakes_the_one_that_waits() -> None:
    wake_up = WakeUp()
    waiting = threading.Thread(target=wake_up.wait, args=(60,))
    waiting.start()

    wake_up.notify()
    waiting.join(timeout=30)

    assert not waiting.is_alive()


def test_what_was_named_while_the_actor_worked_is_there_at_the_next_look() -> None:
    wake_up = WakeUp()
    event = UserEvent("BTCUSDT", "t1-abc123-1-e-1")
    wake_up.drain()

    wake_up.take_event(event)
    wake_up.take_gap()

    assert wake_up.drain() == Drained([event], gap=True, due=frozenset())
    assert wake_up.drain() == Drained([], gap=False, due=frozenset())


def test_a_routine_that_is_due_wakes_the_actor_and_is_told_once() -> None:
    wake_up = WakeUp()
    wake_up.drain()

    wake_up.make_due(Routine.CHECK_POSITIONS)
    wake_up.make_due(Routine.CHECK_POSITIONS)
    began = time.monotonic()
    wake_up.wait(60)

    assert time.monotonic() - began < 30
    assert wake_up.drain().due == {Routine.CHECK_POSITIONS}
    assert wake_up.drain().due == frozenset()
