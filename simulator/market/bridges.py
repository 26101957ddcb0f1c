"""Price walks with known ends: how far they reach, and how one is bent so that it just touches given extremes.

Nothing is ever cut off at an extreme: a walk that was cut would stand still there for bars on end, as no market does.
"""

from dataclasses import dataclass

import numpy as np

from simulator.market.noise import Floats, Keys

_HALF = np.uint64(0x3FFFFFFF)
_SURELY = 1.0 - 2.0**-30
_ROUGHNESS = (
    0.08  # how far, in sigmas of the whole, a walk of some sixty steps stays below what a continuous one reaches
)


@dataclass(frozen=True, slots=True)
class Frame:
    """What walks must keep to, one array element per walk; log prices."""

    open: Floats
    high: Floats
    low: Floats
    close: Floats
    sigma: Floats

    @property
    def top(self) -> Floats:
        """The upper end of the body, as a column."""
        return np.maximum(self.open, self.close)[:, None]

    @property
    def bottom(self) -> Floats:
        """The lower end of the body, as a column."""
        return np.minimum(self.open, self.close)[:, None]


def reached(opened: Floats, close: Floats, sigma: Floats, bits: Keys) -> tuple[Floats, Floats]:
    """Return high and low of walks from opened to close, each as a Brownian bridge of that sigma is distributed.

    A bridge that hardly rises has to fall: of the two reaches never both are short.
    """
    move = np.abs(close - opened)
    upper = (bits >> np.uint64(34)).astype(np.float64) * 2.0**-30
    loose = (bits & _HALF).astype(np.float64) * 2.0**-30 - 0.5
    lower = np.abs(1.0 - upper + loose)
    lower = np.minimum(np.minimum(lower, 2.0 - lower), _SURELY)  # mirrored at both ends it is as even as upper is
    squared, room = move * move, 2.0 * sigma * sigma
    above = (np.sqrt(squared - room * np.log1p(-upper)) - move) * 0.5
    below = (np.sqrt(squared - room * np.log1p(-lower)) - move) * 0.5
    return np.maximum(opened, close) + above, np.minimum(opened, close) - below


def loose_ends_tied(steps: Floats, time: Floats) -> Floats:
    """Return the walks of these steps, bent in proportion to time (0 to 1 along each row) so that they end at 0."""
    walk = np.cumsum(steps, axis=1)
    return np.asarray(walk - time * walk[:, -1:], dtype=np.float64)


def _mirrored(frame: Frame, walk: Floats) -> Floats:
    """Return the walk turned back where it crosses high or low; what is left beyond is for the fitting."""
    high, low = frame.high[:, None], frame.low[:, None]
    return np.asarray(low + np.abs(high - np.abs(high - walk) - low), dtype=np.float64)


def likeliest(frame: Frame, one: Floats, other: Floats, time: Floats, choices: int) -> Floats:
    """Return a walk per row from open to close which by itself already comes near high and low.

    Two independent walks of ends 0, turned into one another by any angle, give another of the same kind. Of some
    angles the one is taken whose reach, compared on a logarithmic scale, differs least from the frame's; where it
    still goes beyond an extreme, it turns back.
    """
    straight = frame.open[:, None] + time * (frame.close - frame.open)[:, None]
    slack, rough = 0.05 * frame.sigma, _ROUGHNESS * frame.sigma
    top, bottom = frame.top[:, 0], frame.bottom[:, 0]
    wanted_above, wanted_below = frame.high - top + slack, bottom - frame.low + slack
    chosen, least = np.zeros((2, len(straight))), np.full(len(straight), np.inf)
    for angle in 2.0 * np.pi * np.arange(choices) / choices:
        turn = np.array([[np.cos(angle)], [np.sin(angle)]])
        walk = straight + turn[0] * one + turn[1] * other
        above = np.maximum(walk.max(axis=1) + rough - top, 0.0) + slack
        below = np.maximum(bottom - walk.min(axis=1) + rough, 0.0) + slack
        misfit = np.abs(np.log(above / wanted_above)) + np.abs(np.log(below / wanted_below))
        chosen = np.where(misfit < least, turn, chosen)
        least = np.minimum(misfit, least)
    walk = _mirrored(frame, straight + chosen[0][:, None] * one + chosen[1][:, None] * other)
    walk[:, -1] = frame.close
    return walk


def fitted(frame: Frame, prices: Floats, highest: Floats, lowest: Floats) -> Floats:
    """Return prices stretched above and below the body so that highest comes to high and lowest to low.

    The order of prices is kept and prices inside the body stay, so open and close do. A reach that there is none of
    cannot be stretched: the caller puts the extreme itself.
    """
    top, bottom = frame.top, frame.bottom
    tiny = 1e-6 * frame.sigma[:, None]  # less than this is no reach, and rounding must not be stretched
    upwards = (frame.high[:, None] - top) / np.maximum(highest[:, None] - top, tiny)
    downwards = (bottom - frame.low[:, None]) / np.maximum(bottom - lowest[:, None], tiny)
    above, below = np.maximum(prices - top, 0.0), np.maximum(bottom - prices, 0.0)
    bent = np.clip(prices, bottom, top) + upwards * above - downwards * below
    # Only a last binary digit is at stake here.
    return np.asarray(np.clip(bent, frame.low[:, None], frame.high[:, None]), dtype=np.float64)
