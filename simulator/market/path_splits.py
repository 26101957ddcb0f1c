"""Days into hours, hours into minutes, minutes into trades.

Each time the parts open, close, touch the extremes and add up exactly as the whole does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from simulator.market.bridges import fitted, likeliest, loose_ends_tied, reached
from simulator.market.noise import Floats, Integers, Keys, mixed, normals, uniforms
from simulator.market.path_bars import SLOTS, PathBars, PathDays, SlotTrades

HOUR, MINUTE = 3600, 60  # seconds
_DAILY_ROUND = 0.45  # log variance that the busiest hour of the day has above the average one
_BUSIEST_HOUR = 15  # UTC
_MINUTE_CHOICES = 16
_SLOT_CHOICES = 4


@dataclass(frozen=True, slots=True)
class _Form:
    """How the variance of parts wanders: its logarithm is a mood, which lasts, and a whim, which does not."""

    seconds: int
    memory: int  # parts that a mood lasts
    mood: float
    whim: float


_HOURS = _Form(HOUR, 6, 0.6, 0.4)
_MINUTES = _Form(MINUTE, 12, 0.55, 0.55)


def shared_out(total: Integers, weights: Floats, minimum: int) -> Integers:
    """Split each total over its row of weights, at least minimum each, adding up exactly."""
    parts = weights.shape[1]
    reached = np.cumsum(weights, axis=1)
    reached /= reached[:, -1:]
    free = (total - parts * minimum)[:, None]
    edges = np.floor(reached * free).astype(np.int64)
    edges[:, -1] = free[:, 0]
    return np.asarray(np.diff(edges, axis=1, prepend=0) + minimum, dtype=np.int64)


def tilted(weights: Floats, prices: Floats, target: Floats) -> Floats:
    """Return weights leaning towards high or low prices so far that each row's average price comes to its target.

    The average price of an hour can then be told without looking at its minutes.
    """
    lean = np.zeros(len(weights))
    centred = prices - target[:, None]
    spread = np.abs(centred).max(axis=1) + 1e-12
    for _ in range(8):
        leaning = weights * np.exp(lean[:, None] * centred)
        total = leaning.sum(axis=1)
        mean = (leaning * centred).sum(axis=1) / total
        variance = (leaning * centred**2).sum(axis=1) / total - mean**2 + 1e-18
        # Newton's step towards the target, kept short: where hardly any price is near, it would leap past it.
        lean = lean - np.clip(mean / variance, -2 / spread, 2 / spread)
    return np.asarray(weights * np.exp(lean[:, None] * centred), dtype=np.float64)


def _variance_shares(salts: Keys, index: Integers, form: _Form) -> Floats:
    """Return how each parent's variance is shared over its parts: calm and busy times come in stretches."""
    before = np.arange(-form.memory, 0)
    noise = normals(mixed(salts ^ np.uint64(0x70D), np.concatenate([index[:, :1] + before, index], axis=1)))
    summed = np.cumsum(noise, axis=1)
    mood = (summed[:, form.memory :] - summed[:, : -form.memory]) / form.memory**0.5
    heat = form.mood * mood + form.whim * normals(mixed(salts ^ np.uint64(0x3117), index))
    if form.seconds == HOUR:
        heat = heat + _DAILY_ROUND * np.cos((index % 24 - _BUSIEST_HOUR) * (np.pi / 12))
    weights = np.exp(heat)
    return np.asarray(weights / np.cumsum(weights, axis=1)[:, -1:], dtype=np.float64)


def _activity(moves: Floats, ranges: Floats, shares: Floats, bits: Keys) -> tuple[Floats, Floats]:
    """Return weights of what is bought and sold: more in busy times and wide ranges, buyers ahead in a rise."""
    usual = ranges.mean(axis=1, keepdims=True)
    activity = np.sqrt(shares) * (0.25 + ranges / usual) * np.exp(0.3 * normals(bits))
    lead = 0.3 * moves / (ranges + 0.5 * usual)
    return activity * (1 + lead), activity * (1 - lead)


