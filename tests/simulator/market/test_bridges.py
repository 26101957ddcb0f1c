import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from simulator.market.bridges import Frame, fitted, likeliest, loose_ends_tied, reached
from simulator.market.noise import Floats, mixed, normals

WALKS = 4000
KEYS = np.full(WALKS, 11, dtype=np.uint64)
BITS = mixed(KEYS, np.arange(WALKS))
TIME = np.arange(1, 61) / 60


def _frame(close: float, high: float, low: float) -> Frame:
    return Frame(*(np.full(WALKS, value) for value in (0.0, high, low, close, 1.0)))


def _bridges(number: int) -> Floats:
    steps = normals(mixed(KEYS[:, None], np.arange(WALKS * 60).reshape(WALKS, 60) + number * WALKS * 60))
    return loose_ends_tied(steps / 60**0.5, TIME)


def test_tied_walks_end_where_they_began() -> None:
    walk = loose_ends_tied(np.array([[1.0, 2.0, 3.0]]), np.array([0.25, 0.5, 1.0]))

    assert walk.tolist() == [[-0.5, 0.0, 0.0]]  # 1, 3, 6 less 1.5, 3, 6


@pytest.mark.parametrize(("move", "wick"), [(0.0, 0.627), (1.0, 0.328)])
def test_walks_reach_as_far_as_bridges_do(move: float, wick: float) -> None:
    ends = np.full(WALKS, move)

    high, low = reached(np.zeros(WALKS), ends, np.ones(WALKS), BITS)

    # the mean height of a bridge of sigma 1 above 0 is √(2π)/4; above its higher end it is less where it rises by 1
    assert (high - move).mean() == pytest.approx(wick, abs=0.02)
    assert (-low).mean() == pytest.approx(wick, abs=0.02)


def test_a_walk_is_never_short_both_ways() -> None:
    high, low = reached(np.zeros(WALKS), np.zeros(WALKS), np.ones(WALKS), BITS)

    assert (high - low).min() > 0.5


@given(close=st.floats(-0.8, 0.8), above=st.floats(0.01, 1.0), below=st.floats(0.01, 1.0))
@settings(max_examples=20, deadline=None)
def test_fitted_walks_touch_both_extremes_and_only_for_a_moment(close: float, above: float, below: float) -> None:
    frame = _frame(close, max(0.0, close) + above, min(0.0, close) - below)
    walk = likeliest(frame, _bridges(0), _bridges(1), TIME, 8)

    prices = fitted(frame, walk, walk.max(axis=1), walk.min(axis=1))

    assert prices.max() <= frame.high[0]
    assert prices.min() >= frame.low[0]
    assert (prices == frame.high[0]).sum(axis=1).max() <= 1
    assert (prices == frame.low[0]).sum(axis=1).max() <= 1
    assert (prices[:, -1] == close).all()


def test_fitting_keeps_the_body_and_stretches_what_lies_outside() -> None:
    frame = Frame(*(np.array([value]) for value in (0.0, 4.0, -1.0, 2.0, 1.0)))
    prices = np.array([[0.0, 1.0, 2.0, 2.5, 3.0, -1.0, -2.0]])

    bent = fitted(frame, prices, np.array([3.0]), np.array([-2.0]))

    assert bent.tolist() == [[0.0, 1.0, 2.0, 3.0, 4.0, -0.5, -1.0]]


def test_the_walk_chosen_comes_near_without_being_fitted() -> None:
    frame = _frame(0.5, 1.0, -0.5)

    chosen = likeliest(frame, _bridges(0), _bridges(1), TIME, 12)

    assert np.median(np.abs(chosen.max(axis=1) - 1.0)) < 0.15
    assert np.median(np.abs(chosen.min(axis=1) + 0.5)) < 0.15
