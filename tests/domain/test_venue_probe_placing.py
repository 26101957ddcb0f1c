"""Where a probe may place orders: far from the price, inside the band, in a pair nobody trades."""

from dataclasses import replace
from decimal import Decimal

import pytest

from domain.terms import SymbolRules
from domain.venue_probe.placing import NoRoom, far_prices, pair_to_probe, probe_prefix

D = Decimal
RULES = SymbolRules(
    symbol="LTCUSDT",
    base_asset="LTC",
    tick_size=D("0.01"),
    min_price=D("0.01"),
    max_price=D("100000"),
    step_size=D("0.001"),
    min_quantity=D("0.001"),
    max_quantity=D("1000"),
    min_notional=D("5"),
    multiplier_up=D("1.05"),
    multiplier_down=D("0.95"),
    market_take_bound=D("0.05"),
    trading=True,
    price_precision=3,
)


def test_orders_lie_inside_the_band_and_far_from_the_price() -> None:
    prices = far_prices(RULES, D("100"))

    assert prices.limit == D("96")  # the edge is 95, a fifth of the way to 100 is 96
    assert prices.stop == D("96")
    assert prices.between_ticks == D("96.001")
    assert prices.outside == D("76")


def test_without_finer_prices_there_is_none_between_two_ticks() -> None:
    assert far_prices(replace(RULES, price_precision=2), D("100")).between_ticks is None
    assert far_prices(replace(RULES, price_precision=None), D("100")).between_ticks is None


def test_the_quantity_is_the_smallest_that_every_order_needs() -> None:
    prices = far_prices(RULES, D("100"))

    assert prices.quantity == D("0.066")  # 5 USDT at 76 is 0.0657…, up to the step


def test_a_band_too_narrow_leaves_no_room() -> None:
    with pytest.raises(NoRoom):
        far_prices(replace(RULES, multiplier_down=D("0.99")), D("100"))


def test_a_price_of_few_ticks_leaves_no_room() -> None:
    with pytest.raises(NoRoom):
        far_prices(replace(RULES, multiplier_down=D("0.95")), D("0.05"))


def test_the_pair_with_the_widest_band_of_those_nobody_trades_is_taken() -> None:
    rules = {
        "AAAUSDT": replace(RULES, symbol="AAAUSDT", multiplier_down=D("0.9")),
        "BBBUSDT": replace(RULES, symbol="BBBUSDT", multiplier_down=D("0.8")),
        "CCCUSDT": replace(RULES, symbol="CCCUSDT", multiplier_down=D("0.7"), trading=False),
    }

    coarse = {"AAADUSDT": replace(RULES, symbol="AAADUSDT", multiplier_down=D("0.1"), price_precision=2)}

    assert pair_to_probe(rules | coarse, busy=()) == "BBBUSDT"
    assert pair_to_probe(rules, busy=("BBBUSDT",)) == "AAAUSDT"
    assert pair_to_probe(rules, busy=("AAAUSDT", "BBBUSDT")) is None


def test_ids_of_a_probe_are_no_ids_of_trades_and_fit() -> None:
    assert probe_prefix("x7k2p9", 12) == "p1-x7k2p9-12-"
