"""A trade as it would turn out if it were opened now."""

from dataclasses import replace
from decimal import Decimal

from domain.preview.draft import Draft, Situation, draft_trade, expected_entry_price, worst_value_price
from domain.terms import Side, TradeTerms
from tests.domain.trades import BTC, BTC_BRACKETS, RATES, balance, held, market, trade

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


def test_liquidation_counts_the_cross_wallet_after_the_fee() -> None:
    isolated_elsewhere = replace(balance("500"), cross_wallet_usdt=D("200"))
    draft = drafted(trade(), replace(SMALL, balance=isolated_elsewhere))

    # (198.5 − 3000) / (0.05 × 0.004 − 0.05)
    assert draft.liquidation is not None
    assert round(draft.liquidation, 2) == D("56255.02")


def test_liquidation_counts_the_other_side_at_the_same_price() -> None:
    small = replace(SMALL, balance=balance("200"), positions=(held(Side.SHORT, "0.02", "61000"),))
    large = replace(SMALL, balance=balance("200"), positions=(held(Side.SHORT, "0.06", "61000"),))

    alone = drafted(trade(), replace(SMALL, balance=balance("200"))).liquidation
    hedged = drafted(trade(), small).liquidation

    assert alone is not None
    assert hedged is not None
    assert hedged < alone
    assert drafted(trade(), large).liquidation is None, "the larger side wins on the way down"


def test_positions_elsewhere_bring_liquidation_nearer_unless_they_are_isolated() -> None:
    small = replace(SMALL, balance=balance("200"))
    other = held(Side.LONG, "0.2", "60100", symbol="ETHUSDT")  # lost 20, keeps 48
    crowded = drafted(trade(), replace(small, positions=(other,)))
    apart = drafted(trade(), replace(small, positions=(replace(other, isolated=True),)))
    alone = drafted(trade(), small)

    assert alone.liquidation is not None
    assert crowded.liquidation is not None
    assert crowded.liquidation > alone.liquidation
    assert apart.liquidation == alone.liquidation
    assert crowded.farthest_stop is not None
    assert 0 < crowded.farthest_stop - crowded.liquidation <= 2 * BTC.tick_size


def test_too_small_an_amount_makes_no_trade() -> None:
    assert draft_trade(trade(amount_usdt=D("2.99")), SMALL) is None
    assert draft_trade(trade(amount_usdt=D("3.00")), SMALL) is not None
