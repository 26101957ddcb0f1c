import pytest

from simulator.trading.margins import (
    Leg,
    bracket_of,
    liquidation_price,
    maintenance_margin,
    max_notional,
)
from tests.simulator.trading.venue import BTC, D, Venue


def test_liquidation_price_of_the_documented_example() -> None:
    price = liquidation_price(D(1000), D(0), D(0), [Leg(D("0.05"), D(84000), D("0.004"), D(0))])

    assert price.quantize(D("0.01")) == D("64257.03")


def test_margin_balance_meets_maintenance_margin_at_the_liquidation_price() -> None:
    legs = [Leg(D("0.3"), D(60000), D("0.004"), D(0)), Leg(D("-0.1"), D(61000), D("0.004"), D(0))]

    price = liquidation_price(D(2000), D(50), D("-25"), legs)

    balance = D(2000) - 25 + sum((price - leg.entry) * leg.amount for leg in legs)
    kept = D(50) + sum(price * abs(leg.amount) * leg.maintenance_rate for leg in legs)
    assert balance == pytest.approx(kept)


def test_a_well_covered_long_has_no_liquidation_price() -> None:
    assert liquidation_price(D(10000), D(0), D(0), [Leg(D("0.01"), D(60000), D("0.004"), D(0))]) == 0


def test_a_bracket_ends_with_its_cap() -> None:
    assert bracket_of(BTC, D(300_000)).number == 1
    assert bracket_of(BTC, D("300000.01")).number == 2


def test_maintenance_margin_does_not_jump_between_brackets() -> None:
    assert maintenance_margin(BTC, D(300_000)) == 1200
    assert maintenance_margin(BTC, D(800_000)) == 800_000 * D("0.005") - 300


def test_largest_position_follows_leverage() -> None:
    assert max_notional(BTC, 101) == 300_000
    assert max_notional(BTC, 100) == 800_000
    assert max_notional(BTC, 20) == 12_000_000


def test_long_and_short_share_one_liquidation_price() -> None:
    venue = Venue(dual_side=True, balance=D(1000))
    venue.market_order("BUY", "0.200", positionSide="LONG")
    venue.market_order("SELL", "0.050", positionSide="SHORT")

    rows = venue.get("/fapi/v3/positionRisk")

    assert len({row["liquidationPrice"] for row in rows}) == 1
    assert 50000 < D(rows[0]["liquidationPrice"]) < 60000


def test_initial_margin_is_notional_over_leverage() -> None:
    venue = Venue()
    venue.market_order("BUY", "0.100")

    row = venue.get("/fapi/v3/account")

    assert row["totalPositionInitialMargin"] == "300.00000000"  # 6000 / 20
    assert row["availableBalance"] == "9697.00000000"  # less 3 of commission


def test_resting_orders_tie_up_margin() -> None:
    venue = Venue()

    venue.limit_order("BUY", "0.100", "59000")

    account = venue.get("/fapi/v3/account")
    assert account["totalOpenOrderInitialMargin"] == "295.00000000"
    assert account["availableBalance"] == "9705.00000000"
    assert account["positions"][0]["positionAmt"] == "0.000"
