"""How long trades were without a stop: from spans of time alone."""

from tests.system.chaos.unprotected import After, Gap, _without, distribution


def test_what_nothing_covers_is_left() -> None:
    assert _without((0, 10), []) == [(0, 10)]
    assert _without((0, 10), [(0, 10)]) == []
    assert _without((0, 10), [(2, 4), (3, 6)]) == [(0, 2), (6, 10)]
    assert _without((5, 10), [(0, 3), (8, 99)]) == [(5, 8)]
    assert _without((5, 10), [(20, 30)]) == [(5, 10)]
    assert _without((5, 5), []) == []


def test_the_distribution_keeps_the_two_beginnings_apart() -> None:
    found = [Gap(After.FILL, 1, milliseconds) for milliseconds in range(1, 101)] + [Gap(After.STOP_GONE, 1, 9000)]

    assert distribution(found) == [
        "without a stop after a fill: 100 times, p50 0.051 s, p99 0.100 s, longest 0.100 s",
        "without a stop after a stop vanished: 1 times, p50 9.000 s, p99 9.000 s, longest 9.000 s",
    ]


def test_what_was_promised_is_told_from_what_is_longer() -> None:
    assert not Gap(After.FILL, 1, 5000).is_too_long
    assert Gap(After.FILL, 1, 5001).is_too_long
    assert not Gap(After.STOP_GONE, 1, 9000).is_too_long
