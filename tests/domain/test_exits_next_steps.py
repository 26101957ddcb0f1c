"""What the exits of an open trade do next is said in prices, and only what is still to come."""

from decimal import Decimal
from typing import Any

import pytest

from domain.exit_plan import ExitPlan, LockIn, PartialTarget, Trail, TrailUnit
from domain.exits.moves import PersonsMove
from domain.exits.next_steps import next_sentences, steps_left
from domain.exits.targets import TargetPart
from domain.terms import Side
from tests.domain.test_exits_moves import trade
from tests.services.building import BTC_RULES

D = Decimal
STEPS = ExitPlan(break_even_after_usdt=D(10), lock_ins=(LockIn(D(20), D(12)), LockIn(D(30), D(25))))
TRAIL_LATER = ExitPlan(trail=Trail(TrailUnit.PRICE, D(8), D(10)))


def said(plan: ExitPlan, best: str, stop: str = "990", **changes: Any) -> list[str]:
    now = trade(best, best, stop, **changes)
    return [words.replace("\u202f", " ") for words in next_sentences(plan, now, (), BTC_RULES)]


@pytest.mark.parametrize(
    ("best", "stop", "words"),
    [
        ("1000", "990", ["At 1 010.0 the stop moves to break-even, 1 000.0."]),
        ("1010", "1000", ["At 1 020.0 the stop moves to 1 012.0: +12.00 USDT stays."]),
        ("1020", "1012", ["At 1 030.0 the stop moves to 1 025.0: +25.00 USDT stays."]),
        ("1030", "1025", []),
    ],
)
def test_the_next_step_is_the_first_not_reached_yet(best: str, stop: str, words: list[str]) -> None:
    assert said(STEPS, best, stop) == words


def test_a_short_goes_down_to_its_steps() -> None:
    assert said(STEPS, "1000", "1010", side=Side.SHORT) == ["At 990.0 the stop moves to break-even, 1 000.0."]


def test_a_step_that_would_bring_the_stop_back_is_none() -> None:
    assert said(ExitPlan(break_even_after_usdt=D(10)), "1005", "1002") == []


def test_a_trailing_stop_says_when_it_begins_and_then_how_it_follows() -> None:
    assert said(TRAIL_LATER, "1000") == ["At 1 010.0 the stop begins to trail."]
    assert said(TRAIL_LATER, "1011", "1003") == ["The stop trails 8.0 behind the best price, 1 011.0 so far."]


def test_a_trailing_stop_that_a_person_moved_says_when_it_goes_on() -> None:
    words = said(TRAIL_LATER, "1011", "995", by_person=PersonsMove(D(1011), 0))

    assert words == ["The stop trails 8.0 behind again once the price is beyond 1 011.0, because you moved it."]


def test_targets_that_the_stop_follows_are_steps_until_they_are_taken() -> None:
    plan = ExitPlan(targets=(PartialTarget(D(10), D(50)), PartialTarget(D(20), D(50))), stop_follows_targets=True)

    first, second = trade("1000"), trade("1012", stop="1000", targets_reached=1)

    assert [step.trigger_price for step in steps_left(plan, first)] == [1010, 1020]
    assert [step.stop_price for step in steps_left(plan, second)] == [1010]
    (words, target) = next_sentences(plan, second, [TargetPart(2, D(1020), None)], BTC_RULES)
    assert words.replace("\u202f", " ") == (
        "When the target at 1 020.0 is reached, the stop moves to 1 010.0: +10.00 USDT stays."
    )
    assert target.replace("\u202f", " ") == "At 1 020.0 target 2 of 2 closes the rest."
