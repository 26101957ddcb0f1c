"""Market streams: what is pushed, when, and only to streams that somebody is subscribed to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import numpy as np

from simulator.interfaces import Json, Publisher
from simulator.market import formats
from simulator.market.candle_rows import Series, of_trades
from simulator.market.intervals import INTERVALS, shifted
from simulator.market.prices import PriceEngine
from simulator.market.quotes import Quote
from simulator.market.tracks import Trade

_LOOK_EVERY_MS = 400  # how soon a new subscription is noticed
_DEPTH_EVERY_MS = {"": 250, "@0ms": 1, "@100ms": 100, "@250ms": 250, "@500ms": 500}
_RPI_DEPTH_EVERY_MS = {"": 500, "@500ms": 500}
_KLINE_EVERY_MS = 250

_Paced = tuple[int, str, Callable[[int], Json | list[Json]]]  # how often in ms, stream, what it says at a moment


@dataclass(slots=True)
class _Depth:
    """One subscribed depth stream: partial with so many levels, or differences when levels is 0."""

    quote: Quote
    stream: str
    levels: int
    every_ms: int
    sent: dict[str, dict[str, str]] = field(default_factory=lambda: {"b": {}, "a": {}})
    update_id: int = 0


@dataclass(slots=True)
class _Klines:
    """One subscribed candle stream and the bar it showed last."""

    quote: Quote
    stream: str
    interval: str
    continuous: bool
    open_ms: int = 0
    last_id: int = 0


class MarketStreams:
    """Pushes market events as they fall due, each at the exchange's own pace."""

    def __init__(self, engine: PriceEngine, publisher: Publisher) -> None:
        """Nothing is pushed until publish is called."""
        self._engine = engine
        self._publisher = publisher
        self._looked_ms, self._sent_ms = 0, engine.playhead.ms
        quotes = list(engine.quotes.values())
        self._all_paced = [*_paced_together(engine), *(entry for quote in quotes for entry in _paced_alone(quote))]
        self._all_klines = [stream for quote in quotes for stream in _candle_streams(quote)]
        self._all_depths = [stream for quote in quotes for stream in _depth_streams(quote)]
        self._klines: dict[str, _Klines] = {}
        self._depths: dict[str, _Depth] = {}
        self._paced: list[_Paced] = []

    def add(self, quote: Quote) -> None:
        """Have streams for one more pair."""
        self._all_paced.extend(_paced_alone(quote))
        self._all_klines.extend(_candle_streams(quote))
        self._all_depths.extend(_depth_streams(quote))

    def publish(self) -> None:
        """Push what has fallen due since the last call."""
        now, before = self._engine.playhead.ms, self._sent_ms
        if not 0 <= now - self._looked_ms < _LOOK_EVERY_MS:
            self._look()
            self._looked_ms = now
        self._tell_news(now)
        for every_ms, stream, payload in self._paced:
            if now // every_ms != before // every_ms and self._publisher.market_wanted(stream):
                self._publisher.market(stream, payload(now))
        if now // _KLINE_EVERY_MS != before // _KLINE_EVERY_MS:
            for kline in self._klines.values():
                self._tell_candle(kline, now)
        for depth in self._depths.values():
            if now // depth.every_ms != before // depth.every_ms:
                self._tell_depth(depth, now)
        self._sent_ms = now

    def _look(self) -> None:
        """See which of all possible streams are wanted now."""
        wanted = self._publisher.market_wanted
        self._paced = [entry for entry in self._all_paced if wanted(entry[1])]
        known_klines, known_depths = self._klines, self._depths
        self._klines = {stream.stream: stream for stream in self._all_klines if wanted(stream.stream)}
        self._depths = {stream.stream: stream for stream in self._all_depths if wanted(stream.stream)}
        for name in self._klines.keys() - known_klines.keys():
            self._klines[name].open_ms = self._klines[name].last_id = 0
        for name in self._depths.keys() - known_depths.keys():
            self._depths[name].sent, self._depths[name].update_id = {"b": {}, "a": {}}, 0

    def _tell_news(self, now: int) -> None:
        """Tell of every trade since the last time, and of the best prices that moved with them."""
        moved: dict[str, Quote] = {}
        wanted, news = self._publisher.market_wanted, self._engine.news
        while news:
            quote, happened = news.popleft()
            moved[quote.spec.symbol] = quote
            wanted_kinds = [(suffix, made) for suffix, made in _TRADE_EVENTS if wanted(f"{quote.lower_name}{suffix}")]
            if not wanted_kinds:
                continue
            trade = happened if isinstance(happened, Trade) else quote.track.slot_trade(happened)
            for suffix, made in wanted_kinds:
                self._publisher.market(f"{quote.lower_name}{suffix}", made(quote, trade, now))
        everything = wanted("!bookTicker")
        for quote in moved.values():
            stream = f"{quote.lower_name}@bookTicker"
            alone = wanted(stream)
            if alone or everything:
                event = _best_event(quote, now)
                for name in ((stream,) if alone else ()) + (("!bookTicker",) if everything else ()):
                    self._publisher.market(name, event)

    def _tell_candle(self, kline: _Klines, now: int) -> None:
        """Push the unfinished bar when it changed; before that, the former one as closed when it has ended."""
        quote, interval = kline.quote, kline.interval
        newest = quote.latest_trade().id
        open_ms, candle = quote.candles.open_bar(Series.LAST, interval)
        if newest == kline.last_id and open_ms == kline.open_ms:
            return
        if kline.open_ms and kline.open_ms != open_ms:
            opens, closed = quote.candles.bars(Series.LAST, interval, kline.open_ms, kline.open_ms + 1)
            self._push_candle(kline, opens[0], closed[0].tolist(), True, now)
        kline.open_ms, kline.last_id = open_ms, newest
        self._push_candle(kline, open_ms, candle.tolist(), False, now)

    def _push_candle(self, kline: _Klines, open_ms: int, candle: list[int], closed: bool, now: int) -> None:
        close_ms = shifted(kline.interval, open_ms, 1) - 1
        event = formats.kline_event(kline.quote, kline.interval, open_ms, close_ms, np.array(candle), closed, now)
        self._publisher.market(kline.stream, formats.continuous_event(event) if kline.continuous else event)

    def _tell_depth(self, depth: _Depth, now: int) -> None:
        spec, book = depth.quote.rules, depth.quote.book
        sides = {"b": formats.levels_text(spec, book.bids), "a": formats.levels_text(spec, book.asks)}
        if depth.levels:
            shown = {side: levels[: depth.levels] for side, levels in sides.items()}
        else:
            shown = {side: _difference(depth.sent[side], levels) for side, levels in sides.items()}
            depth.sent = {side: {level[0]: level[1] for level in levels} for side, levels in sides.items()}
            if not shown["b"] and not shown["a"]:
                return
        before = depth.update_id or now - depth.every_ms
        depth.update_id = now
        event = {"e": "depthUpdate", "E": now, "T": now, "s": spec.symbol, "ps": spec.symbol}
        event |= {"U": before + 1, "u": now, "pu": before}
        self._publisher.market(depth.stream, {**event, **shown, "st": 1})


