import pytest

from simulator.errors import ApiError
from simulator.interfaces import Book
from simulator.trading.matching import crossed_levels, market_levels, matched_price, take
from simulator.trading.records import Side
from tests.simulator.trading.venue import BTC, D, Venue

_BOOK = Book(
    bids=((D("59999.9"), D("0.010")), (D("59999.0"), D("0.020"))),
    asks=((D("60000.0"), D("0.0105")), (D("60001.0"), D("0.020")), (D("63000.1"), D(5))),
)


def _venue() -> Venue:
    venue = Venue()
    venue.market.books["BTCUSDT"] = _BOOK
    return venue


def test_a_limit_reaches_levels_as_good_as_its_price() -> None:
    assert crossed_levels(_venue().market, "BTCUSDT", Side.BUY, D("60000.9")) == [(D("60000.0"), D("0.0105"))]
    assert crossed_levels(_venue().market, "BTCUSDT", Side.SELL, D("60000")) == []


def test_a_market_order_stops_five_percent_from_the_mark() -> None:
    levels = market_levels(_venue().market, BTC, Side.BUY)

    assert [price for price, _ in levels] == [D("60000.0"), D("60001.0")]


def test_a_level_gives_whole_steps_only() -> None:
    fills = take(list(_BOOK.asks), D("0.015"), D("0.001"))

    assert fills == [(D("60000.0"), D("0.010")), (D("60001.0"), D("0.005"))]


def test_price_match_takes_the_price_from_the_book() -> None:
    market = _venue().market

    assert matched_price(market, "BTCUSDT", Side.BUY, "OPPONENT") == D("60000.0")
    assert matched_price(market, "BTCUSDT", Side.BUY, "QUEUE") == D("59999.9")


def test_price_match_needs_that_deep_a_book() -> None:
    with pytest.raises(ApiError) as refusal:
        matched_price(_venue().market, "BTCUSDT", Side.BUY, "OPPONENT_5")

    assert refusal.value.code == -5041
