"""Amounts and exits in any unit, there and back."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.preview.amounts import (
    SATOSHI,
    AmountMeasure,
    AmountUnit,
    ExitUnit,
    ExpectedTrade,
    Quote,
    amount_from,
    exit_number,
    exit_usdt,
    expected_trade,
    margin_from,
)
from domain.preview.draft import MarketNow
from domain.terms import Basis, Side
from tests.domain.trades import BTC, TAKER, D, decimals, rules, ticks

MEASURES = st.sampled_from(AmountMeasure)
UNITS = st.sampled_from(AmountUnit)
MARKET = MarketNow(bid=D("60000.0"), ask=D("60000.1"), mark=D("60000.0"))
QUOTE = Quote(MARKET, BTC, D("0"), free_usdt=D("9000"))


def expected(side: Side = Side.LONG, basis: Basis = Basis.GROSS, quote: Quote = QUOTE) -> ExpectedTrade:
    trade = expected_trade(side, D("150"), 20, basis, quote)
    assert trade is not None
    return trade


@pytest.mark.parametrize(
    ("amount", "measure", "unit", "margin"),
    [
        ("150", AmountMeasure.MARGIN, AmountUnit.USDT, "150"),
        ("3000", AmountMeasure.VALUE, AmountUnit.USDT, "150"),
        ("5", AmountMeasure.MARGIN, AmountUnit.PERCENT_FREE, "450"),
        ("100", AmountMeasure.VALUE, AmountUnit.PERCENT_FREE, "450"),
    ],
)
def test_an_amount_means_the_same_margin_in_every_unit(
    amount: str, measure: AmountMeasure, unit: AmountUnit, margin: str
) -> None:
    assert margin_from(D(amount), measure, unit, 20, D("9000")) == D(margin)
    assert amount_from(D(margin), measure, unit, 20, D("9000")) == D(amount)


def test_a_margin_is_rounded_down_never_up() -> None:
    assert margin_from(D("100"), AmountMeasure.VALUE, AmountUnit.USDT, 3, None) == D("33.33333333")


def test_percent_of_an_unknown_margin_is_unknown() -> None:
    assert margin_from(D("5"), AmountMeasure.MARGIN, AmountUnit.PERCENT_FREE, 20, None) is None
    assert amount_from(D("5"), AmountMeasure.MARGIN, AmountUnit.PERCENT_FREE, 20, None) is None
    assert amount_from(D("5"), AmountMeasure.MARGIN, AmountUnit.PERCENT_FREE, 20, D(0)) is None


@given(
    margin=decimals("0.01", "100000", places=2),
    leverage=st.integers(1, 125),
    free=decimals("1", "1000000", places=8),
    measure=MEASURES,
    unit=UNITS,
)
def test_a_margin_comes_back_and_never_grows(
    margin: D, leverage: int, free: D, measure: AmountMeasure, unit: AmountUnit
) -> None:
    written = amount_from(margin, measure, unit, leverage, free)
    assert written is not None

    back = margin_from(written, measure, unit, leverage, free)

    assert back is not None
    # One SATOSHI is lost at most in writing it, a percent weighing free / 100, and one more in reading it.
    assert D(0) <= margin - back <= SATOSHI * (1 + max(D(1), free / 100))


def test_a_target_and_a_stop_in_every_unit() -> None:
    trade = expected()  # 0.049 BTC at 60 000.1, no fees

    assert exit_usdt(D("12"), ExitUnit.USDT, trade, won=True) == D("12")
    assert exit_usdt(D("61000.1"), ExitUnit.PRICE, trade, won=True) == D("49")
    assert exit_usdt(D("59900.1"), ExitUnit.PRICE, trade, won=False) == D("4.9")
    assert exit_usdt(D("10"), ExitUnit.PERCENT_MARGIN, trade, won=False) == D("15")
    assert exit_usdt(D("1"), ExitUnit.PERCENT_PRICE, trade, won=True) == D("29.4049")  # 60 600.101 goes up to …0.2


def test_a_price_on_the_wrong_side_is_a_negative_amount() -> None:
    assert exit_usdt(D("59000.1"), ExitUnit.PRICE, expected(), won=True) == D("-49")
    assert exit_usdt(D("61000.1"), ExitUnit.PRICE, expected(), won=False) == D("-49")


def test_too_small_an_amount_is_no_trade() -> None:
    assert expected_trade(Side.LONG, D("1"), 1, Basis.NET, QUOTE) is None
    assert expected_trade(Side.LONG, D("0"), 1, Basis.NET, QUOTE) is None


@given(
    side=st.sampled_from(Side),
    basis=st.sampled_from(Basis),
    won=st.booleans(),
    tick=ticks,
    away=st.integers(1, 5000),
    fee=st.sampled_from((D(0), TAKER)),
)
def test_a_price_comes_back_to_the_tick(side: Side, basis: Basis, won: bool, tick: D, away: int, fee: D) -> None:
    market = MarketNow(bid=tick * 9999, ask=tick * 10000, mark=tick * 10000)
    quote = Quote(market, rules(tick=str(tick), step="1", min_quantity=D(1)), fee, D("9000"))
    trade = expected_trade(side, tick * 200_000, 5, basis, quote)
    assert trade is not None
    price = tick * (10000 + away)

    usdt = exit_usdt(price, ExitUnit.PRICE, trade, won)

    assert exit_number(usdt, ExitUnit.PRICE, trade, won) == price


@given(
    side=st.sampled_from(Side),
    basis=st.sampled_from(Basis),
    won=st.booleans(),
    percent=decimals("0.01", "90", places=2),
)
def test_percents_come_back(side: Side, basis: Basis, won: bool, percent: D) -> None:
    trade = expected(side, basis, Quote(MARKET, BTC, TAKER, D("9000")))
    assume(trade.entry.quantity > 0)

    of_margin = exit_usdt(percent, ExitUnit.PERCENT_MARGIN, trade, won)
    of_price = exit_usdt(percent, ExitUnit.PERCENT_PRICE, trade, won)

    assert exit_number(of_margin, ExitUnit.PERCENT_MARGIN, trade, won) == percent
    # The tick next to it is less than 0.0002 % of 60 000 away.
    assert abs(exit_number(of_price, ExitUnit.PERCENT_PRICE, trade, won) - percent) <= D("0.0002")
