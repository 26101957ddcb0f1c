"""Candles of one symbol: last, mark, index and premium, for every interval, from its track."""

from collections.abc import Callable

import numpy as np

from simulator.market.candle_rows import (
    BOUGHT,
    BOUGHT_QUOTE,
    CLOSE,
    COLUMNS,
    COUNT,
    FIRST_ID,
    HIGH,
    LOW,
    OPEN,
    QUOTE,
    VOLUME,
    Series,
    merged,
    of_trades,
    within,
)
from simulator.market.funding import PERIOD_MS
from simulator.market.intervals import HOUR_MS, INTERVALS, MINUTE_MS, bar_open, bar_opens, shifted
from simulator.market.noise import Floats, Integers
from simulator.market.path_bars import SLOTS, PathBars
from simulator.market.paths import FIRST_MINUTE
from simulator.market.tracks import Playhead, Track

_HOURLY = frozenset(INTERVALS) - {"1m", "3m", "5m", "15m", "30m"}  # made of hour candles, the others of minutes
_HOURS_AT_ONCE = 48
_EXACT_DAYS = 3  # before the symbol began to be played; older quote volumes are estimated hour by hour


class Candles:
    """Candles of one symbol up to the playhead; the newest one is unfinished."""

    def __init__(self, track: Track, playhead: Playhead, onboard_ms: int, born_ms: int) -> None:
        """Answer from onboard_ms on; from a few days before born_ms quote volumes are those of the very trades."""
        self._track = track
        self._playhead = playhead
        self.onboard_ms = max(onboard_ms // HOUR_MS * HOUR_MS, FIRST_MINUTE * MINUTE_MS)
        self._exact_hour = born_ms // HOUR_MS - 24 * _EXACT_DAYS
        self._born_hour = born_ms // HOUR_MS
        self._closed_hours: dict[tuple[Series, int], Integers] = {}
        self._closed_minutes: dict[int, Integers] = {}  # those at both ends of the 24-hour window
        self._day: tuple[int, int, Integers] | None = None
        self._part: dict[tuple[Series, str], tuple[int, int, Integers]] = {}

    def bars(self, series: Series, interval: str, first_open: int, end_ms: int) -> tuple[list[int], Integers]:
        """Return open times and candles of the bars that open from first_open on and before end_ms.

        first_open must be an open time of the interval. Nothing lies before the symbol's first day or after now.
        """
        earliest = bar_open(interval, self.onboard_ms)
        first_open = max(first_open, earliest)
        opens = bar_opens(interval, first_open, min(end_ms, self._playhead.ms + 1))
        if not opens:
            return [], np.empty((0, COLUMNS), dtype=np.int64)
        end = min(shifted(interval, opens[-1], 1), self._playhead.ms + 1)
        if interval in _HOURLY:
            parts, unit, first = self._hourly(series, opens[0], end), HOUR_MS, max(opens[0], self.onboard_ms)
        else:
            parts, unit, first = self._minutely(series, opens[0], end), MINUTE_MS, opens[0]
        starts = np.maximum((np.array(opens) - first) // unit, 0)
        return opens, merged(parts, starts)

    def open_bar(self, series: Series, interval: str) -> tuple[int, Integers]:
        """Return open time and candle of the unfinished bar, cheap enough to be asked four times a second."""
        now = self._playhead.ms
        minute = now // MINUTE_MS
        start = max(bar_open(interval, now), self.onboard_ms)
        current = self._minutely(series, minute * MINUTE_MS, now + 1)
        if start == minute * MINUTE_MS:
            return start, current[0]
        known = self._part.get((series, interval))
        if known is None or known[:2] != (start, minute):
            hourly = interval in _HOURLY
            closed = (self._hourly if hourly else self._minutely)(series, start, minute * MINUTE_MS)
            known = (start, minute, merged(closed, np.array([0])))
            self._part[series, interval] = known
        return bar_open(interval, now), merged(np.concatenate([known[2], current]), np.array([0]))[0]

    def window(self, first_minute: int) -> Integers:
        """Return one candle from first_minute, at least an hour ago and not before the exact days, up to now."""
        minute = self._playhead.ms // MINUTE_MS
        if self._day is None or self._day[:2] != (first_minute, minute):
            full_hour, hour = -(-first_minute // 60), minute // 60
            head, tail = range(first_minute, full_hour * 60), range(hour * 60, minute)
            self._keep_minutes(head)
            self._keep_minutes(tail)
            self._closed_minutes = {each: self._closed_minutes[each] for each in (*head, *tail)}
            hours = self._hourly(Series.LAST, full_hour * HOUR_MS, hour * HOUR_MS)
            pieces = [*(self._closed_minutes[each] for each in head), *hours]
            pieces.extend(self._closed_minutes[each] for each in tail)
            self._day = (first_minute, minute, merged(np.array(pieces), np.array([0])))
        current = self._minutely(Series.LAST, minute * MINUTE_MS, self._playhead.ms + 1)
        return np.asarray(merged(np.concatenate([self._day[2], current]), np.array([0]))[0])

    def _keep_minutes(self, minutes: range) -> None:
        missing = [minute for minute in minutes if minute not in self._closed_minutes]
        if missing:
            rows = self._minutely(Series.LAST, missing[0] * MINUTE_MS, (missing[-1] + 1) * MINUTE_MS)
            self._closed_minutes.update(zip(range(missing[0], missing[-1] + 1), rows, strict=True))

    def _hourly(self, series: Series, first_ms: int, end_ms: int) -> Integers:
        """Return hour candles for whole hours and, for a last unfinished hour, one candle of its minutes."""
        first, end = max(first_ms, self.onboard_ms) // HOUR_MS, -(-end_ms // HOUR_MS)
        boundary = self._exact_hour if series is Series.LAST else self._born_hour
        pieces: list[Integers] = []
        if first < boundary:
            pieces.append(self._drawn_hours(series, first, min(end, boundary)))
        first = max(first, boundary)
        whole_end = min(end_ms, self._playhead.ms) // HOUR_MS
        self._keep_hours(series, first, whole_end)
        pieces.extend(self._closed_hours[series, hour] for hour in range(first, whole_end))
        if max(first, whole_end) < end:
            part = self._minutely(series, max(first, whole_end) * HOUR_MS, end_ms)
            pieces.append(merged(part, np.array([0])))
        return np.concatenate(pieces) if pieces else np.empty((0, COLUMNS), dtype=np.int64)

    def _keep_hours(self, series: Series, first: int, end: int) -> None:
        """Compute the closed hours that are not known yet, some at a time to bound memory."""
        missing = [hour for hour in range(first, end) if (series, hour) not in self._closed_hours]
        for begin in range(missing[0], missing[-1] + 1, _HOURS_AT_ONCE) if missing else ():
            stop = min(begin + _HOURS_AT_ONCE, missing[-1] + 1)
            minutes = self._minutely(series, begin * HOUR_MS, stop * HOUR_MS)
            hours = merged(minutes, np.arange(0, len(minutes), 60))
            for hour in range(begin, stop):
                self._closed_hours[series, hour] = hours[hour - begin : hour - begin + 1]

    def _drawn_hours(self, series: Series, first: int, end: int) -> Integers:
        hours = self._track.paths.hours(self._track.row, first, end)
        candles = self._shaped(series, hours, HOUR_MS)
        candles[:, COUNT] = SLOTS * 60
        candles[:, FIRST_ID] = (hours.index * 60 - FIRST_MINUTE) * SLOTS + 1
        return candles

    def _minutely(self, series: Series, first_ms: int, end_ms: int) -> Integers:
        first, end = first_ms // MINUTE_MS, -(-end_ms // MINUTE_MS)
        if series is not Series.LAST:
            return self._price_minutes(series, first, end)
        boundary = self._exact_hour * 60
        pieces = [self._drawn_minutes(first, min(end, boundary))] if first < boundary else []
        if end > boundary:
            pieces.append(self._traded_minutes(max(first, boundary), end))
        return np.concatenate(pieces)

    def _drawn_minutes(self, first: int, end: int) -> Integers:
        """Return old minutes; the quote volume of each hour is shared over them by volume and price."""
        first_hour, end_hour = first // 60, -(-end // 60)
        minutes = self._track.paths.minutes(self._track.row, first_hour * 60, end_hour * 60)
        hours = self._drawn_hours(Series.LAST, first_hour, end_hour)
        candles = self._shaped(Series.LAST, minutes, MINUTE_MS)
        candles[:, COUNT] = SLOTS
        candles[:, FIRST_ID] = (minutes.index - FIRST_MINUTE) * SLOTS + 1
        for column, volume in ((QUOTE, VOLUME), (BOUGHT_QUOTE, BOUGHT)):
            candles[:, column] = within(candles, candles[:, volume], candles[:, column], hours[:, column])
        return candles[first - first_hour * 60 : end - first_hour * 60]

    def _shaped(self, series: Series, bars: PathBars, length_ms: int) -> Integers:
        """Return candles of whole path bars that no anchor after the first touches."""
        times = bars.index * length_ms
        candles = np.zeros((len(times), COLUMNS), dtype=np.int64)
        for column, prices in enumerate((bars.open, bars.high, bars.low, bars.close)):
            candles[:, column] = self._valued(series)(prices, times)
        middle = candles[:, :4].sum(axis=1)
        candles[:, VOLUME], candles[:, BOUGHT] = bars.volume, bars.bought
        candles[:, QUOTE] = bars.volume * middle // 4
        candles[:, BOUGHT_QUOTE] = bars.bought * middle // 4
        return candles

    def _valued(self, series: Series) -> Callable[[Floats, Integers], Integers]:
        track = self._track
        if series is Series.LAST:
            return track.last_ticks
        if series is Series.MARK:
            return track.mark_units
        if series is Series.INDEX:
            return lambda prices, times: track.index_units(track.mark_units(prices, times), times)
        return lambda prices, times: (
            np.rint(track.funding.premiums(times // PERIOD_MS) * 1e8).astype(np.int64) + np.zeros_like(times)
        )

    def _traded_minutes(self, first: int, end: int) -> Integers:
        """Return minutes made of their very trades, the newest up to the playhead."""
        track, now = self._track, self._playhead.ms
        whole_end = min(end, now // MINUTE_MS)
        candles = np.empty((end - first, COLUMNS), dtype=np.int64)
        if whole_end > first:
            candles[: whole_end - first] = self._whole_minutes(first, whole_end)
        dirty = {trade.time_ms // MINUTE_MS for trade in track.prints_between(first * MINUTE_MS, end * MINUTE_MS)}
        for minute in dirty | set(range(max(first, whole_end), end)):
            trades = track.trades(minute, now)
            candles[minute - first] = of_trades(trades) if trades else self._empty_minute(minute)
        return candles

    def _empty_minute(self, minute: int) -> list[int]:
        """Return the candle of a minute that has begun and not traded: flat at the last price."""
        price = self._track.trades(minute - 1, minute * MINUTE_MS)[-1].ticks
        return [price, price, price, price, 0, 0, 0, 0, 0, self._track.first_id(minute)]

    def _whole_minutes(self, first: int, end: int) -> Integers:
        track = self._track
        slots = track.slots(first) if end == first + 1 else track.paths.slots(track.row, first, end)
        ticks = track.last_ticks(slots.price, track.slot_times(first, end))
        quote = ticks * slots.steps
        candles = np.empty((end - first, COLUMNS), dtype=np.int64)
        candles[:, OPEN], candles[:, CLOSE] = ticks[:, 0], ticks[:, -1]
        candles[:, HIGH], candles[:, LOW] = ticks.max(axis=1), ticks.min(axis=1)
        candles[:, VOLUME], candles[:, COUNT] = slots.steps.sum(axis=1), SLOTS
        candles[:, BOUGHT] = np.where(slots.buyer_took, slots.steps, 0).sum(axis=1)
        candles[:, QUOTE] = quote.sum(axis=1)
        candles[:, BOUGHT_QUOTE] = np.where(slots.buyer_took, quote, 0).sum(axis=1)
        candles[:, FIRST_ID] = [track.first_id(minute) for minute in range(first, end)]
        return candles

    def _price_minutes(self, series: Series, first: int, end: int) -> Integers:
        """Return minutes of a price that has no trades: one value a second, and those that were set by hand."""
        track, born = self._track, self._born_hour * 60
        pieces: list[Integers] = []
        if first < born:
            pieces.append(self._shaped(series, track.paths.minutes(track.row, first, min(end, born)), MINUTE_MS))
            pieces[0][:, COUNT] = SLOTS
        first, now = max(first, born), self._playhead.ms
        whole_end = min(end, now // MINUTE_MS)
        if first < whole_end:
            slots = track.paths.slots(track.row, first, whole_end)
            values = self._valued(series)(slots.price, track.slot_times(first, whole_end))
            candles = np.zeros((whole_end - first, COLUMNS), dtype=np.int64)
            candles[:, OPEN], candles[:, CLOSE] = values[:, 0], values[:, -1]
            candles[:, HIGH], candles[:, LOW] = values.max(axis=1), values.min(axis=1)
            candles[:, COUNT] = SLOTS
            for anchor in track.anchors_between(first * MINUTE_MS, whole_end * MINUTE_MS):
                minute = anchor.from_ms // MINUTE_MS
                candles[minute - first] = self._price_minute(series, minute)
            pieces.append(candles)
        for minute in range(max(first, whole_end), end):
            pieces.append(np.array([self._price_minute(series, minute)], dtype=np.int64))
        return np.concatenate(pieces)

    def _price_minute(self, series: Series, minute: int) -> list[int]:
        values = self._minute_values(series, minute)
        return [values[0], max(values), min(values), values[-1], 0, len(values), 0, 0, 0, 0]

    def _minute_values(self, series: Series, minute: int) -> list[int]:
        """Return the values of one minute up to now in order, those set by hand included, at least one."""
        track, now = self._track, self._playhead.ms
        times = track.slot_times(minute, minute + 1)[0]
        played = self._valued(series)(track.slots(minute).price[0], times)
        values = list(zip(times.tolist(), played.tolist(), strict=True))
        start = minute * MINUTE_MS
        for anchor in track.anchors_between(start, start + MINUTE_MS):
            moment = np.array([anchor.from_ms])
            mark = np.array([int(anchor.mark.scaleb(8))])
            if series is Series.MARK:
                values.append((anchor.from_ms, int(mark[0])))
            elif series is Series.INDEX:
                values.append((anchor.from_ms, int(track.index_units(mark, moment)[0])))
        shown = [value for time_ms, value in sorted(values, key=lambda pair: pair[0]) if time_ms <= now]
        return shown or self._minute_values(series, minute - 1)[-1:]
