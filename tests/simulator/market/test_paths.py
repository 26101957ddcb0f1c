import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.market.noise import Floats
from simulator.market.path_bars import PathShape
from simulator.market.path_splits import shared_out, tilted
from simulator.market.paths import FIRST_DAY, MarketPaths

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


def test_a_long_stretch_of_trades_is_its_short_stretches_put_together() -> None:
    whole = PATHS.slots(0, 29_000_000, 29_000_600)

    for part in (0, 255, 256, 599):
        alone = PATHS.slots(0, 29_000_000 + part, 29_000_001 + part)
        assert (whole.price[part] == alone.price[0]).all()
        assert (whole.steps[part] == alone.steps[0]).all()


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


def _extremes(seed: int, shape: PathShape, minutes: int) -> tuple[Floats, Floats]:
    """Return highs and lows of the bars of so many minutes over 30 days."""
    first = 29_664_000  # 2026-05-27
    bars = MarketPaths(seed, [shape]).minutes(0, first, first + 30 * 1440)
    return bars.high.reshape(-1, minutes).max(axis=1), bars.low.reshape(-1, minutes).min(axis=1)


@pytest.mark.parametrize("seed", [1, 7, 42])
@pytest.mark.parametrize(
    ("shape", "ticks"), [(PathShape("BTCUSDT", 0.48, 1e8), 840_000), (PathShape("DOGEUSDT", 0.88, 1e9), 15_000)]
)
@pytest.mark.parametrize("minutes", [15, 30, 60])
def test_neighbouring_bars_hardly_ever_share_a_high_or_a_low(
    seed: int, shape: PathShape, ticks: int, minutes: int
) -> None:
    for extremes in _extremes(seed, shape, minutes):
        in_ticks = np.rint(ticks * np.exp(extremes - extremes[0]))

        assert (np.diff(extremes) == 0).sum() == 0
        assert (np.diff(in_ticks) == 0).mean() < 0.03  # a quarter of an hour moves DOGE by some seventy of its ticks


@pytest.mark.parametrize("seed", [1, 7, 42])
@pytest.mark.parametrize("minutes", [1, 15])
def test_no_bars_queue_up_at_the_extreme_of_their_time(seed: int, minutes: int) -> None:
    high, low = _extremes(seed, PathShape("BTCUSDT", 0.48, 1e8), minutes)
    highs, lows = high.reshape(-1, 24), low.reshape(-1, 24)  # two dozen bars at a time
    top, bottom = highs.max(axis=1, keepdims=True), lows.min(axis=1, keepdims=True)

    near = 0.02 * (top - bottom)
    at_top, at_bottom = (highs > top - near).sum(axis=1), (lows < bottom + near).sum(axis=1)

    # a plain random walk has 1.4 of 24 bars there on average
    assert max(at_top.mean(), at_bottom.mean()) < 1.7
    assert max((at_top > 6).mean(), (at_bottom > 6).mean()) < 0.01


def test_busy_and_calm_times_come_in_stretches() -> None:
    high, low = _extremes(7, PathShape("BTCUSDT", 0.48, 1e8), 1)
    ranges = high - low

    for lag in (1, 5, 30):
        assert np.corrcoef(ranges[:-lag], ranges[lag:])[0, 1] > 0.15


def test_volume_comes_with_movement() -> None:
    minutes = PATHS.minutes(0, 29_664_000, 29_664_000 + 10 * 1440)

    assert np.corrcoef(minutes.volume, minutes.high - minutes.low)[0, 1] > 0.5


def test_prices_do_not_foretell_themselves() -> None:
    minutes = PATHS.minutes(0, 29_664_000, 29_664_000 + 60 * 1440)
    moves = minutes.close - minutes.open

    assert abs(np.corrcoef(moves[:-1], moves[1:])[0, 1]) < 0.08
