"""The watchdog: an actor that stands still loses the lease, whether it is stuck, frozen or asleep with its machine."""

from collections.abc import Iterator

import pytest

from engine.supervision import watchdog as watchdog_module
from engine.supervision.watchdog import Watchdog
from storage.lease import Lease, LeaseLost


class Clock:
    """Stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved_by_hand = Clock()
    monkeypatch.setattr(watchdog_module, "seconds_since_boot", moved_by_hand)
    return moved_by_hand


@pytest.fixture
def lease(database_url: str) -> Iterator[Lease]:
    lease = Lease(database_url, "first")
    assert lease.try_take()
    yield lease
    lease.release()


def never(seconds: float) -> None:
    raise AssertionError(f"stood still for {seconds} s")


def test_an_actor_that_gets_on_keeps_the_lease(lease: Lease, clock: Clock) -> None:
    watchdog = Watchdog(lease, never)

    clock.now += 19
    watchdog.check()
    watchdog.feed()
    clock.now += 19
    watchdog.check()

    assert lease.held
    assert watchdog.age() == 19


def test_an_actor_that_stands_still_for_more_than_twenty_seconds_loses_the_lease(lease: Lease, clock: Clock) -> None:
    watchdog = Watchdog(lease, never)

    clock.now += 21
    watchdog.check()

    assert watchdog.is_stalled()
    with pytest.raises(LeaseLost, match="stood still for 21 seconds"):
        lease.heartbeat()


def test_an_actor_that_comes_back_before_anybody_looked_begins_anew_all_the_same(lease: Lease, clock: Clock) -> None:
    stood: list[float] = []
    watchdog = Watchdog(lease, stood.append)

    clock.now += 3600
    watchdog.feed()

    assert stood == [3600]
    assert not lease.held
    assert not watchdog.is_stalled()


def test_somebody_looks_although_the_actor_does_not(
    lease: Lease, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watchdog_module, "CHECK_EVERY_SECONDS", 0.01)
    watchdog = Watchdog(lease, never)
    watchdog.watch()

    clock.now += 21

    with pytest.raises(LeaseLost):
        for _ in range(1000):
            lease.heartbeat()
            watchdog._stopping.wait(0.01)
    watchdog.stop()
