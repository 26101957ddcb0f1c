import time
from datetime import UTC, datetime, timedelta

from exchange.clock import ExchangeClock, from_milliseconds, to_milliseconds


def test_milliseconds_are_exact_both_ways_and_cut() -> None:
    moment = datetime(2026, 11, 23, 1, 2, 3, 456789, tzinfo=UTC)

    assert from_milliseconds(to_milliseconds(moment)) == datetime(2026, 11, 23, 1, 2, 3, 456000, tzinfo=UTC)
    assert to_milliseconds(datetime(1970, 1, 1, 0, 0, 1, 999, tzinfo=UTC)) == 1000


def test_the_clock_is_local_before_the_first_measurement() -> None:
    assert abs(ExchangeClock().now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_a_measurement_puts_the_told_time_at_half_the_round_trip() -> None:
    clock = ExchangeClock()
    server_time = datetime(2030, 1, 1, tzinfo=UTC)
    answered = time.monotonic()

    reading = clock.set(server_time, asked=answered - 2, answered=answered)

    assert reading.round_trip == timedelta(seconds=2)
    assert timedelta(seconds=1) <= clock.now() - server_time < timedelta(seconds=2)
    assert abs(reading.offset - (server_time + timedelta(seconds=1) - datetime.now(UTC))) < timedelta(seconds=1)