def _paced_together(engine: PriceEngine) -> Iterable[_Paced]:
    for every_ms, suffix in ((1000, "@1s"), (3000, "")):
        yield every_ms, f"!markPrice@arr{suffix}", lambda now: [formats.mark_event(q, now) for q in engine.listed()]
    yield 1000, "!ticker@arr", lambda now: [formats.ticker_event(row, now) for row in _day_rows(engine, now)]
    yield 1000, "!miniTicker@arr", lambda now: [formats.mini_event(row, now) for row in _day_rows(engine, now)]


def _day_rows(engine: PriceEngine, now: int) -> list[Json]:
    return [formats.day_row(quote, now) for quote in engine.listed()]


def _paced_alone(quote: Quote) -> Iterable[_Paced]:
    for every_ms, suffix in ((1000, "@1s"), (3000, "")):
        yield every_ms, f"{quote.lower_name}@markPrice{suffix}", lambda now: formats.mark_event(quote, now)
    yield (
        2000,
        f"{quote.lower_name}@ticker",
        lambda now: formats.ticker_event(formats.day_row(quote, now), now),
    )
    yield (
        500,
        f"{quote.lower_name}@miniTicker",
        lambda now: formats.mini_event(formats.day_row(quote, now), now),
    )


def _difference(sent: dict[str, str], levels: list[list[str]]) -> list[list[str]]:
    """Return the levels that changed, and those that are gone with quantity 0."""
    current = {level[0] for level in levels}
    gone = [[price, "0"] for price in sent if price not in current]
    return gone + [level for level in levels if sent.get(level[0]) != level[1]]


def _candle_streams(quote: Quote) -> Iterable[_Klines]:
    for interval in INTERVALS:
        yield _Klines(quote, f"{quote.lower_name}@kline_{interval}", interval, False)
        yield _Klines(quote, f"{quote.lower_name}_perpetual@continuousKline_{interval}", interval, True)


def _depth_streams(quote: Quote) -> Iterable[_Depth]:
    for suffix, every_ms in _DEPTH_EVERY_MS.items():
        for levels in (0, 5, 10, 20):
            yield _Depth(quote, f"{quote.lower_name}@depth{levels or ''}{suffix}", levels, every_ms)
    # Nobody offers retail price improvement here: with it the book is the same.
    for suffix, every_ms in _RPI_DEPTH_EVERY_MS.items():
        yield _Depth(quote, f"{quote.lower_name}@rpiDepth{suffix}", 0, every_ms)


def _best_event(quote: Quote, now: int) -> Json:
    bid, bid_quantity, ask, ask_quantity = formats.best_row(quote)
    return {
        "e": "bookTicker",
        "u": now,
        "E": now,
        "T": now,
        "s": quote.spec.symbol,
        "ps": quote.spec.symbol,
        "b": bid,
        "B": bid_quantity,
        "a": ask,
        "A": ask_quantity,
        "st": 1,
    }


def _second_event(quote: Quote, trade: Trade, now: int) -> Json:
    """Return the one-second bar that a trade makes: there is one market trade a second."""
    open_ms = trade.time_ms // 1000 * 1000
    event = formats.kline_event(quote, "1s", open_ms, open_ms + 999, np.array(of_trades([trade])), True, now)
    return formats.continuous_event(event)


def _aggregate_event(quote: Quote, trade: Trade, now: int) -> Json:
    return formats.aggregate_event(quote.spec, trade, now)


def _trade_event(quote: Quote, trade: Trade, now: int) -> Json:
    return formats.trade_event(quote.spec, trade, now)


_TRADE_EVENTS = (
    ("@aggTrade", _aggregate_event),
    ("@trade", _trade_event),
    ("_perpetual@continuousKline_1s", _second_event),
)
