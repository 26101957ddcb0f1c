"""A private stream that is open and silent while orders change is deaf; every other silence is none of its fault."""

from exchange.hearing import Hearing


def open_since(at: float) -> Hearing:
    hearing = Hearing()
    hearing.connected(at)
    return hearing


def test_silence_after_a_change_is_deafness_after_five_seconds() -> None:
    hearing = open_since(10.0)
    hearing.changed(since=20.0, now=20.5)

    assert not hearing.judge(25.4)
    assert hearing.judge(25.5)
    assert hearing.is_deaf


def test_silence_without_a_change_is_no_deafness() -> None:
    assert not open_since(10.0).judge(1000.0)


def test_an_event_before_the_answer_to_the_request_counts() -> None:
    hearing = open_since(10.0)
    hearing.heard(20.1)
    hearing.changed(since=20.0, now=20.5)

    assert not hearing.judge(100.0)


def test_an_event_from_before_the_request_does_not() -> None:
    hearing = open_since(10.0)
    hearing.heard(19.9)
    hearing.changed(since=20.0, now=20.5)

    assert hearing.judge(100.0)


def test_what_changed_before_it_was_open_it_cannot_tell() -> None:
    hearing = open_since(20.2)
    hearing.changed(since=20.0, now=20.5)

    assert not hearing.judge(100.0)


def test_a_connection_that_ended_meanwhile_proves_nothing() -> None:
    hearing = open_since(10.0)
    hearing.changed(since=20.0, now=20.5)
    hearing.connected(None)
    hearing.connected(21.0)

    assert not hearing.judge(100.0)


def test_it_stays_deaf_over_a_new_connection_until_something_is_heard() -> None:
    hearing = open_since(10.0)
    hearing.changed(since=20.0, now=20.5)
    hearing.judge(30.0)
    hearing.connected(None)
    hearing.connected(31.0)
    still = hearing.is_deaf
    hearing.heard(32.0)

    assert still
    assert not hearing.is_deaf


def test_it_is_judged_deaf_once_for_one_silence() -> None:
    hearing = open_since(10.0)
    hearing.changed(since=20.0, now=20.5)

    assert [hearing.judge(30.0), hearing.judge(31.0)] == [True, False]
