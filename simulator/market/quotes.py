"""Where one symbol stands now: last, mark, book, and what moves them."""

from decimal import Decimal

import numpy as np

from simulator.errors import ApiError
from simulator.interfaces import Book, Store, SymbolSpec
from simulator.market.books import LEVELS, BookShape, synthetic_book
from simulator.market.candles import Candles
from simulator.market.catalogue import Listing
from simulator.market.funding import PERIOD_MS
from simulator.market.intervals import MINUTE_MS
from simulator.market.tracks import MARK_UNIT, Anchor, Track, Trade, anchor_of, nearest_ticks, units_decimal

_ANCHORS = "market_anchors"
_PRINTS = "market_prints"


def _numbered(store: Store, table: str) -> dict[str, list[str]]:
    """Return the keys of a table whose keys end in a running number, by symbol, in order."""
    keys: dict[str, list[str]] = {}
    for key in store.rows(table):
        keys.setdefault(key.rpartition("|")[0], []).append(key)
    for symbol_keys in keys.values():
        symbol_keys.sort(key=lambda key: int(key.rpartition("|")[2]))
    return keys


class Quote:
    """One symbol's present; everything that cannot be drawn again is written through to the store."""

    def __init__(self, listing: Listing, track: Track, candles: Candles, store: Store) -> None:
        """Take an empty track; anchors follow from restored() or anchor()."""
        self.listing = listing
        self.spec = listing.spec  # in its ticks and steps everything is played and kept
        self.rules = listing.spec  # what is published and enforced now
        self.spread_ticks = listing.spread_ticks
        self.depth = LEVELS
        self.track = track
        self.candles = candles
        self.lower_name = listing.spec.symbol.lower()
        self._store = store
        self.fair_ticks = 0  # where the path stands; the book is built around it
        self.last_ticks = 0  # the latest trade, an account's included
        self.mark_units = 0
        self.slot_ms = 0
        self._minute = -1
        self._ticks: list[int] = []
        self._marks: list[int] = []
        self._took: list[bool] = []
        self._buyer_took = False
        self._book: tuple[int, int, Book] | None = None

    @property
    def gain(self) -> float:
        """How fast the price follows its path; 0 holds it."""
        return self.track.anchors[-1].gain

    @property
    def grain(self) -> int:
        """How many of the played ticks make one published one, at least 1."""
        return max(1, int(self.rules.tick_size / self.spec.tick_size))

    @property
    def touch(self) -> tuple[int, int]:
        """Best bid and ask in ticks: the latest trade was at one of them; held prices are bid."""
        spread = self.spread_ticks * self.grain
        if self.gain and self._buyer_took and self.fair_ticks > spread:
            return self.fair_ticks - spread, self.fair_ticks
        return self.fair_ticks, self.fair_ticks + spread

    @property
    def book(self) -> Book:
        """The book around the touch."""
        bid, ask = self.touch
        if self._book is None or self._book[:2] != (bid, ask):
            shape = BookShape(self.grain, self.rules.step_size, self.depth)
            self._book = (bid, ask, synthetic_book(self.listing, bid, ask, shape))
        return self._book[2]

    def lay_out(self, rules: SymbolSpec, *, spread_ticks: int | None = None, depth: int | None = None) -> None:
        """Publish these rules, and from now on show the book with so wide a spread and so many levels."""
        self.rules = rules
        self.spread_ticks = spread_ticks or self.spread_ticks
        self.depth = self.depth if depth is None else depth
        self._book = None

    @property
    def last(self) -> Decimal:
        """Price of the latest trade."""
        return self.last_ticks * self.spec.tick_size

    @property
    def mark(self) -> Decimal:
        """Mark price, without superfluous zeros."""
        return units_decimal(self.mark_units).normalize() + Decimal(0)

    @property
    def index_units(self) -> int:
        """Index price in units of 0.00000001."""
        return int(self.track.index_units(np.array([self.mark_units]), np.array([self.slot_ms]))[0])

    @property
    def premium(self) -> float:
        """Premium of mark over index, as a fraction."""
        return float(self.track.funding.premiums(np.array([self.slot_ms // PERIOD_MS]))[0])

    def show(self, time_ms: int) -> bool:
        """Move to the path's latest trade at or before time_ms; return whether mark or last changed."""
        minute, inside = divmod(time_ms - self.track.offset_ms, MINUTE_MS)
        slot = inside // 1000
        slot_ms = minute * MINUTE_MS + slot * 1000 + self.track.offset_ms
        if slot_ms <= self.slot_ms:
            return False
        if minute != self._minute:
            self._load(minute)
        self._buyer_took = self._took[slot]
        return self.stand(self._ticks[slot], self._marks[slot], slot_ms)

    def resume(self, time_ms: int) -> None:
        """Stand where the market stood at time_ms, prices that were set or traded since its latest trade included."""
        self.show(time_ms)
        newest = self.track.anchors[-1]
        if newest.from_ms >= self.slot_ms:
            self.stand(newest.last_ticks, int(newest.mark / MARK_UNIT), self.slot_ms)
        if self.track.prints and self.track.prints[-1].time_ms >= self.slot_ms:
            self.last_ticks = self.track.prints[-1].ticks

    def latest_trade(self) -> Trade:
        """Return the newest trade of the tape."""
        if self.track.prints and self.track.prints[-1].time_ms >= self.slot_ms:
            return self.track.prints[-1]
        return self.track.slot_trade(self.slot_ms)

    def stand(self, ticks: int, mark_units: int, slot_ms: int) -> bool:
        """Stand at a price of the path; return whether mark or last changed."""
        changed = ticks != self.last_ticks or mark_units != self.mark_units
        self.fair_ticks = self.last_ticks = ticks
        self.mark_units = mark_units
        self.slot_ms = slot_ms
        return changed

    def print_trade(self, time_ms: int, ticks: int, steps: int, buyer_is_maker: bool) -> Trade:
        """Put a trade on the tape and make its price the last one."""
        if self.track.prints:
            time_ms = max(time_ms, self.track.prints[-1].time_ms)
        trade = self.track.add_print(time_ms, ticks, steps, buyer_is_maker)
        row = {"time": trade.time_ms, "ticks": ticks, "steps": trade.steps, "maker": buyer_is_maker}
        self._store.put(_PRINTS, f"{self.spec.symbol}|{len(self.track.prints)}", row)
        self.last_ticks = ticks
        return trade

    def anchor(self, time_ms: int, gain: float, *, mark: Decimal | None = None, last: Decimal | None = None) -> None:
        """Let the path be followed anew from time_ms: from these prices, from where it stands where none is given.

        last is rounded to the nearest tick, mark to 8 decimals.

        Raises:
            ApiError: -4001 or -4002, a price at or below zero or above the highest price of the symbol.
        """
        for price in (mark, last):
            if price is not None and price <= 0:
                raise ApiError(-4001, "Price less than 0.")
            if price is not None and price > self.spec.max_price:
                raise ApiError(-4002, "Price greater than max price.")
        if last is not None:
            self.fair_ticks = nearest_ticks(last, self.spec.tick_size)
        self.fair_ticks = max(1, round(self.fair_ticks / self.grain)) * self.grain
        if mark is not None:
            self.mark_units = max(1, int(mark.quantize(MARK_UNIT) / MARK_UNIT))
        basis = float(self.track.basis(np.array([time_ms]))[0])
        reference = self.track.log_price_at(time_ms)
        anchor = Anchor(time_ms, self.fair_ticks, units_decimal(self.mark_units), gain, reference, basis, self.grain)
        self._store.put(_ANCHORS, f"{self.spec.symbol}|{len(self.track.anchors)}", anchor.row())
        self.track.add_anchor(anchor)
        self._minute = -1

    def _load(self, minute: int) -> None:
        slots, times = self.track.slots(minute), self.track.slot_times(minute, minute + 1)
        self._ticks = self.track.last_ticks(slots.price, times)[0].tolist()
        self._marks = self.track.mark_units(slots.price, times)[0].tolist()
        self._took = slots.buyer_took[0].tolist()
        self._minute = minute


def restore(quotes: dict[str, Quote], store: Store) -> None:
    """Bring back every anchor and every recorded trade of a former run."""
    for symbol, keys in _numbered(store, _ANCHORS).items():
        for key in keys if symbol in quotes else ():
            quotes[symbol].track.add_anchor(anchor_of(store.rows(_ANCHORS)[key]))
    for symbol, keys in _numbered(store, _PRINTS).items():
        for key in keys if symbol in quotes else ():
            row = store.rows(_PRINTS)[key]
            quotes[symbol].track.add_print(row["time"], row["ticks"], row["steps"], row["maker"])
