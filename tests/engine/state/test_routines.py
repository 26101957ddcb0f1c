"""Routines have a schedule, and the engine's own wait is the net under it."""

from engine.state.backoff import ACCOUNT_AT_LATEST, BALANCE_AT_LATEST, CLOCK_AT_LATEST, FULL_CHECK_AT_LATEST
from engine.state.routines import ROUTINE_EVERY, Routine

NETS = {
    Routine.CHECK_POSITIONS: FULL_CHECK_AT_LATEST,
    Routine.SAMPLE_EQUITY: BALANCE_AT_LATEST,
    Routine.MEASURE_CLOCK: CLOCK_AT_LATEST,
    Routine.VERIFY_ACCOUNT: ACCOUNT_AT_LATEST,
}


def test_every_routine_has_a_schedule() -> None:
    assert set(ROUTINE_EVERY) == set(Routine)


def test_a_job_comes_before_the_engine_helps_itself() -> None:
    for routine, at_latest in NETS.items():
        assert ROUTINE_EVERY[routine] < at_latest < 3 * ROUTINE_EVERY[routine], routine
