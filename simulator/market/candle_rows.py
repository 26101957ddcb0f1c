"""One candle as a row of integers, and rows of several put together."""

from enum import StrEnum

import numpy as np

from simulator.market.noise import Integers
from simulator.market.tracks import Trade

# Columns of a candle; prices in ticks (last) or units of 0.00000001 (the others), volumes in steps, quote in tick·step.
OPEN, HIGH, LOW, CLOSE, VOLUME, COUNT, BOUGHT, QUOTE, BOUGHT_QUOTE, FIRST_ID = range(10)
COLUMNS = 10
_SUMMED = (VOLUME, COUNT, BOUGHT, QUOTE, BOUGHT_QUOTE)


class Series(StrEnum):
    """What a candle shows."""

    LAST = "last"
    MARK = "mark"
    INDEX = "index"
    PREMIUM = "premium"


def merged(candles: Integers, starts: Integers) -> Integers:
    """Return one candle for each run of candles beginning at starts."""
    ends = np.append(starts[1:], len(candles)) - 1
    result = np.empty((len(starts), COLUMNS), dtype=np.int64)
    result[:, OPEN] = candles[starts, OPEN]
    result[:, HIGH] = np.maximum.reduceat(candles[:, HIGH], starts)
    result[:, LOW] = np.minimum.reduceat(candles[:, LOW], starts)
    result[:, CLOSE] = candles[ends, CLOSE]
    for column in _SUMMED:
        result[:, column] = np.add.reduceat(candles[:, column], starts)
    result[:, FIRST_ID] = candles[starts, FIRST_ID]
    return result


def of_trades(trades: list[Trade]) -> list[int]:
    """Return the candle of at least one trade."""
    prices = [trade.ticks for trade in trades]
    bought = [trade for trade in trades if not trade.buyer_is_maker]
    return [
        prices[0],
        max(prices),
        min(prices),
        prices[-1],
        sum(trade.steps for trade in trades),
        len(trades),
        sum(trade.steps for trade in bought),
        sum(trade.steps * trade.ticks for trade in trades),
        sum(trade.steps * trade.ticks for trade in bought),
        trades[0].id,
    ]


def within(candles: Integers, volume: Integers, estimate: Integers, totals: Integers) -> Integers:
    """Return quote volumes near the estimates, each at a price its minute traded at, adding up to hourly totals."""
    quote = estimate.reshape(-1, 60)
    missing = totals - quote.sum(axis=1)
    upwards = (missing >= 0)[:, None]
    highest, lowest = (candles[:, HIGH] * volume).reshape(-1, 60), (candles[:, LOW] * volume).reshape(-1, 60)
    room = np.where(upwards, highest - quote, quote - lowest)
    reached = np.cumsum(room, axis=1).astype(np.float64)
    edges = np.floor(reached / np.maximum(reached[:, -1:], 1) * np.abs(missing)[:, None]).astype(np.int64)
    edges[:, -1] = np.abs(missing)
    moved = np.diff(edges, axis=1, prepend=0)
    return np.asarray((quote + np.where(upwards, moved, -moved)).reshape(-1), dtype=np.int64)
