from datetime import UTC, datetime, timedelta

from exchange.usage import UsageMeter

START = datetime(2026, 11, 23, 10, 0, 5, tzinfo=UTC)


class Hand:
    """A clock that the test turns."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now


def test_nothing_is_known_before_an_answer() -> None:
    usage = UsageMeter(Hand()).read()

    assert (usage.weight_1m, usage.orders_10s, usage.orders_1m, usage.blocked_until) == (None, None, None, None)
    assert (usage.weight_limit_1m, usage.orders_limit_10s, usage.orders_limit_1m) == (2400, 300, 1200)


def test_counts_come_from_headers_and_end_with_their_window() -> None:
    hand = Hand()
    meter = UsageMeter(hand)

    meter.note_headers({"X-MBX-USED-WEIGHT-1M": "45", "X-MBX-ORDER-COUNT-10S": "3", "X-MBX-ORDER-COUNT-1M": "9"})

    hand.now = START + timedelta(seconds=4)  # 10:00:09
    assert (meter.read().weight_1m, meter.read().orders_10s, meter.read().orders_1m) == (45, 3, 9)
    hand.now = START + timedelta(seconds=5)  # 10:00:10
    assert (meter.read().weight_1m, meter.read().orders_10s, meter.read().orders_1m) == (45, 0, 9)
    hand.now = START + timedelta(seconds=55)  # 10:01:00
    assert (meter.read().weight_1m, meter.read().orders_1m) == (0, 0)


def test_an_answer_overtaken_by_another_does_not_lower_the_count() -> None:
    meter = UsageMeter(Hand())

    meter.note_headers({"X-MBX-USED-WEIGHT-1M": "90"})
    meter.note_headers({"X-MBX-USED-WEIGHT-1M": "85"})

    assert meter.read().weight_1m == 90


def test_unreadable_headers_change_nothing() -> None:
    meter = UsageMeter(Hand())

    meter.note_headers({"X-MBX-USED-WEIGHT-1M": "many"})

    assert meter.read().weight_1m is None


def test_the_venues_limits_replace_the_assumed_ones() -> None:
    meter = UsageMeter(Hand())

    meter.set_limits(weight_1m=6000, orders_10s=None, orders_1m=1300)

    usage = meter.read()
    assert (usage.weight_limit_1m, usage.orders_limit_10s, usage.orders_limit_1m) == (6000, 300, 1300)
