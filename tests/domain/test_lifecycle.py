"""The table of moves between phases."""

from itertools import product

import pytest

from domain.lifecycle import MOVES, Event, ImpossibleMove, next_phase
from domain.terms import LIVE_PHASES, Phase


@pytest.mark.parametrize(
    ("phase", "event", "after"),
    [
        (Phase.ENTERING, Event.FIRST_FILL, Phase.OPEN),
        (Phase.ENTERING, Event.ENTRY_REJECTED, Phase.FAILED),
        (Phase.ENTERING, Event.ENTRY_EXPIRED, Phase.FAILED),
        (Phase.ENTERING, Event.ENTRY_ABSENT, Phase.FAILED),
        (Phase.OPEN, Event.FLAT, Phase.CLOSED),
        (Phase.OPEN, Event.CLOSE_INTENT, Phase.CLOSING),
        (Phase.OPEN, Event.WRITTEN_OFF, Phase.CLOSED),
        (Phase.ENTERING, Event.WRITTEN_OFF, Phase.CLOSED),
        (Phase.CLOSING, Event.WRITTEN_OFF, Phase.CLOSED),
        (Phase.CLOSING, Event.FLAT, Phase.CLOSED),
        (Phase.CLOSING, Event.CLOSE_ENDED_WITH_QUANTITY, Phase.OPEN),
        (Phase.FAILED, Event.LATE_FILL, Phase.OPEN),
    ],
)
def test_a_move_of_the_table(phase: Phase, event: Event, after: Phase) -> None:
    assert next_phase(phase, event) is after


def test_everything_outside_the_table_is_impossible() -> None:
    impossible = [move for move in product(Phase, Event) if move not in MOVES]

    assert len(impossible) == len(Phase) * len(Event) - 15
    for phase, event in impossible:
        with pytest.raises(ImpossibleMove) as refusal:
            next_phase(phase, event)
        assert (refusal.value.phase, refusal.value.event) == (phase, event)


def test_closed_is_the_end() -> None:
    assert not [move for move in MOVES if move[0] is Phase.CLOSED]


def test_only_evidence_or_the_person_leads_to_closed() -> None:
    events = {event for (_, event), after in MOVES.items() if after is Phase.CLOSED}

    assert events == {Event.FLAT, Event.WRITTEN_OFF}


def test_a_failed_entry_lives_again_only_by_a_late_fill() -> None:
    events = {event for (phase, event), after in MOVES.items() if phase is Phase.FAILED and after in LIVE_PHASES}

    assert events == {Event.LATE_FILL}


@pytest.mark.parametrize("event", [Event.ENTRY_REJECTED, Event.ENTRY_EXPIRED, Event.ENTRY_ABSENT])
def test_learning_again_that_an_entry_never_filled_changes_nothing(event: Event) -> None:
    assert next_phase(Phase.FAILED, event) is Phase.FAILED


def test_every_live_phase_can_end() -> None:
    for phase in LIVE_PHASES:
        reached = {phase}
        for _ in Phase:
            reached |= {after for (before, _), after in MOVES.items() if before in reached}
        assert reached & {Phase.CLOSED, Phase.FAILED}
