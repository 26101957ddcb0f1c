"""The tape of one symbol: the trades of its path at the prices of the day, and those of accounts and tests."""

from bisect import bisect_left
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

import numpy as np
import numpy.typing as npt

from simulator.interfaces import Json, SymbolSpec
from simulator.market.funding import PERIOD_MS, Funding
from simulator.market.intervals import MINUTE_MS
from simulator.market.noise import Floats, Integers, mixed, normals, text_key
from simulator.market.path_bars import SLOTS, SlotTrades
from simulator.market.paths import FIRST_MINUTE, MarketPaths

MARK_UNIT = Decimal("0.00000001")
_MARK_UNITS = 100_000_000
_MINUTES_KEPT = 3
_BASIS = 0.0002  # how far mark typically strays from last, as a fraction


@dataclass(frozen=True, slots=True)
class Anchor:
    """From from_ms on prices follow the path from here: price = this price · exp(gain · (path now − path here)).

    gain 0 holds the price, 1 walks at the symbol's own volatility, √speed walks that much faster.
    """

    from_ms: int
    last_ticks: int
    mark: Decimal
    gain: float
    reference: float  # log price of the path here
    basis: float  # log distance of the path's mark from its last here
    grain: int = 1  # trades happen at multiples of so many ticks

    def row(self) -> Json:
        """Return the row that brings this anchor back after a restart."""
        return {
            "from": self.from_ms,
            "last": self.last_ticks,
            "mark": str(self.mark),
            "gain": self.gain,
            "reference": self.reference,
            "basis": self.basis,
            "grain": self.grain,
        }


def anchor_of(row: Json) -> Anchor:
    """Return the anchor that row() wrote."""
    fixed = (row["from"], row["last"], Decimal(row["mark"]), row["gain"], row["reference"], row["basis"])
    return Anchor(*fixed, row.get("grain", 1))


@dataclass(frozen=True, slots=True)
class Trade:
    """One public trade in ticks and quantity steps."""

    id: int
    time_ms: int
    ticks: int
    steps: int
    buyer_is_maker: bool


@dataclass(slots=True)
class Playhead:
    """Up to where the market has been played, in server time."""

    ms: int


