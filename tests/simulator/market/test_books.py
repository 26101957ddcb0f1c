from hypothesis import given
from hypothesis import strategies as st

from simulator.market.books import LEVELS, synthetic_book
from simulator.market.catalogue import Listing, catalogue

LISTINGS = catalogue(20)


@given(listing=st.sampled_from(LISTINGS), ticks=st.integers(1, 5_000_000))
def test_prices_only_get_worse_and_never_cross(listing: Listing, ticks: int) -> None:
    book = synthetic_book(listing, ticks, ticks + 1)

    bids, asks = [price for price, _ in book.bids], [price for price, _ in book.asks]
    assert bids == sorted(set(bids), reverse=True)
    assert asks == sorted(set(asks))
    assert bids[0] < asks[0]
    assert bids[-1] > 0


@given(listing=st.sampled_from(LISTINGS), ticks=st.integers(1000, 5_000_000))
def test_sizes_are_whole_steps_and_the_largest_market_order_runs_dry(listing: Listing, ticks: int) -> None:
    book = synthetic_book(listing, ticks, ticks + 1)

    sizes = [quantity for _, quantity in book.asks]
    assert len(sizes) == LEVELS
    assert all(size > 0 and size % listing.spec.step_size == 0 for size in sizes)
    assert sum(sizes) < listing.spec.market_max_quantity


def test_an_ordinary_order_fills_on_three_levels() -> None:
    for listing in LISTINGS[:10]:
        ticks = int(listing.start_price / listing.spec.tick_size)
        book = synthetic_book(listing, ticks, ticks + 1)

        assert sum(price * quantity for price, quantity in book.asks[:3]) > 5000


def test_the_same_price_shows_the_same_book() -> None:
    assert synthetic_book(LISTINGS[0], 840_000, 840_001) == synthetic_book(LISTINGS[0], 840_000, 840_001)
