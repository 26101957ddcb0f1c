"""The shape of the market: for every symbol one repeatable path of log prices and volumes over all time.

A day is drawn first and then split into hours, minutes and seconds, each time so that the parts open, close, touch
the extremes and add up exactly as the whole does. Any stretch of any day can therefore be had without computing
what lies before it, and candles of different intervals agree by construction. There is one trade a second.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from simulator.market.noise import Flags, Floats, Integers, Keys, mixed, normals, text_key, uniforms

FIRST_DAY = 18140  # 2019-09-01, counted from 1970-01-01; no path begins before it
FIRST_MINUTE = FIRST_DAY * 1440
SLOTS = 60  # trades a minute
_REVERSION = 0.997  # daily; keeps seven years of prices within a believable range of one another
_SPARE_DAYS = 4000


@dataclass(frozen=True, slots=True)
class PathShape:
    """How one symbol moves: yearly volatility (0.5 is 50 %) and daily volume in quantity steps."""

    name: str
    yearly_volatility: float
    daily_steps: float


@dataclass(frozen=True, slots=True)
class PathBars:
    """Bars of log prices, one array element per bar; volume and bought in quantity steps."""

    index: Integers  # bar number since 1970 at this bar's own length
    open: Floats
    high: Floats
    low: Floats
    close: Floats
    sigma: Floats
    volume: Integers
    bought: Integers

    def take(self, chosen: slice | Integers) -> "PathBars":
        """Return the chosen bars only."""
        return PathBars(*(getattr(self, field.name)[chosen] for field in fields(self)))


@dataclass(frozen=True, slots=True)
class SlotTrades:
    """The trades of whole minutes, shape (minutes, 60): log price, quantity steps, whether the buyer took."""

    price: Floats
    steps: Integers
    buyer_took: Flags


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


def _bridge(steps: Floats, first: Floats, last: Floats) -> Floats:
    """Return the walk of these steps from first, bent so that it ends at last."""
    walk = np.cumsum(steps, axis=1)
    share = np.arange(1, steps.shape[1] + 1) / steps.shape[1]
    bent = first[:, None] + walk + share * (last - first - walk[:, -1])[:, None]
    bent[:, -1] = last
    return np.asarray(bent, dtype=np.float64)


def split(parents: PathBars, keys: Keys, parts: int, seconds: int) -> PathBars:
    """Split every parent bar into parts child bars of `seconds` seconds whose union is exactly the parent."""
    index = (parents.index[:, None] * parts + np.arange(parts)).astype(np.int64)
    salt = keys[:, None] ^ np.uint64(seconds * 0x1000193)
    moves = mixed(salt, index)
    extents = mixed(salt ^ np.uint64(0xA5A5A5A5), index)
    scale = (parents.sigma / parts**0.5)[:, None]
    drawn = normals(moves) * scale
    high_limit, low_limit = parents.high[:, None], parents.low[:, None]
    close = np.clip(_bridge(drawn, parents.open, parents.close), low_limit, high_limit)
    opened = np.concatenate([parents.open[:, None], close[:, :-1]], axis=1)
    above = uniforms(extents) * 0.6 * scale
    below = (extents & np.uint64(0xFFFFF)).astype(np.float64) / 2.0**20 * 0.6 * scale
    high = np.minimum(np.maximum(opened, close) + above, high_limit)
    low = np.maximum(np.minimum(opened, close) - below, low_limit)
    rows = np.arange(len(parents.index))
    high[rows, high.argmax(axis=1)] = parents.high
    low[rows, low.argmin(axis=1)] = parents.low
    liveliness = 0.4 + uniforms(moves) + np.abs(drawn) / scale
    least = seconds // 2
    buying, selling = liveliness * (0.9 + above / scale), liveliness * (0.9 + below / scale)
    if seconds == 60:
        middle = (opened + high + low + close) / 4
        target = (parents.open + parents.high + parents.low + parents.close) / 4
        buying, selling = tilted(buying, middle, target), tilted(selling, middle, target)
    bought = shared_out(parents.bought, buying, least)
    sold = shared_out(parents.volume - parents.bought, selling, least)
    sigma = scale * (0.7 + 0.6 * uniforms(extents ^ moves))
    return PathBars(
        index.reshape(-1),
        opened.reshape(-1),
        high.reshape(-1),
        low.reshape(-1),
        close.reshape(-1),
        sigma.reshape(-1),
        (bought + sold).reshape(-1),
        bought.reshape(-1),
    )


def slot_trades(minutes: PathBars, keys: Keys) -> SlotTrades:
    """Split minute bars into their sixty trades: first at open, last at close, touching high and low."""
    index = (minutes.index[:, None] * SLOTS + np.arange(SLOTS)).astype(np.int64)
    bits = mixed(keys[:, None] ^ np.uint64(0x51075), index)
    walk = np.cumsum(normals(bits), axis=1) * (minutes.sigma / SLOTS**0.5)[:, None]
    walk -= walk[:, :1]
    share = np.arange(SLOTS) / (SLOTS - 1)
    price = minutes.open[:, None] + walk + share * (minutes.close - minutes.open - walk[:, -1])[:, None]
    np.clip(price, minutes.low[:, None], minutes.high[:, None], out=price)
    rows = np.arange(len(minutes.index))
    top = price[:, 1:-1].argmax(axis=1) + 1
    inner = price[:, 1:-1].copy()
    inner[rows, top - 1] = np.inf
    price[rows, top] = minutes.high
    price[rows, inner.argmin(axis=1) + 1] = minutes.low
    price[:, 0] = minutes.open
    price[:, -1] = minutes.close
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


class MarketPaths:
    """The paths of all symbols; a row is a symbol's place in the list given at the start."""

    def __init__(self, seed: int, shapes: Sequence[PathShape]) -> None:
        """Draw the daily closes of every symbol; everything finer is drawn when asked for."""
        self._keys = np.array([text_key(seed, shape.name) for shape in shapes], dtype=np.uint64)
        self._daily_sigma = np.array([shape.yearly_volatility for shape in shapes]) / 365**0.5
        self._daily_steps = np.array([shape.daily_steps for shape in shapes])
        self._closes = np.zeros((len(shapes), 0))
        self._sigmas = np.zeros((len(shapes), 0))
        self._draw_days(_SPARE_DAYS)

    def hours(self, row: int, first: int, end: int) -> PathBars:
        """Return the hour bars first ≤ hour < end, hours counted from 1970."""
        first_day, end_day = first // 24, -(-end // 24)
        numbers = np.arange(first_day, end_day, dtype=np.int64)
        rows = np.full(len(numbers), row)
        hours = split(self._days(rows, numbers), self._keys[rows], 24, 3600)
        return hours.take(slice(first - first_day * 24, end - first_day * 24))

    def minutes(self, row: int, first: int, end: int) -> PathBars:
        """Return the minute bars first ≤ minute < end, minutes counted from 1970."""
        first_hour, end_hour = first // 60, -(-end // 60)
        hours = self.hours(row, first_hour, end_hour)
        minutes = split(hours, np.full(end_hour - first_hour, self._keys[row]), 60, 60)
        return minutes.take(slice(first - first_hour * 60, end - first_hour * 60))

    def slots(self, row: int, first: int, end: int) -> SlotTrades:
        """Return the trades of the minutes first ≤ minute < end of one symbol."""
        return slot_trades(self.minutes(row, first, end), np.full(end - first, self._keys[row]))

    def slots_for(self, rows: Integers, minutes: Integers) -> SlotTrades:
        """Return the trades of one minute per element, symbols and minutes in any mixture."""
        keys = self._keys[rows]
        place = np.arange(len(rows))
        hours = split(self._days(rows, minutes // 1440), keys, 24, 3600)
        hours = hours.take(place * 24 + minutes // 60 % 24)
        parts = split(hours, keys, 60, 60)
        return slot_trades(parts.take(place * 60 + minutes % 60), keys)

    def _days(self, rows: Integers, days: Integers) -> PathBars:
        place = days - FIRST_DAY
        if len(place) and place.max() >= self._closes.shape[1]:
            self._draw_days(int(place.max()) + _SPARE_DAYS)
        opened = np.where(place > 0, self._closes[rows, np.maximum(place - 1, 0)], 0.0)
        close = self._closes[rows, place]
        sigma = self._sigmas[rows, place]
        bits = mixed(self._keys[rows] ^ np.uint64(0xDA7), days)
        more = mixed(self._keys[rows] ^ np.uint64(0xDA8), days)
        high = np.maximum(opened, close) + sigma * (0.1 + 0.6 * uniforms(bits))
        low = np.minimum(opened, close) - sigma * (0.1 + 0.6 * uniforms(more))
        liveliness = sigma / self._daily_sigma[rows] * np.exp(0.25 * normals(bits))
        volume = (self._daily_steps[rows] * liveliness).astype(np.int64) + 4 * 86400
        bought = (volume * (0.46 + 0.08 * uniforms(mixed(more, days)))).astype(np.int64)
        return PathBars(days, opened, high, low, close, sigma, volume, bought)

    def _draw_days(self, count: int) -> None:
        """Draw count daily closes for every symbol: a walk with mild volatility clusters and slow mean reversion."""
        days = np.arange(FIRST_DAY - 9, FIRST_DAY + count)
        keys = self._keys[:, None]
        moods = normals(mixed(keys ^ np.uint64(0x70D), days[None, :]))
        summed = np.cumsum(moods, axis=1)
        mood = (summed[:, 9:] - summed[:, :-9]) / 3.0
        self._sigmas = self._daily_sigma[:, None] * np.exp(0.3 * mood)
        moves = normals(mixed(keys ^ np.uint64(0xC105E), days[None, 9:])) * self._sigmas
        closes = np.empty_like(moves)
        level = np.zeros(len(self._keys))
        for day in range(count):
            level = level * _REVERSION + moves[:, day]
            closes[:, day] = level
        self._closes = closes
