from decimal import Decimal

import numpy as np

from simulator.market.funding import Funding

EIGHT = 1_795_305_600_000 + 8 * 3_600_000  # 2026-11-22 08:00 UTC
FUNDING = Funding(7, "BTCUSDT", Decimal(1))


def test_funding_settles_at_midnight_eight_and_sixteen() -> None:
    assert FUNDING.next_ms(EIGHT - 1) == EIGHT
    assert FUNDING.next_ms(EIGHT) == EIGHT + 8 * 3_600_000


def test_speed_brings_settlements_closer() -> None:
    assert Funding(7, "BTCUSDT", Decimal(480)).interval_ms == 60_000


def test_the_estimate_of_a_period_is_the_rate_it_settles_at() -> None:
    assert FUNDING.rate(EIGHT - 1) == FUNDING.rate(EIGHT)
    assert FUNDING.rates(np.array([EIGHT])) == [FUNDING.rate(EIGHT)]


def test_rates_are_small_and_mostly_the_usual_one() -> None:
    rates = FUNDING.rates(np.arange(1, 1001) * 28_800_000)

    assert max(abs(rate) for rate in rates) < Decimal("0.002")
    assert rates.count(Decimal("0.00010000")) > 500
    assert len(set(rates)) > 5
