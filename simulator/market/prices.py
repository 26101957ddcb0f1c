"""The market while it is being played: prices walk, hold or are replayed, one step at a time.

After a stop of the process the market has gone on meanwhile: the moments missed are played at the next start.
"""

from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Collection, Iterator, Sequence
from decimal import Decimal

import numpy as np

from simulator.clock import ExchangeClock
from simulator.interfaces import Book, Store, SymbolSpec
from simulator.market.intervals import MINUTE_MS
from simulator.market.path_bars import SLOTS, SlotTrades
from simulator.market.paths import MarketPaths
from simulator.market.quotes import Quote
from simulator.market.replay import ReplayPrice
from simulator.market.tracks import Playhead, Trade, nearest_ticks

STATE = "market"
_NEWS_KEPT = 20_000
_STALL_MS = 1500  # a gap up to this is one step
_MINUTES_AT_ONCE = 1440


class PriceEngine:
    """Plays all quotes up to the clock's now and records what cannot be drawn again."""

    def __init__(
        self,
        clock: ExchangeClock,
        store: Store,
        paths: MarketPaths,
        quotes: dict[str, Quote],
        playhead: Playhead,
        walking_gain: float,
        replay: Sequence[ReplayPrice],
    ) -> None:
        """Take quotes whose anchors are in place; the playhead says up to where they have been played.

        Args:
            clock: server time.
            store: keeps mode, playhead and replay position; its rows under "market" must exist.
            paths: the common shape, its rows in the order of quotes.
            quotes: every symbol.
            playhead: shared with the candles.
            walking_gain: how fast prices follow their path in walk mode: the square root of the speed.
            replay: rows to play in replay mode, in order.
        """
        self._clock = clock
        self._store = store
        self._paths = paths
        self.quotes = quotes
        self.symbols = {symbol: quote.rules for symbol, quote in quotes.items()}
        self.playhead = playhead
        self._walking_gain = walking_gain
        self._replay = replay
        self._pending: set[str] = set()
        self.news: deque[tuple[Quote, int | Trade]] = deque(maxlen=_NEWS_KEPT)  # a moment, or a recorded trade
        by_offset = sorted(quotes.values(), key=lambda quote: quote.track.offset_ms)
        self._schedule = by_offset
        self._offsets = [quote.track.offset_ms for quote in by_offset]
        self._drawn_minute = -1
        for quote in quotes.values():
            quote.resume(playhead.ms)

    def listed(self) -> list[Quote]:
        """Return the pairs that exchangeInfo shows."""
        return [quote for quote in self.quotes.values() if quote.rules.is_listed]

    def add(self, quote: Quote) -> None:
        """Play one more pair, whose row in paths is the last one."""
        self.quotes[quote.spec.symbol] = quote
        self.symbols[quote.spec.symbol] = quote.rules
        self._schedule = sorted(self.quotes.values(), key=lambda each: each.track.offset_ms)
        self._offsets = [each.track.offset_ms for each in self._schedule]
        self._drawn_minute = -1
        quote.resume(self.playhead.ms)

    def publish_rules(self, symbol: str, rules: SymbolSpec) -> None:
        """Let other rules hold for a pair from now on; a price between two of its new ticks moves to the nearest."""
        quote, now = self.quotes[symbol], max(self._clock.now_ms(), self.playhead.ms)
        self._catch_up(quote, now)
        grain = quote.grain
        quote.lay_out(rules)
        self.symbols[symbol] = rules
        if quote.grain != grain:
            quote.anchor(now, quote.gain)
            quote.last_ticks = quote.fair_ticks
            self._pending.add(symbol)

    @property
    def mode(self) -> str:
        """Return walk, hold or replay."""
        return str(self._store.rows(STATE)["mode"]["mode"])

    def mark(self, symbol: str) -> Decimal:
        """Return the mark price."""
        return self.quotes[symbol].mark

    def last(self, symbol: str) -> Decimal:
        """Return the price of the last public trade."""
        return self.quotes[symbol].last

    def book(self, symbol: str) -> Book:
        """Return the book around last; fills do not use it up."""
        return self.quotes[symbol].book

    def touch(self, symbol: str) -> tuple[Decimal, Decimal]:
        """Return best bid and best ask: those of the book, without building it."""
        quote = self.quotes[symbol]
        bid, ask = quote.touch
        return bid * quote.spec.tick_size, ask * quote.spec.tick_size

    def funding_rate(self, symbol: str) -> Decimal:
        """Return the running estimate for the next settlement; at a settlement's very instant, its rate."""
        return self.quotes[symbol].track.funding.rate(self.playhead.ms)

    def next_funding_ms(self, symbol: str) -> int:
        """Return the server time of the next settlement, later than the step being played."""
        return self.quotes[symbol].track.funding.next_ms(self.playhead.ms)

    def record_trade(self, symbol: str, price: Decimal, quantity: Decimal, buyer_is_maker: bool, time_ms: int) -> int:
        """Put an account's fill on the public tape (last price, candles, trades) and return its trade id.

        A walking or held price is not moved by it: the next trade of the market is again at the market's own price.
        """
        quote = self.quotes[symbol]
        self._catch_up(quote, time_ms)
        ticks, steps = (nearest_ticks(price, quote.spec.tick_size), int(quantity / quote.spec.step_size))
        trade = quote.print_trade(max(time_ms, self.playhead.ms), ticks, steps, buyer_is_maker)
        self.news.append((quote, trade))
        self._pending.add(symbol)
        return trade.id

    def set_price(
        self, symbol: str, *, price: Decimal | None = None, mark: Decimal | None = None, last: Decimal | None = None
    ) -> None:
        """Move mark and last to price, or only one of them; durable when this returns.

        A held price stays there, a walking one walks from there. last is rounded to the nearest tick.

        Raises:
            ApiError: -4001 or -4002, the price is at or below zero or above the symbol's highest.
            KeyError: no such symbol.
        """
        now = self._clock.now_ms()
        quote = self.quotes[symbol]
        self._catch_up(quote, now)
        mark, last = (price, price) if price is not None else (mark, last)
        self._place(quote, max(now, self.playhead.ms), quote.gain, mark=mark, last=last)
        self._store.commit()

    def set_mode(self, mode: str) -> None:
        """Let prices "walk" from where they stand, or "hold" them there; a replay ends with it.

        Raises:
            ValueError: another word.
        """
        if mode not in ("walk", "hold"):
            raise ValueError(f"prices walk or hold, not {mode}")
        now = max(self._clock.now_ms(), self.playhead.ms)
        gain = self._walking_gain if mode == "walk" else 0.0
        for quote in self.quotes.values():
            if quote.gain != gain:
                self._catch_up(quote, now)
                quote.anchor(now, gain)
        self._store.put(STATE, "mode", {**self._store.rows(STATE)["mode"], "mode": mode})
        self._store.commit()

    def steps(self, at_stake: Callable[[], set[str]] | None = None) -> Iterator[tuple[int, set[str]]]:
        """Move prices up to the clock's now and yield (time_ms, symbols whose mark or last changed) after each step.

        Usually one step; a gap of up to a minute is played second by second, a longer one minute by minute, and then
        only for the symbols at stake (all by default). There is a step at every funding instant and at every
        replayed price.
        """
        now = max(self._clock.now_ms(), self.playhead.ms)
        if self._pending:
            yield now if now - self.playhead.ms <= _STALL_MS else self.playhead.ms, self._taken()
        long_gap = now - self.playhead.ms > MINUTE_MS
        followed = (self.quotes.keys() if at_stake is None else at_stake()) if long_gap else ()
        for target, changed in self._jumped(now, followed) if long_gap else self._strolled(now):
            yield target, changed | self._taken()
        if now // 1000 != self._store.rows(STATE)["played"]["ms"] // 1000:
            self._store.put(STATE, "played", {"ms": now})

    def _taken(self) -> set[str]:
        pending, self._pending = self._pending, set()
        return pending

    def _place(self, quote: Quote, time_ms: int, gain: float, *, mark: Decimal | None, last: Decimal | None) -> None:
        quote.anchor(time_ms, gain, mark=mark, last=last)
        if last is not None:
            steps = int(quote.spec.min_quantity / quote.spec.step_size)
            upwards = quote.fair_ticks >= quote.last_ticks
            self.news.append((quote, quote.print_trade(time_ms, quote.fair_ticks, steps, not upwards)))
        self._pending.add(quote.spec.symbol)

    def _catch_up(self, quote: Quote, time_ms: int) -> None:
        """Play one symbol's own trades up to time_ms before something else happens to it."""
        before = quote.slot_ms
        if quote.show(time_ms):
            self._pending.add(quote.spec.symbol)
        if quote.slot_ms != before:
            self.news.append((quote, quote.slot_ms))

    def _targets(self, now: int, stride_ms: int) -> list[int]:
        """Return the moments after the playhead at which a step must end, now included."""
        start = self.playhead.ms
        targets = {now}
        first = start // stride_ms + 1
        targets.update(range(first * stride_ms, now, stride_ms))
        funding = next(iter(self.quotes.values())).track.funding
        targets.update(range(funding.next_ms(start), now, funding.interval_ms))
        targets.update(spec.delivery_ms for spec in self.symbols.values() if start < spec.delivery_ms < now)
        if self.mode == "replay":
            began, played = self._replay_position()
            for row in self._replay[played:]:
                if began + row.offset_ms >= now:
                    break
                targets.add(max(began + row.offset_ms, start))
        return sorted(targets)

    def _strolled(self, now: int) -> Iterator[tuple[int, set[str]]]:
        stride = 1000 if now - self.playhead.ms > _STALL_MS else MINUTE_MS
        for target in self._targets(now, stride):
            changed = self._played(target)
            changed |= self._replayed(target)
            yield target, changed

    def _played(self, target: int) -> set[str]:
        """Play the trades after the playhead up to target, at most one a symbol and second, and move the playhead."""
        start = self.playhead.ms
        if target // MINUTE_MS != self._drawn_minute:
            self._draw(target // MINUTE_MS)
        due: list[Quote] = []
        for second in range(start // 1000, target // 1000 + 1):
            low = bisect_right(self._offsets, start - second * 1000)
            due.extend(self._schedule[low : bisect_right(self._offsets, target - second * 1000)])
        changed: set[str] = set()
        for quote in due:
            before = quote.slot_ms
            if quote.show(target):
                changed.add(quote.spec.symbol)
            if quote.slot_ms != before:
                self.news.append((quote, quote.slot_ms))
        self.playhead.ms = target
        return changed

    def _draw(self, minute: int) -> None:
        """Draw the minute's trades of all symbols together: much cheaper than one by one."""
        rows = np.arange(len(self.quotes))
        slots = self._paths.slots_for(rows, np.full(len(rows), minute))
        for row, quote in enumerate(self.quotes.values()):
            part = slice(row, row + 1)
            quote.track.keep(minute, SlotTrades(slots.price[part], slots.steps[part], slots.buyer_took[part]))
        self._drawn_minute = minute

    def _jumped(self, now: int, followed: Collection[str]) -> Iterator[tuple[int, set[str]]]:
        """Walk a long gap minute by minute; where nobody follows a moving price, only funding instants stop it."""
        walking = [quote for quote in self.quotes.values() if quote.gain and quote.spec.symbol in followed]
        held = not walking
        targets = self._targets(now, 1 << 50 if held else MINUTE_MS)
        drawn_from = drawn_to = -1
        prices: list[tuple[Quote, list[int], list[int]]] = []
        for target in targets:
            minute = target // MINUTE_MS - 1  # the latest one that is over at target
            if not held and not drawn_from <= minute < drawn_to and target != now:
                drawn_from, drawn_to = minute, min(minute + _MINUTES_AT_ONCE, now // MINUTE_MS)
                prices = [self._closes(quote, drawn_from, drawn_to) for quote in walking]
            changed = set()
            if target == now:
                changed = self._arrived(now)
            elif not held:
                place, second = minute - drawn_from, (minute + 1) * MINUTE_MS - 1000
                for quote, ticks, marks in prices:
                    slot_ms = second + quote.track.offset_ms
                    if slot_ms > quote.slot_ms and quote.stand(ticks[place], marks[place], slot_ms):
                        changed.add(quote.spec.symbol)
            self.playhead.ms = target
            changed |= self._replayed(target)
            yield target, changed

    def _closes(self, quote: Quote, first: int, end: int) -> tuple[Quote, list[int], list[int]]:
        """Return the last trade and mark of each minute."""
        end = max(end, first + 1)
        shape = self._paths.minutes(quote.track.row, first, end).close
        times = quote.track.slot_times(first, end)[:, SLOTS - 1]
        return quote, quote.track.last_ticks(shape, times).tolist(), quote.track.mark_units(shape, times).tolist()

    def _arrived(self, now: int) -> set[str]:
        self._draw(now // MINUTE_MS)
        self.news.clear()
        return {quote.spec.symbol for quote in self.quotes.values() if quote.show(now)}

    def _replay_position(self) -> tuple[int, int]:
        row = self._store.rows(STATE)["replay"]
        return int(row["began"]), int(row["played"])

    def _replayed(self, target: int) -> set[str]:
        """Set the replayed prices that are due at target."""
        if self.mode != "replay":
            return set()
        began, played = self._replay_position()
        changed: set[str] = set()
        first = played
        while played < len(self._replay) and began + self._replay[played].offset_ms <= target:
            row = self._replay[played]
            self._place(self.quotes[row.symbol], target, 0.0, mark=row.price, last=row.price)
            changed.add(row.symbol)
            played += 1
        if played != first:
            self._store.put(STATE, "replay", {"began": began, "played": played})
        return changed
