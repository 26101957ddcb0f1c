"""A trade as it would turn out if it were opened now."""

from dataclasses import replace
from decimal import Decimal

from domain.preview.draft import Draft, Situation, draft_trade, expected_entry_price, worst_value_price
from domain.pricing.liquidation import liquidation_price
from domain.terms import Side, TradeTerms
from tests.domain.trades import BTC, BTC_BRACKETS, RATES, balance, market, trade

D = Decimal

AT_60000 = market(bid="60000.0", ask="60000.0", mark="60000.0")
SMALL = Situation(AT_60000, BTC, BTC_BRACKETS, RATES, balance("1000"))


def drafted(terms: TradeTerms, situation: Situation) -> Draft:
    draft = draft_trade(terms, situation)
    assert draft is not None
    return draft


def test_entries_are_expected_at_the_price_that_is_offered() -> None:
    prices = market(bid="59999.9", ask="60000.1", mark="60000.5")

    assert expected_entry_price(Side.LONG, prices) == D("60000.1")
    assert expected_entry_price(Side.SHORT, prices) == D("59999.9")
    assert worst_value_price(Side.LONG, prices) == D("60000.5")


def test_the_fee_needs_margin_too() -> None:
    draft = drafted(trade(), SMALL)

    assert draft.margin == D("150")
    assert draft.needed_margin == D("151.5")


def test_a_mark_on_the_wrong_side_needs_margin_for_the_loss() -> None:
    below = replace(SMALL, market=market(bid="60000.0", ask="60000.0", mark="59900.0"))

    assert drafted(trade(), below).needed_margin == D("156.5")  # 100 × 0.05 lost at once
    assert drafted(trade(Side.SHORT), below).needed_margin == D("151.5")


def test_liquidation_counts_the_wallet_after_the_fee() -> None:
    draft = drafted(trade(), replace(SMALL, balance=balance("200")))

    assert draft.liquidation == liquidation_price(
        Side.LONG, D("0.05"), D("60000"), D("198.5"), D(0), D(0), BTC_BRACKETS
    )


def test_liquidation_counts_the_other_side_once() -> None:
    held = (D("0.02"), D("61000"))  # a SHORT that has won 20
    other = replace(SMALL, balance=balance("200", unrealised="50"), other_side=held)

    draft = drafted(trade(), other)

    assert draft.liquidation == liquidation_price(
        Side.LONG, D("0.05"), D("60000"), D("198.5"), D(0), D("30"), BTC_BRACKETS, held
    )


def test_maintenance_of_other_symbols_brings_liquidation_nearer() -> None:
    alone = drafted(trade(), replace(SMALL, balance=balance("200")))
    crowded = drafted(trade(), replace(SMALL, balance=balance("200"), other_maintenance_usdt=D("50")))

    assert alone.liquidation is not None
    assert crowded.liquidation is not None
    assert crowded.liquidation > alone.liquidation
    assert crowded.farthest_stop is not None
    assert 0 < crowded.farthest_stop - crowded.liquidation <= 2 * BTC.tick_size


def test_too_small_an_amount_makes_no_trade() -> None:
    assert draft_trade(trade(amount_usdt=D("2.99")), SMALL) is None
    assert draft_trade(trade(amount_usdt=D("3.00")), SMALL) is not None
