"""What is sent is what was shown: a step of the quantity and a thousandth of the value are the room there is."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.preview.preview import Preview
from domain.preview.seen import worse_than_seen
from tests.domain.trades import rules

D = Decimal
# 1000 USDT of value on 100 of margin, 10 to lose; one step is a hundredth of the quantity.
SEEN = Preview(
    quantity=D("0.100"),
    position_value=D(1000),
    margin=D(100),
    entry_price_estimate=D(10_000),
    entry_fee=D("0.5"),
    exit_fee_at_target=D("0.5"),
    exit_fee_at_stop=D("0.5"),
    stop_price=D(9_910),
    target_price=D(10_160),
    net_at_target=D(15),
    net_at_stop=D(-10),
    liquidation_price=None,
    break_even_win_rate=D("0.4"),
    free_margin_after=D(900),
    stop_distance_fraction=D("-0.009"),
    target_distance_fraction=D("0.016"),
    liquidation_distance_fraction=None,
    worst_day_usdt=D(-100),
    worst_day_rounds=10,
    notes=(),
)
RULES = rules(step="0.001")


@pytest.mark.parametrize("margin", ["1", "100", "101.1"])  # 1 a step, 0.1 that the price may move it
def test_as_much_margin_as_was_shown_may_be_taken(margin: str) -> None:
    assert worse_than_seen(SEEN, replace(SEEN, margin=D(margin)), RULES) == ""


def test_more_margin_is_shown_first() -> None:
    why = worse_than_seen(SEEN, replace(SEEN, margin=D("101.11")), RULES)

    assert why == "It would now take 101.11 USDT of margin instead of 100.00."


@pytest.mark.parametrize("net", ["5", "-10", "-11.1"])  # 0.1 a step, 1 that the price may move it
def test_as_large_a_loss_as_was_shown_may_be_risked(net: str) -> None:
    assert worse_than_seen(SEEN, replace(SEEN, net_at_stop=D(net)), RULES) == ""


def test_a_larger_loss_is_shown_first() -> None:
    why = worse_than_seen(SEEN, replace(SEEN, net_at_stop=D("-11.11")), RULES)

    assert why == "You would now risk 11.11 USDT instead of 10.00."