class Track:
    """Prices and trades of one symbol at any moment up to the playhead."""

    def __init__(self, paths: MarketPaths, row: int, spec: SymbolSpec, funding: Funding, offset_ms: int) -> None:
        """Start empty: the first anchor must be added before anything is read.

        Args:
            paths: where the shape comes from.
            row: the symbol's row in paths.
            spec: tick and step.
            funding: premium of mark over index.
            offset_ms: when in each second this symbol trades, 0 to 999.
        """
        self.paths = paths
        self.row = row
        self.spec = spec
        self.funding = funding
        self.offset_ms = offset_ms
        self.anchors: list[Anchor] = []
        self._anchor_times: list[int] = []
        self._columns: tuple[npt.NDArray[np.float64], ...] | None = None
        self.prints: list[Trade] = []
        self._print_times: list[int] = []
        self._basis_key = np.array([text_key(row, f"basis {spec.symbol}")], dtype=np.uint64)
        self._top = int(spec.max_price / spec.tick_size)
        self._recent: dict[int, SlotTrades] = {}
        self._pin_times: list[int] = []
        self._pins: list[int] = []

    def basis(self, times_ms: Integers) -> Floats:
        """Return the path's log distance of mark from last at these moments; it steps every 8 hours."""
        return normals(mixed(self._basis_key, times_ms // PERIOD_MS)) * _BASIS

    def add_anchor(self, anchor: Anchor) -> None:
        """Let prices follow anchor from its moment on; moments never decrease."""
        self.anchors.append(anchor)
        self._anchor_times.append(anchor.from_ms)
        self._columns = None

    def add_print(self, time_ms: int, ticks: int, steps: int, buyer_is_maker: bool) -> Trade:
        """Put a trade on the tape after all path trades up to time_ms; moments never decrease."""
        trade = Trade(self._slots_until(time_ms) + len(self.prints) + 1, time_ms, ticks, max(steps, 1), buyer_is_maker)
        self.prints.append(trade)
        self._print_times.append(time_ms)
        return trade

    def prints_between(self, first_ms: int, end_ms: int) -> list[Trade]:
        """Return the recorded trades with first_ms ≤ time < end_ms."""
        return self.prints[bisect_left(self._print_times, first_ms) : bisect_left(self._print_times, end_ms)]

    def anchors_between(self, first_ms: int, end_ms: int) -> list[Anchor]:
        """Return the anchors with first_ms ≤ moment < end_ms."""
        return self.anchors[bisect_left(self._anchor_times, first_ms) : bisect_left(self._anchor_times, end_ms)]

    def first_id(self, minute: int) -> int:
        """Return the id of the first trade at or after the minute's beginning."""
        return (minute - FIRST_MINUTE) * SLOTS + 1 + bisect_left(self._print_times, minute * MINUTE_MS)

    def minute_of(self, trade_id: int, last_minute: int) -> int:
        """Return the minute that holds a trade id, at most last_minute."""
        low, high = FIRST_MINUTE, last_minute
        while low < high:
            middle = (low + high + 1) // 2
            if self.first_id(middle) <= trade_id:
                low = middle
            else:
                high = middle - 1
        return low

    def slots(self, minute: int) -> SlotTrades:
        """Return the path's trades of one minute; the latest ones asked for are kept."""
        if minute not in self._recent:
            self.keep(minute, self.paths.slots(self.row, minute, minute + 1))
        return self._recent[minute]

    def keep(self, minute: int, trades: SlotTrades) -> None:
        """Take over a minute's path trades, forgetting the one kept longest."""
        if len(self._recent) >= _MINUTES_KEPT:
            del self._recent[next(iter(self._recent))]
        self._recent[minute] = trades

    def slot_trade(self, time_ms: int) -> Trade:
        """Return the path's trade at exactly this moment."""
        minute, inside = divmod(time_ms - self.offset_ms, MINUTE_MS)
        slots, place = self.slots(minute), inside // 1000
        ticks = self.last_ticks(slots.price[0, place : place + 1], np.array([time_ms]))
        number = self._slots_until(time_ms) + bisect_left(self._print_times, time_ms)
        return Trade(number, time_ms, int(ticks[0]), int(slots.steps[0, place]), not slots.buyer_took[0, place])

    def slot_times(self, first: int, end: int) -> Integers:
        """Return when the path trades in the minutes first ≤ minute < end, shape (minutes, 60)."""
        starts = np.arange(first, end, dtype=np.int64)[:, None] * MINUTE_MS
        return np.asarray(starts + np.arange(SLOTS) * 1000 + self.offset_ms, dtype=np.int64)

    def log_price_at(self, time_ms: int) -> float:
        """Return the path at its last trade at or before time_ms."""
        minute, inside = divmod(time_ms - self.offset_ms, MINUTE_MS)
        return float(self.slots(minute).price[0, inside // 1000])

    def last_ticks(self, log_prices: Floats, times_ms: Integers) -> Integers:
        """Return trade prices in ticks, rounded to the nearest, for path prices at these moments."""
        ticks, _, gain, reference, _, grain = self._anchors_at(times_ms)
        played = np.rint(ticks * np.exp(gain * (log_prices - reference)) / grain) * grain
        return np.clip(played, grain, self._top).astype(np.int64)

    def mark_units(self, log_prices: Floats, times_ms: Integers) -> Integers:
        """Return mark prices in units of 0.00000001, rounded to the nearest, for path prices at these moments."""
        _, mark, gain, reference, basis, _ = self._anchors_at(times_ms)
        shape = log_prices + self.basis(times_ms) - reference - basis
        return np.maximum(np.rint(mark * np.exp(gain * shape)), 1).astype(np.int64)

    def index_units(self, mark_units: Integers, times_ms: Integers) -> Integers:
        """Return index prices in units of 0.00000001 for mark prices at these moments."""
        units = np.rint(mark_units / (1.0 + self.funding.premiums(times_ms // PERIOD_MS))).astype(np.int64)
        if not self._pin_times:
            return units
        # Where no pin has begun yet, the 0 before the first one says that the index follows the mark.
        chosen = np.searchsorted(np.array(self._pin_times), times_ms, side="right")
        pinned = np.array([0, *self._pins], dtype=np.int64)[chosen]
        return np.where(pinned > 0, pinned, units).astype(np.int64)

    def pin_index(self, from_ms: int, units: int) -> int:
        """Hold the index at so many units from a moment on, 0 to let it follow the mark; return the pin's number."""
        self._pin_times.append(from_ms)
        self._pins.append(units)
        return len(self._pins) - 1

    def trades(self, minute: int, played_ms: int) -> list[Trade]:
        """Return the tape of one minute up to played_ms, oldest first, ids without a gap."""
        slots = self.slots(minute)
        times = self.slot_times(minute, minute + 1)
        ticks = self.last_ticks(slots.price, times)[0].tolist()
        start = minute * MINUTE_MS
        extra = self.prints_between(start, start + MINUTE_MS)
        ids = self.first_id(minute)
        rows: list[Trade] = []
        steps, took = slots.steps[0].tolist(), slots.buyer_took[0].tolist()
        for place, time_ms in enumerate(times[0].tolist()):
            if time_ms > played_ms:
                break
            while extra and extra[0].time_ms < time_ms:
                rows.append(extra.pop(0))
            rows.append(Trade(ids + len(rows), time_ms, ticks[place], steps[place], not took[place]))
        return rows + extra

    def _slots_until(self, time_ms: int) -> int:
        return (time_ms - self.offset_ms) // 1000 + 1 - FIRST_MINUTE * SLOTS

    def _anchors_at(self, times_ms: Integers) -> tuple[npt.NDArray[np.float64], ...]:
        if len(self.anchors) == 1 or int(times_ms.max(initial=0)) <= self._anchor_times[1]:
            first = self.anchors[0]
            mark = float(first.mark) * _MARK_UNITS
            values = (first.last_ticks, mark, first.gain, first.reference, first.basis, first.grain)
            return tuple(np.array(value) for value in values)
        if self._columns is None:
            rows = [
                (a.from_ms, a.last_ticks, float(a.mark) * _MARK_UNITS, a.gain, a.reference, a.basis, a.grain)
                for a in self.anchors
            ]
            self._columns = tuple(np.array(rows, dtype=np.float64).T)
        # The first anchor reaches back to the beginning; any other begins after the trades of its own instant.
        chosen = np.searchsorted(self._columns[0][1:], times_ms, side="left")
        return tuple(column[chosen] for column in self._columns[1:])


def units_decimal(units: int) -> Decimal:
    """Return a price given in units of 0.00000001."""
    return Decimal(units).scaleb(-8)


def nearest_ticks(price: Decimal, tick: Decimal) -> int:
    """Return the number of ticks nearest to price, at least one."""
    return max(1, int((price / tick).to_integral_value(ROUND_HALF_EVEN)))
