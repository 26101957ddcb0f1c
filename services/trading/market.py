"""Candles and trading rules for the pages, asked for with the pages' own client and cached a few seconds."""

import time
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

from binance_client import BinanceTestnetClient
from domain.exchange import Candle
from domain.terms import SymbolRules
from domain.venues import Venue
from exchange.errors import ExchangeUnreachable, TradingError
from services.cache import ttl_cached
from services.errors import MarketUnavailable
from services.feed import MonitorFeed

CANDLES_TTL = timedelta(seconds=3)


class Market:
    """What the pages ask of the market."""

    def __init__(self, feed: MonitorFeed, timer: Callable[[], float] = time.monotonic) -> None:
        self._feed = feed
        self._cached_candles = ttl_cached(CANDLES_TTL, timer=timer)(self._fetch_candles)

    def candles(self, symbol: str, interval: str, limit: int) -> tuple[Candle, ...]:
        """Return the latest candles, oldest first; the last one may be unfinished.

        Args:
            symbol: e.g. BTCUSDT.
            interval: the exchange's word: 1m, 5m, 15m, 1h, 4h, 1d, …
            limit: 1 to 1500.

        Raises:
            MarketUnavailable: there is no usable answer, or nobody is signed in yet.
        """
        return self._cached_candles(self._feed.health().venue, symbol, interval, limit)

    def client(self) -> BinanceTestnetClient:
        """Return the pages' own client.

        Raises:
            ExchangeUnreachable: nobody is signed in yet, or the bot itself gets no answers: it goes on trying, and a
                page that waited with it would stay empty.
        """
        if self._feed.health().exchange_is_silent:
            raise ExchangeUnreachable("the exchange does not answer the bot")
        client = self._feed.viewer_client()
        if client is None:
            raise ExchangeUnreachable("not connected to the exchange yet")
        return client

    def symbols(self) -> tuple[str, ...]:
        """Return the pairs that can be traded now, in alphabetical order; empty before the rules are read."""
        return tuple(sorted(symbol for symbol, rules in self._feed.symbol_rules().items() if rules.trading))

    def symbol_rules(self, symbol: str) -> SymbolRules | None:
        """Return the exchange's limits for one pair, None when it is not listed or not read yet."""
        return self._feed.symbol_rules().get(symbol)

    def mark_price(self, symbol: str) -> tuple[Decimal, float] | None:
        """Return (mark price, age in seconds) as streamed, None when never seen."""
        return self._feed.mark_price(symbol)

    def _fetch_candles(self, _: Venue, symbol: str, interval: str, limit: int) -> tuple[Candle, ...]:
        try:
            return tuple(self.client().fetch_candles(symbol, interval, limit))
        except TradingError as error:
            raise MarketUnavailable from error
