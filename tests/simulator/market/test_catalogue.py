from decimal import Decimal

import pytest

from simulator.market.catalogue import Listing, catalogue

MAIN = {listing.spec.symbol: listing for listing in catalogue(0)}


def test_the_ten_main_pairs_are_there() -> None:
    names = ["BTC", "ETH", "SOL", "BNB", "XRP", "LTC", "ADA", "DOGE", "LINK", "AVAX"]

    assert list(MAIN) == [f"{name}USDT" for name in names]


@pytest.mark.parametrize(
    ("symbol", "caps", "cumulative"),
    [
        ("BTCUSDT", "1800000000", "421482000"),
        ("ETHUSDT", "1200000000", "280507000"),
        ("SOLUSDT", "400000000", "66731475"),
    ],
)
def test_last_bracket_carries_the_published_amounts(symbol: str, caps: str, cumulative: str) -> None:
    last = MAIN[symbol].spec.brackets[-1]

    assert (last.notional_cap, last.cumulative, last.initial_leverage) == (Decimal(caps), Decimal(cumulative), 1)


def test_second_bitcoin_bracket_saves_300() -> None:
    second = MAIN["BTCUSDT"].spec.brackets[1]

    assert second.cumulative == Decimal("300")  # 300 000 · (0.005 − 0.004)


@pytest.mark.parametrize("listing", catalogue(300), ids=lambda listing: listing.spec.symbol)
def test_filters_fit_together(listing: Listing) -> None:
    spec = listing.spec

    assert listing.start_price % spec.tick_size == 0
    assert spec.min_price % spec.tick_size == 0
    assert spec.max_price % spec.tick_size == 0
    assert spec.min_price < listing.start_price < spec.max_price
    assert spec.max_quantity % spec.step_size == 0
    assert spec.market_max_quantity % spec.step_size == 0
    assert spec.min_quantity == spec.step_size
    assert spec.tick_size == round(spec.tick_size, spec.price_precision)
    assert spec.step_size == round(spec.step_size, spec.quantity_precision)
    assert listing.start_price / spec.tick_size >= 1000
    floors = [bracket.notional_floor for bracket in spec.brackets]
    assert floors == [Decimal(0), *(bracket.notional_cap for bracket in spec.brackets[:-1])]


def test_made_up_symbols_are_distinct_and_always_the_same() -> None:
    symbols = [listing.spec.symbol for listing in catalogue(500)]

    assert len(set(symbols)) == 510
    assert catalogue(500)[200] == catalogue(300)[200]


def test_more_symbols_than_names_are_refused() -> None:
    with pytest.raises(ValueError, match="between 0 and 2000"):
        catalogue(2001)
