"""What is remembered of measurements."""

from engine.state.probe_state import ProbeState, forms_heard
from exchange.private_forms import KeyPlace, PrivateForm


def test_stored_forms_are_forms_again() -> None:
    assert forms_heard([["ws://127.0.0.1:1", "path"]]) == (PrivateForm("ws://127.0.0.1:1", KeyPlace.PATH),)
    assert forms_heard(None) == ()


def test_there_is_no_room_before_a_cycle_has_looked() -> None:
    assert not ProbeState().has_room()
