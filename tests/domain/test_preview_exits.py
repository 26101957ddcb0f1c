"""What the form says of exits that move, in numbers that can be checked in the head."""

from decimal import Decimal

from domain.exit_plan import ExitPlan, LockIn, PartialTarget, Trail, TrailUnit
from domain.exits.moves import ExitPrices
from domain.preview.exits import exit_refusals, exit_sentences
from domain.pricing.brackets import EntryFill
from domain.terms import Basis, ReopenRule, Side, TradeTerms
from tests.services.building import BTC_RULES

D = Decimal
# One BTC at 1000 without fees: a point of price is a USDT.
PRICES = ExitPrices(EntryFill(Side.LONG, D(1), D(1000), D(0)), Basis.GROSS, D(0), D("0.1"))


def said(plan: ExitPlan) -> str:
    return " ".join(exit_sentences(plan, PRICES, BTC_RULES, D(990)))


def terms(plan: ExitPlan) -> TradeTerms:
    return TradeTerms("BTCUSDT", Side.LONG, D(100), 10, D(60), D(10), Basis.GROSS, ReopenRule(enabled=False), plan)


def test_a_step_says_where_the_stop_goes_and_what_stays() -> None:
    words = said(ExitPlan(lock_ins=(LockIn(D(10), D(5)),))).replace("\u202f", "").replace("\u2009", "")

    assert words == "If the price goes to 1010.0, the stop goes to 1005.0: +5.00 USDT stays."


def test_a_trailing_stop_says_its_distance() -> None:
    assert "stays about 3.0 behind the best price" in said(ExitPlan(trail=Trail(TrailUnit.PRICE, D(3))))


def test_targets_say_what_they_bring_together() -> None:
    plan = ExitPlan(targets=(PartialTarget(D(10), D(50)), PartialTarget(D(20), D(50))))

    assert "All targets together bring about +15.00 USDT." in said(plan)


def test_what_makes_no_sense_is_refused_beside_the_section() -> None:
    (refusal,) = exit_refusals(terms(ExitPlan(break_even_after_usdt=D(60))), None, BTC_RULES)

    assert refusal.field == "exits"
    assert "would never begin" in refusal.message


def test_a_share_too_small_for_the_exchange_is_refused_with_what_it_takes() -> None:
    tiny = ExitPlan(targets=(PartialTarget(D(10), D("0.01")), PartialTarget(D(20), D("99.99"))))

    refusals = exit_refusals(terms(tiny), PRICES, BTC_RULES)

    assert any("Give it a larger share" in refusal.message for refusal in refusals)
