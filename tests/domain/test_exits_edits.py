"""Other exits for an open trade: refused for what a new trade is refused for."""

from decimal import Decimal

from domain.exit_plan import NO_EXITS, ExitPlan, PartialTarget
from domain.exits.edits import exit_edit_refusals
from domain.exits.moves import ExitPrices
from domain.pricing.brackets import EntryFill
from domain.terms import Basis, Side
from tests.services.building import BTC_RULES

D = Decimal
PRICES = ExitPrices(EntryFill(Side.LONG, D("0.03"), D(100_000), D("1.2")), Basis.NET, D("0.0004"), D("0.1"))
HALVES = ExitPlan(targets=(PartialTarget(D(10), D(50)), PartialTarget(D(20), D(50))))
SLIVER = ExitPlan(targets=(PartialTarget(D(10), D(1)), PartialTarget(D(20), D(99))))


def refused(before: ExitPlan, wanted: ExitPlan, tp: str | None = "15", taken: tuple[int, ...] = ()) -> str:
    words = exit_edit_refusals(before, wanted, PRICES, BTC_RULES, D(10), None if tp is None else D(tp), taken)
    return " ".join(words)


def test_a_step_before_the_target_is_taken_and_one_behind_it_is_not() -> None:
    assert refused(NO_EXITS, ExitPlan(D("14.99"))) == ""
    assert "would never begin" in refused(NO_EXITS, ExitPlan(D(15)))
    assert refused(NO_EXITS, ExitPlan(D(15)), tp=None) == ""


def test_targets_that_cannot_be_split_are_refused_in_the_words_of_the_form() -> None:
    assert refused(NO_EXITS, HALVES) == ""
    assert "Give it a larger share, or use fewer targets." in refused(NO_EXITS, SLIVER)


def test_targets_stay_once_one_was_taken_and_the_rest_may_change() -> None:
    assert "stay as they are" in refused(HALVES, NO_EXITS, taken=(1,))
    assert refused(HALVES, ExitPlan(D(5), targets=HALVES.targets), taken=(1,)) == ""
