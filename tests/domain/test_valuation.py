"""A live trade in money: numbers that can be checked in the head."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.pricing.valuation import ASSUMED_TAKER_RATE, TradeMoney, percent_of, taker_rate_of
from domain.terms import Basis, Side

D = Decimal
# 2 at 100, 1 USDT booked, 0.5 USDT paid in fees and 0.25 in funding, 0.1 % to close.
LONG = TradeMoney(Side.LONG, D(100), D(2), D(1), D("0.5"), D("-0.25"), D("0.001"))


@pytest.mark.parametrize(("side", "gross"), [(Side.LONG, "21"), (Side.SHORT, "-19")])
def test_ten_above_the_entry_a_long_wins_what_a_short_loses(side: Side, gross: str) -> None:
    assert replace(LONG, side=side).gross_at(D(110)) == D(gross)


def test_net_counts_what_was_paid_and_what_closing_costs() -> None:
    assert LONG.net_at(D(110)) == D("21") - D("0.5") - D("0.22") - D("0.25")


def test_a_bracket_leaves_funding_out_and_fees_where_the_terms_are_gross() -> None:
    assert LONG.bracket_at(D(110), Basis.GROSS) == D("21")
    assert LONG.bracket_at(D(110), Basis.NET) == D("20.28")


def test_the_fee_rate_is_what_the_entry_paid_and_assumed_until_then() -> None:
    assert taker_rate_of(D(100), D(2), D("0.08")) == D("0.0004")
    assert taker_rate_of(D(100), D(2), D(0)) == ASSUMED_TAKER_RATE
    assert taker_rate_of(D(0), D(0), D("0.08")) == ASSUMED_TAKER_RATE


def test_a_part_of_nothing_or_of_what_is_unknown_has_no_percentage() -> None:
    assert percent_of(D(3), D(200)) == D("1.5")
    assert (percent_of(D(3), D(0)), percent_of(D(3), None), percent_of(None, D(200))) == (None, None, None)
