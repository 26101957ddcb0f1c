"""The shape of the market: for every symbol one repeatable path of log prices and volumes over all time.

A day's open, close and volume are drawn first; then it is split into hours, minutes and seconds, each time so that
the parts open, close, touch the extremes and add up exactly as the whole does. Any stretch of any day can therefore
be had without computing what lies before it, and candles of different intervals agree by construction. There is one
trade a second.
"""

from collections.abc import Sequence
from dataclasses import fields

import numpy as np

from simulator.market.noise import Integers, mixed, normals, text_key, uniforms
from simulator.market.path_bars import PathBars, PathDays, PathShape, SlotTrades
from simulator.market.path_splits import slot_trades, split_days, split_hours

FIRST_DAY = 18140  # 2019-09-01, counted from 1970-01-01; no path begins before it
FIRST_MINUTE = FIRST_DAY * 1440
_REVERSION = 0.997  # daily; keeps seven years of prices within a believable range of one another
_SPARE_DAYS = 4000
_BLOCK = 256  # minutes whose trades are drawn at once: as many as a processor's cache holds


class MarketPaths:
    """The paths of all symbols; a row is a symbol's place in the list given at the start."""

    def __init__(self, seed: int, shapes: Sequence[PathShape]) -> None:
        """Draw the daily closes of every symbol; everything finer is drawn when asked for."""
        self._seed = seed
        self._keys = np.array([text_key(seed, shape.name) for shape in shapes], dtype=np.uint64)
        self._daily_sigma = np.array([shape.yearly_volatility for shape in shapes]) / 365**0.5
        self._daily_steps = np.array([shape.daily_steps for shape in shapes])
        self._closes = np.zeros((len(shapes), 0))
        self._sigmas = np.zeros((len(shapes), 0))
        self._draw_days(_SPARE_DAYS)

    def add(self, shape: PathShape) -> int:
        """Take in one more symbol and return its row; the paths of the others stay what they are."""
        self._keys = np.append(self._keys, np.uint64(text_key(self._seed, shape.name)))
        self._daily_sigma = np.append(self._daily_sigma, shape.yearly_volatility / 365**0.5)
        self._daily_steps = np.append(self._daily_steps, shape.daily_steps)
        self._draw_days(self._closes.shape[1])
        return len(self._keys) - 1

    def hours(self, row: int, first: int, end: int) -> PathBars:
        """Return the hour bars first ≤ hour < end, hours counted from 1970."""
        first_day, end_day = first // 24, -(-end // 24)
        numbers = np.arange(first_day, end_day, dtype=np.int64)
        rows = np.full(len(numbers), row)
        hours = split_days(self._days(rows, numbers), self._keys[rows])
        return hours.take(slice(first - first_day * 24, end - first_day * 24))

    def minutes(self, row: int, first: int, end: int) -> PathBars:
        """Return the minute bars first ≤ minute < end, minutes counted from 1970."""
        first_hour, end_hour = first // 60, -(-end // 60)
        hours = self.hours(row, first_hour, end_hour)
        minutes = split_hours(hours, np.full(end_hour - first_hour, self._keys[row]))
        return minutes.take(slice(first - first_hour * 60, end - first_hour * 60))

    def slots(self, row: int, first: int, end: int) -> SlotTrades:
        """Return the trades of the minutes first ≤ minute < end of one symbol."""
        minutes = self.minutes(row, first, end)
        blocks = [minutes.take(slice(at, at + _BLOCK)) for at in range(0, max(end - first, 1), _BLOCK)]
        trades = [slot_trades(block, np.full(len(block.index), self._keys[row])) for block in blocks]
        if len(trades) == 1:
            return trades[0]
        return SlotTrades(
            *(np.concatenate([getattr(each, field.name) for each in trades]) for field in fields(SlotTrades))
        )

    def slots_for(self, rows: Integers, minutes: Integers) -> SlotTrades:
        """Return the trades of one minute per element, symbols and minutes in any mixture."""
        keys = self._keys[rows]
        place = np.arange(len(rows))
        hours = split_days(self._days(rows, minutes // 1440), keys)
        hours = hours.take(place * 24 + minutes // 60 % 24)
        parts = split_hours(hours, keys)
        return slot_trades(parts.take(place * 60 + minutes % 60), keys)

    def _days(self, rows: Integers, days: Integers) -> PathDays:
        place = days - FIRST_DAY
        if len(place) and place.max() >= self._closes.shape[1]:
            self._draw_days(int(place.max()) + _SPARE_DAYS)
        opened = np.where(place > 0, self._closes[rows, np.maximum(place - 1, 0)], 0.0)
        close = self._closes[rows, place]
        sigma = self._sigmas[rows, place]
        bits = mixed(self._keys[rows] ^ np.uint64(0xDA7), days)
        more = mixed(self._keys[rows] ^ np.uint64(0xDA8), days)
        liveliness = sigma / self._daily_sigma[rows] * np.exp(0.25 * normals(bits))
        volume = (self._daily_steps[rows] * liveliness).astype(np.int64) + 4 * 86400
        bought = (volume * (0.46 + 0.08 * uniforms(mixed(more, days)))).astype(np.int64)
        return PathDays(days, opened, close, sigma, volume, bought)

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
