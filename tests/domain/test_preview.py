"""What the form shows before anything is sent."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

from domain.preview.draft import Situation, draft_trade
from domain.preview.preview import MarketNow, Preview, preview, rounds_in_a_day
from domain.preview.refusals import Refusal
from domain.pricing.brackets import bracket_after_fill
from domain.reopening import EntryRefusal
from domain.terms import Basis, ReopenRule, Side
from tests.domain.trades import BTC, BTC_BRACKETS, RATES, TAKER, balance, held, market, rules, trade

D = Decimal

look = partial(preview, market=market(), rules=BTC, brackets=BTC_BRACKETS, rates=RATES, balance=balance())


def figures(answer: tuple[Preview | None, tuple[Refusal, ...]]) -> Preview:
    shown, refused = answer
    assert not refused
    assert shown is not None
    return shown


def test_a_long_is_shown_with_all_it_costs() -> None:
    prices = market(bid="59999.9", ask="60000.0", mark="60000.0")

    shown = figures(look(trade(), market=prices))

    assert shown.quantity == D("0.05")
    assert shown.entry_price_estimate == D("60000")
    assert shown.position_value == D("3000")
    assert shown.margin == D("150")
    assert shown.entry_fee == D("1.5")
    assert shown.target_price == D("60360.2")  # (3000 + 1.5 + 15) / (0.05 × 0.9995) = 60360.18…
    assert shown.stop_price == D("59859.93").quantize(D("0.1")) + D("0.1")  # (3000 + 1.5 − 10) / 0.049975 = 59859.93
    assert shown.net_at_target >= 15
    assert -10 <= shown.net_at_stop < D("-9.9")
    assert shown.exit_fee_at_target == D("1.509005")  # 3018.01 × 0.0005
    assert shown.free_margin_after == D("9848.5")
    assert shown.stop_distance_fraction < 0 < shown.target_distance_fraction
    assert shown.liquidation_price is None
    assert shown.notes == ()


def test_a_short_enters_at_the_bid() -> None:
    shown = figures(look(trade(Side.SHORT), market=market(bid="60000.0", ask="60000.1", mark="60000.0")))

    assert shown.entry_price_estimate == D("60000")
    assert shown.target_price < 60000 < shown.stop_price
    assert shown.liquidation_price is not None
    assert shown.liquidation_price > shown.stop_price


def test_the_figures_are_those_of_the_bracket_after_such_a_fill() -> None:
    terms = trade()
    situation = Situation(market(), BTC, BTC_BRACKETS, RATES, balance())

    shown = figures(look(terms))

    draft = draft_trade(terms, situation)
    assert draft is not None
    placed = bracket_after_fill(draft.entry, terms, BTC, TAKER, draft.liquidation, situation.market.mark)
    assert (shown.stop_price, shown.target_price) == (placed.stop_price, placed.target_price)


def test_a_stop_that_the_band_would_move_is_shown_where_it_will_be() -> None:
    shown = figures(look(trade(sl_usdt=D("300"))))

    assert shown.stop_price == D("81915.0")  # 86000 × 0.9525
    assert shown.net_at_stop > -300
    assert "so far from the price" in shown.notes[0]


# Refusals, each with the number that works


def only(answer: tuple[Preview | None, tuple[Refusal, ...]]) -> Refusal:
    _, refused = answer
    assert len(refused) == 1
    return refused[0]


def test_a_stop_within_the_fees() -> None:
    refusal = only(look(trade(sl_usdt=D("2"))))

    assert refusal.field == "sl_usdt"
    assert refusal.suggestion == D("2.94")  # fees 2 × 1.46, a tick 0.0034, and a little room
    assert "Enter 2.94 USDT or more" in refusal.message


def test_a_stop_behind_the_liquidation_price() -> None:
    refusal = only(look(trade(amount_usdt=D("90"), sl_usdt=D("99")), balance=balance("100")))

    assert refusal.field == "sl_usdt"
    assert "behind the liquidation price" in refusal.message
    assert isinstance(refusal.suggestion, D)
    assert refusal.suggestion < 99


def test_a_refused_stop_is_shown_where_it_was_asked_for() -> None:
    shown, _ = look(trade(amount_usdt=D("90"), sl_usdt=D("99")), balance=balance("100"))

    assert shown is not None
    assert shown.liquidation_price is not None
    assert shown.stop_price < shown.liquidation_price
    assert shown.notes == ()


def test_a_stop_below_zero() -> None:
    refusal = only(look(trade(leverage=1, amount_usdt=D("200"), sl_usdt=D("201")), rules=rules(min_notional=D(0))))

    assert refusal.field == "sl_usdt"
    assert "can never get to this stop" in refusal.message
    assert isinstance(refusal.suggestion, D)
    assert refusal.suggestion < 172  # 0.002 BTC


def test_a_stop_that_leaves_too_little_asks_for_a_larger_amount() -> None:
    refusal = only(look(trade(leverage=1, amount_usdt=D("200"), sl_usdt=D("201"))))

    assert refusal.field == "amount_usdt"
    assert refusal.suggestion == D("258.52")  # 0.003 BTC are worth 258, 57 at the stop


def test_a_trade_below_the_minimum_only_at_its_stop() -> None:
    low = rules(min_notional=D("100"), step="0.0001")
    terms = trade(amount_usdt=D("5.1"), sl_usdt=D("9"), tp_usdt=D("9"))

    refusal = only(look(terms, rules=low))

    assert refusal.field == "amount_usdt"  # 102 at the entry, 93 at the stop
    assert refusal.suggestion == D("5.61")  # 0.0013 BTC at 86 000.1 and 20×, and a little room


def test_a_trade_that_buys_nothing() -> None:
    shown, refused = look(trade(amount_usdt=D("0.01")))

    assert shown is None
    assert [refusal.field for refusal in refused] == ["amount_usdt"]
    assert refused[0].suggestion is not None


def test_more_than_the_largest_order() -> None:
    refusal = only(look(trade(amount_usdt=D("4000"), sl_usdt=D("900")), rules=rules(max_quantity=D("0.5"))))

    assert refusal.field == "amount_usdt"
    assert refusal.suggestion == D("2145.70")  # 0.5 × 86000.1 / 20, less a little room
    assert "at most 0.5 BTC" in refusal.message


def test_the_tightest_of_several_limits_is_named() -> None:
    terms = trade(amount_usdt=D("40000"), sl_usdt=D("900"))

    refusal = only(look(terms, rules=rules(max_quantity=D("5"))))

    assert refusal.field == "amount_usdt"
    assert "10\u202f000.00 USDT are free" in refusal.message
    assert isinstance(refusal.suggestion, D)
    assert refusal.suggestion < 10000


def test_more_leverage_than_the_size_allows() -> None:
    rich = balance("1000000")
    terms = trade(amount_usdt=D("10000"), leverage=100, sl_usdt=D("3000"), tp_usdt=D("3000"))

    refusal = only(look(terms, balance=rich))

    assert refusal.field == "leverage"
    assert refusal.suggestion == 80  # 800 000 / 10 000


def test_leverage_taken_by_the_other_side_leaves_only_the_amount() -> None:
    rich = balance("1000000")
    terms = trade(amount_usdt=D("10000"), leverage=100, sl_usdt=D("3000"), tp_usdt=D("3000"))

    refusal = only(look(terms, balance=rich, other_side_leverage=100))

    assert refusal.field == "amount_usdt"
    assert refusal.suggestion == D("7984.00")


def test_more_than_is_free() -> None:
    refusal = only(look(trade(), balance=balance("10000", available="100")))

    assert refusal.field == "amount_usdt"
    assert isinstance(refusal.suggestion, D)
    assert D("98") < refusal.suggestion < 100


def test_nothing_free_has_no_number_that_works() -> None:
    refusal = only(look(trade(), balance=balance("10000", available="0")))

    assert refusal.suggestion is None
    assert "close another trade first" in refusal.message


def test_a_gross_target_that_fees_would_eat() -> None:
    refusal = only(look(trade(basis=Basis.GROSS, tp_usdt=D("2"))))

    assert refusal.field == "tp_usdt"
    assert "Fees would eat this profit" in refusal.message
    assert refusal.suggestion == D("2.94")


def test_a_gross_target_that_earns_exactly_the_fees_is_no_gain() -> None:
    prices = market(bid="59970.0", ask="59970.0", mark="59970.0")
    even = trade(basis=Basis.GROSS, tp_usdt=D("3"))  # 0.05 × 60 = the fees on 59 970 and 60 030

    refusal = only(look(even, market=prices))

    assert "after fees the result would be 0.00 USDT" in refusal.message
    assert not look(trade(basis=Basis.GROSS, tp_usdt=D("3.01")), market=prices)[1]


def test_a_stop_may_lie_at_the_very_last_price_but_not_beyond() -> None:
    prices = market(bid="60000.0", ask="60000.0", mark="60000.0")
    ask = partial(look, market=prices, rules=rules(min_notional=D(0)))
    last = trade(basis=Basis.GROSS, leverage=1, amount_usdt=D("200"), sl_usdt=D("179.2167"))  # 0.003 × 59 738.9

    assert not ask(last)[1]
    assert only(ask(replace(last, sl_usdt=D("179.217")))).field == "sl_usdt"


def test_a_leverage_that_differs_from_the_other_side() -> None:
    refusal = only(look(trade(leverage=20), other_side_leverage=10, positions=(held(Side.SHORT, "0.01", "86000"),)))

    assert refusal.field == "leverage"
    assert refusal.suggestion == D(10)


def test_a_target_no_price_can_reach() -> None:
    refusal = only(look(trade(Side.SHORT, tp_usdt=D("3000"))))

    assert refusal.field == "tp_usdt"
    assert "can never get there" in refusal.message


def test_triggers_on_the_wrong_side_of_a_mark_that_is_far_from_the_book() -> None:
    apart = market(mark="85000.0")

    refusal = only(look(trade(), market=apart))

    assert refusal.field == "sl_usdt"
    assert "trigger at once" in refusal.message
    assert isinstance(refusal.suggestion, D)


@pytest.mark.parametrize(
    "changes",
    [
        {"rules": rules(trading=False)},
        {"market": MarketNow(D(0), D("86000"), D("86000"))},
        {"market": market(mark="80000.0")},
        {"free_conditional_slots": 2},
    ],
)
def test_a_symbol_that_cannot_be_traded_now(changes: dict[str, Any]) -> None:
    _, refused = look(trade(sl_usdt=D("900")), **changes)

    assert "symbol" in [refusal.field for refusal in refused]
    assert all(refusal.suggestion is None for refusal in refused if refusal.field == "symbol")


@pytest.mark.parametrize(
    ("changes", "cause"),
    [
        ({"balance": balance("10000", available="100")}, EntryRefusal.MARGIN_SHORT),
        ({"free_conditional_slots": 2}, EntryRefusal.NO_ROOM_FOR_STOPS),
        ({"market": market(mark="85000.0")}, EntryRefusal.PRICES_APART),
        ({"rules": rules(trading=False)}, EntryRefusal.SYMBOL_RESTRICTED),
        ({"market": MarketNow(D(0), D("86000"), D("86000"))}, EntryRefusal.THIN_BOOK),
    ],
)
def test_what_may_pass_by_itself_says_so(changes: dict[str, Any], cause: EntryRefusal) -> None:
    refusal = only(look(trade(), **changes))

    assert refusal.cause is cause
    assert refusal.cause.is_passing


@pytest.mark.parametrize("changes", [{"sl_usdt": D("2")}, {"amount_usdt": D("0.01")}, {"sl_usdt": D("9999999")}])
def test_terms_that_never_work_last(changes: dict[str, Any]) -> None:
    refused = look(trade(**changes))[1]

    assert refused
    assert not any(refusal.cause.is_passing for refusal in refused)


def test_three_free_slots_are_enough() -> None:
    assert not look(trade(), free_conditional_slots=3)[1]


@pytest.mark.parametrize("rule", [ReopenRule(True, delay=timedelta(seconds=-1)), ReopenRule(True, maximum=0)])
def test_a_reopen_rule_that_makes_no_sense(rule: ReopenRule) -> None:
    assert only(look(trade(reopen=rule))).field == "reopen"


def test_what_is_not_a_number_is_refused_without_figures() -> None:
    shown, refused = look(trade(amount_usdt=D("NaN"), leverage=0))

    assert shown is None
    assert [refusal.field for refusal in refused] == ["amount_usdt", "leverage"]


def test_all_that_is_wrong_is_said_at_once() -> None:
    _, refused = look(trade(amount_usdt=D("1"), sl_usdt=D("0"), tp_usdt=D("-1")))

    assert {refusal.field for refusal in refused} == {"amount_usdt", "sl_usdt", "tp_usdt"}
    assert None not in [refusal.suggestion for refusal in refused]


# A losing day


@pytest.mark.parametrize(
    ("rule", "rounds"),
    [
        (ReopenRule(False), 1),
        (ReopenRule(True, after_stop=False), 1),
        (ReopenRule(True), 288),
        (ReopenRule(True, delay=timedelta(hours=7)), 4),
        (ReopenRule(True, delay=timedelta(days=2)), 1),
        (ReopenRule(True, maximum=19), 20),
        (ReopenRule(True, delay=timedelta(0)), 86400),
    ],
)
def test_how_many_losses_a_day_can_hold(rule: ReopenRule, rounds: int) -> None:
    assert rounds_in_a_day(rule) == rounds


def test_a_losing_day_costs_all_its_rounds() -> None:
    shown = figures(look(trade(reopen=ReopenRule(True, maximum=19))))

    assert shown.worst_day_rounds == 20
    assert shown.worst_day_usdt == 20 * shown.net_at_stop


def test_a_losing_day_ends_with_the_wallet() -> None:
    shown = figures(look(trade(reopen=ReopenRule(True)), balance=balance("995")))

    assert shown.worst_day_usdt == -995
    assert shown.worst_day_rounds == 100
