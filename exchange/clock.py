"""The exchange's time, kept on the monotonic clock so that a step of the wall clock does not move it."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One measurement: offset is exchange time minus local wall time, good to half the round trip."""

    offset: timedelta
    round_trip: timedelta
    measured_at_monotonic: float


class ExchangeClock:
    """Tells the exchange's time between measurements; the local wall clock until the first."""

    def __init__(self) -> None:
        self._anchor = (time.monotonic(), datetime.now(UTC))

    def now(self) -> datetime:
        """Return the exchange's time, UTC."""
        measured, exchange_time = self._anchor
        return exchange_time + timedelta(seconds=time.monotonic() - measured)

    def set(self, server_time: datetime, asked: float, answered: float) -> ClockReading:
        """Set the clock by an answer that was asked for and arrived at these monotonic seconds."""
        middle = (asked + answered) / 2
        self._anchor = (middle, server_time)  # one assignment: readers in other threads see old or new
        offset = self.now() - datetime.now(UTC)
        return ClockReading(offset, timedelta(seconds=answered - asked), answered)


def to_milliseconds(moment: datetime) -> int:
    """Return a moment as the exchange writes it; parts of a millisecond are cut off."""
    return (moment - EPOCH) // timedelta(milliseconds=1)


def from_milliseconds(milliseconds: int) -> datetime:
    """Return the moment of an exchange time, exactly."""
    return EPOCH + timedelta(milliseconds=milliseconds)
