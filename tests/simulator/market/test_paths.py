import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.market.paths import FIRST_DAY, MarketPaths, PathShape, shared_out, tilted

PATHS = MarketPaths(3, [PathShape("AUSDT", 0.5, 1e8), PathShape("BUSDT", 0.9, 4e5)])
HOURS = st.integers(FIRST_DAY * 24, FIRST_DAY * 24 + 60_000)
ROWS = st.integers(0, 1)


@given(row=ROWS, hour=HOURS)
@settings(max_examples=60, deadline=None)
def test_minutes_make_up_their_hour(row: int, hour: int) -> None:
    whole = PATHS.hours(row, hour, hour + 1)

    minutes = PATHS.minutes(row, hour * 60, hour * 60 + 60)

    assert (minutes.open[0], minutes.close[-1]) == (whole.open[0], whole.close[0])
    assert (minutes.high.max(), minutes.low.min()) == (whole.high[0], whole.low[0])
    assert (minutes.volume.sum(), minutes.bought.sum()) == (whole.volume[0], whole.bought[0])


@given(row=ROWS, hour=HOURS, minute=st.integers(0, 59))
@settings(max_examples=60, deadline=None)
def test_trades_make_up_their_minute(row: int, hour: int, minute: int) -> None:
    number = hour * 60 + minute
    whole = PATHS.minutes(row, number, number + 1)

    trades = PATHS.slots(row, number, number + 1)

    assert (trades.price[0, 0], trades.price[0, -1]) == (whole.open[0], whole.close[0])
    assert (trades.price.max(), trades.price.min()) == (whole.high[0], whole.low[0])
    assert trades.steps.sum() == whole.volume[0]
    assert trades.steps[trades.buyer_took].sum() == whole.bought[0]
    assert trades.steps.min() >= 1


@given(row=ROWS, hour=HOURS)
@settings(max_examples=30, deadline=None)
def test_each_hour_opens_where_the_one_before_closed(row: int, hour: int) -> None:
    hours = PATHS.hours(row, hour, hour + 50)

    assert (hours.open[1:] == hours.close[:-1]).all()


@given(row=ROWS, hour=HOURS)
@settings(max_examples=30, deadline=None)
def test_a_stretch_drawn_alone_equals_the_same_stretch_drawn_with_others(row: int, hour: int) -> None:
    minute = hour * 60 + 17
    alone = PATHS.slots(row, minute, minute + 1)

    together = PATHS.slots_for(np.array([0, 1]), np.array([minute, minute]))

    assert (together.price[row] == alone.price[0]).all()
    assert (together.steps[row] == alone.steps[0]).all()


def test_another_seed_draws_another_path() -> None:
    other = MarketPaths(4, [PathShape("AUSDT", 0.5, 1e8)])

    assert (other.hours(0, 480_000, 480_010).close != PATHS.hours(0, 480_000, 480_010).close).all()


def test_minute_moves_are_as_large_as_the_volatility_says() -> None:
    minutes = PATHS.minutes(0, 29_000_000, 29_000_000 + 60 * 1440)

    measured = np.diff(minutes.close).std()

    expected = 0.5 / (365 * 1440) ** 0.5  # yearly to one minute
    assert 0.6 * expected < measured < 1.6 * expected


@given(total=st.integers(30, 10**12), minimum=st.integers(0, 3), seed=st.integers(0, 99))
def test_sharing_out_loses_nothing_and_starves_nobody(total: int, minimum: int, seed: int) -> None:
    weights = np.random.default_rng(seed).random((1, 10)) + 0.01

    shares = shared_out(np.array([total]), weights, minimum)

    assert shares.sum() == total
    assert shares.min() >= minimum


def test_leaning_weights_bring_the_average_price_to_its_target() -> None:
    prices = np.array([[1.0, 2.0, 3.0, 10.0]])

    weights = tilted(np.ones((1, 4)), prices, np.array([2.5]))

    assert abs((weights * prices).sum() / weights.sum() - 2.5) < 1e-6