def split_days(days: PathDays, keys: Keys) -> PathBars:
    """Split every day into its hours; the day's extremes are what they reach."""
    index = (days.index[:, None] * 24 + np.arange(24)).astype(np.int64)
    salts = keys[:, None] ^ np.uint64(HOUR * 0x1000193)
    shares = _variance_shares(salts, index, _HOURS)
    sigma = days.sigma[:, None] * np.sqrt(shares)
    moves = mixed(salts, index)
    time = np.cumsum(shares, axis=1)
    straight = days.open[:, None] + time * (days.close - days.open)[:, None]
    close = straight + loose_ends_tied(normals(moves) * sigma, time)
    close[:, -1] = days.close
    opened = np.concatenate([days.open[:, None], close[:, :-1]], axis=1)
    extents = mixed(salts ^ np.uint64(0xA5A5A5A5), index)
    high, low = reached(opened, close, sigma, extents)
    buying, selling = _activity(close - opened, high - low, shares, moves ^ extents)
    bought = shared_out(days.bought, buying, HOUR // 2)
    sold = shared_out(days.volume - days.bought, selling, HOUR // 2)
    return _flat(index, (opened, high, low, close), sigma, bought, sold)


def split_hours(hours: PathBars, keys: Keys) -> PathBars:
    """Split every hour into minutes whose union is exactly the hour; a single wick touches each extreme."""
    index = (hours.index[:, None] * 60 + np.arange(60)).astype(np.int64)
    salts = keys[:, None] ^ np.uint64(MINUTE * 0x1000193)
    shares = _variance_shares(salts, index, _MINUTES)
    sigma = hours.sigma[:, None] * np.sqrt(shares)
    moves, turns = mixed(salts, index), mixed(salts ^ np.uint64(0x7EA5), index)
    time = np.cumsum(shares, axis=1)
    frame = hours.frame
    one, other = (loose_ends_tied(normals(bits) * sigma, time) for bits in (moves, turns))
    close = likeliest(frame, one, other, time, _MINUTE_CHOICES)
    opened = np.concatenate([hours.open[:, None], close[:, :-1]], axis=1)
    extents = mixed(salts ^ np.uint64(0xA5A5A5A5), index)
    high, low = reached(opened, close, sigma, extents)
    highest, lowest = high.max(axis=1), low.min(axis=1)
    high, low, close = (fitted(frame, each, highest, lowest) for each in (high, low, close))
    opened[:, 1:] = close[:, :-1]
    rows = np.arange(len(high))
    high[rows, high.argmax(axis=1)] = hours.high
    low[rows, low.argmin(axis=1)] = hours.low
    buying, selling = _activity(close - opened, high - low, shares, moves ^ extents)
    middle = (opened + high + low + close) / 4
    target = (hours.open + hours.high + hours.low + hours.close) / 4
    bought = shared_out(hours.bought, tilted(buying, middle, target), MINUTE // 2)
    sold = shared_out(hours.volume - hours.bought, tilted(selling, middle, target), MINUTE // 2)
    return _flat(index, (opened, high, low, close), sigma, bought, sold)


def _flat(index: Integers, prices: Sequence[Floats], sigma: Floats, bought: Integers, sold: Integers) -> PathBars:
    """Return the bars of all parents in one row; prices are open, high, low and close."""
    opened, high, low, close = (price.reshape(-1) for price in prices)
    volume, bought = (bought + sold).reshape(-1), bought.reshape(-1)
    return PathBars(index.reshape(-1), opened, high, low, close, sigma.reshape(-1), volume, bought)


def _slot_prices(minutes: PathBars, bits: Keys, turns: Keys) -> Floats:
    """Return the prices of sixty trades: first at open, last at close, one at high and one at low."""
    time = np.arange(SLOTS) / (SLOTS - 1)
    scale = (minutes.sigma / SLOTS**0.5)[:, None]
    frame = minutes.frame
    one, other = normals(bits) * scale, normals(turns) * scale
    one[:, 0] = other[:, 0] = 0.0  # the first trade is at open
    price = likeliest(frame, loose_ends_tied(one, time), loose_ends_tied(other, time), time, _SLOT_CHOICES)
    price[:, 0] = minutes.open
    price = fitted(frame, price, price.max(axis=1), price.min(axis=1))
    rows = np.arange(len(price))
    inner = price[:, 1:-1].copy()
    top = inner.argmax(axis=1)
    price[rows, top + 1] = minutes.high
    inner[rows, top] = np.inf
    price[rows, inner.argmin(axis=1) + 1] = minutes.low
    return price


def slot_trades(minutes: PathBars, keys: Keys) -> SlotTrades:
    """Split minute bars into their sixty trades: first at open, last at close, touching high and low."""
    index = (minutes.index[:, None] * SLOTS + np.arange(SLOTS)).astype(np.int64)
    bits = mixed(keys[:, None] ^ np.uint64(0x51075), index)
    price = _slot_prices(minutes, bits, mixed(keys[:, None] ^ np.uint64(0x51076), index))
    # Of every two neighbouring trades one is taken by a buyer, one by a seller; a bit of noise says which comes first.
    first_buys = (bits[:, ::2] & np.uint64(1)).astype(bool)
    weights = 0.15 + uniforms(bits) ** 3
    bought = shared_out(minutes.bought, weights[:, ::2], 1)
    sold = shared_out(minutes.volume - minutes.bought, weights[:, 1::2], 1)
    steps = np.empty_like(index)
    steps[:, ::2] = np.where(first_buys, bought, sold)
    steps[:, 1::2] = np.where(first_buys, sold, bought)
    buyer_took = np.empty(index.shape, dtype=bool)
    buyer_took[:, ::2] = first_buys
    buyer_took[:, 1::2] = ~first_buys
    return SlotTrades(price, steps, buyer_took)
