"""Where asking for the history stands."""

from engine.state.history_check import HistoryCheck


def test_it_is_due_after_a_sign_in() -> None:
    assert HistoryCheck().due
    assert HistoryCheck().missed_since is None
