import logging

import pytest

from domain.fault_log import FORGOTTEN_AFTER_SECONDS, MOST_KINDS, FaultLog


class Hand:
    """A clock that is moved by hand."""

    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def clock() -> Hand:
    return Hand()


@pytest.fixture
def faults(clock: Hand, caplog: pytest.LogCaptureFixture) -> FaultLog:
    caplog.set_level(logging.INFO)
    return FaultLog(logging.getLogger("test"), clock)


def fault(number: int = 0) -> ValueError:
    try:
        raise ValueError(f"damaged {number}")
    except ValueError as error:
        return error


def test_the_same_again_and_again_is_one_trace_and_a_few_counts(
    faults: FaultLog, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(1000):
        faults.note("cycle failed", fault(number))

    assert [record.exc_info is not None for record in caplog.records] == [True, False, False, False]
    assert [record.getMessage() for record in caplog.records[1:]] == [
        f"cycle failed times={times} error=ValueError" for times in (10, 100, 1000)
    ]


def test_another_fault_is_told_too(faults: FaultLog, caplog: pytest.LogCaptureFixture) -> None:
    for _ in range(5):
        faults.note("cycle failed", fault())
        faults.note("cycle failed", KeyError("until"))

    assert [type(record.exc_info[1]) for record in caplog.records if record.exc_info] == [ValueError, KeyError]


def test_the_wait_grows_to_a_second_and_begins_anew_after_a_quiet_minute(faults: FaultLog, clock: Hand) -> None:
    waits = [faults.note("cycle failed", fault()) for _ in range(8)]
    clock.seconds += FORGOTTEN_AFTER_SECONDS

    assert waits == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0, 1.0, 1.0]
    assert faults.note("cycle failed", fault()) == waits[0]


def test_what_comes_back_after_a_quiet_minute_is_told_in_full_again(
    faults: FaultLog, clock: Hand, caplog: pytest.LogCaptureFixture
) -> None:
    faults.note("cycle failed", fault())
    clock.seconds += FORGOTTEN_AFTER_SECONDS
    faults.note("cycle failed", fault())

    assert [record.exc_info is not None for record in caplog.records] == [True, True]


def test_endless_kinds_do_not_fill_the_memory(faults: FaultLog) -> None:
    kinds = [type(f"Fault{number}", (Exception,), {}) for number in range(3 * MOST_KINDS)]

    for kind in kinds:
        faults.note("cycle failed", kind())

    assert len(faults._kinds) == MOST_KINDS
