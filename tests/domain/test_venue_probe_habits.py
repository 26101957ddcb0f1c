"""What the bot does by what was measured; what was not changes nothing."""

from domain.venue_probe.habits import VenueHabits, habits_of
from domain.venue_probe.questions import NOT_MEASURED, Question


def test_what_was_not_measured_changes_nothing() -> None:
    assert habits_of({}) == VenueHabits()
    assert habits_of(dict.fromkeys(map(str, Question), NOT_MEASURED)) == VenueHabits()


def test_what_was_measured_is_acted_on() -> None:
    measured = {"duplicate_id": "-4015", "stop_band": "free", "closers": "direction"}

    assert habits_of(measured) == VenueHabits(-4015, stops_bounded=False, closers_collide=True)
