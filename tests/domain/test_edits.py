"""Stop and target moved by money, by price and by per cent."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from domain.preview.edits import (
    OpenTrade,
    break_even_price,
    edit_refusals,
    part_quantity,
    percent_at_price,
    price_for_percent,
    price_for_result,
    result_at_price,
)
from domain.terms import Side

D = Decimal
LONG = OpenTrade(Side.LONG, D("0.1"), D("60000"), D("3"), D("0.0005"), D("0.1"))  # 3 USDT paid for the entry
SHORT = OpenTrade(Side.SHORT, D("0.1"), D("60000"), D("3"), D("0.0005"), D("0.1"))


def trades() -> some.SearchStrategy[OpenTrade]:
    return some.builds(
        OpenTrade,
        side=some.sampled_from(Side),
        quantity=some.decimals("0.001", "1000", places=3),
        entry_price=some.decimals("1", "100000", places=2),
        paid_usdt=some.decimals("-100", "100", places=4),
        taker_rate=some.sampled_from([D(0), D("0.0002"), D("0.0005")]),
        tick_size=some.sampled_from([D("0.01"), D("0.1"), D("0.00001")]),
    )


def test_result_at_a_price_counts_the_fees_of_both_ways() -> None:
    assert result_at_price(LONG, D("60200")) == D("13.99")  # 20 − 3 − 6020 × 0.0005
    assert result_at_price(SHORT, D("60200")) == D("-26.01")


def test_break_even_lies_beyond_the_fees() -> None:
    assert break_even_price(LONG) == D("60060.1")  # (6000 + 3) / (0.1 × 0.9995) = 60060.03
    assert break_even_price(SHORT) == D("59940.0")  # (6000 − 3) / (0.1 × 1.0005) = 59940.02…


def test_per_cent_is_of_the_entry_in_the_positions_favour() -> None:
    assert price_for_percent(LONG, D("-0.5")) == D("59700.0")
    assert price_for_percent(SHORT, D("-0.5")) == D("60300.0")
    assert percent_at_price(SHORT, D("59400")) == D("1")


@given(trades(), some.decimals("-500", "500", places=2))
def test_a_price_for_a_result_never_brings_less_and_is_the_nearest_tick(trade: OpenTrade, requested: Decimal) -> None:
    price = price_for_result(trade, requested)

    one_tick_worse = price - trade.side.sign * trade.tick_size
    assert result_at_price(trade, price) >= requested > result_at_price(trade, one_tick_worse)


@given(trades(), some.decimals("-50", "50", places=2))
def test_per_cent_and_price_lead_back_to_each_other_within_a_tick(trade: OpenTrade, percent: Decimal) -> None:
    back = percent_at_price(trade, price_for_percent(trade, percent))

    assert 0 <= back - percent < trade.tick_size / trade.entry_price * 100 + D("1e-20")


def test_part_is_rounded_down_to_what_can_be_traded() -> None:
    assert part_quantity(D("0.035"), D("0.5"), D("0.001")) == D("0.017")
    assert part_quantity(D("0.001"), D("0.25"), D("0.001")) == 0


@pytest.mark.parametrize(
    ("side", "stop", "target", "complaint"),
    [
        (Side.LONG, "60100", "60200", "The stop must lie below the price of 60\u202f050.0."),
        (Side.LONG, "59000", "60000", "The target must lie above the price of 60\u202f050.0."),
        (Side.SHORT, "60000", "59000", "The stop must lie above the price of 60\u202f050.0."),
        (Side.LONG, "-1", "60200", "The stop must be a price above 0."),
        (Side.LONG, "59000.05", "60200", "The stop must be a multiple of 0.1, for example 59\u202f000.1."),
        (Side.LONG, "57000", "60200", "The exchange would liquidate the position at 57\u202f500.0, before this stop."),
    ],
)
def test_impossible_prices_are_refused_with_the_reason(side: Side, stop: str, target: str, complaint: str) -> None:
    liquidation = D("57500") if side is Side.LONG else D("62500")

    assert edit_refusals(side, D("0.1"), D("60050"), liquidation, D(stop), D(target)) == [complaint]


def test_price_left_alone_is_not_judged() -> None:
    assert edit_refusals(Side.LONG, D("0.1"), D("60050"), None, None, None) == []
