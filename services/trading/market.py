"""Candles and trading rules for the pages, asked for with the pages' own client and kept a few seconds."""

from collections.abc import Callable
from datetime import datetime, timedelta

from binance_client import BinanceTestnetClient
from domain.exchange import Candle
from domain.terms import SymbolRules
from domain.venues import Venue
from exchange.errors import ExchangeUnreachable, TradingError
from services.cache import Kept
from services.dashboard.status import is_silent
from services.feed import MonitorFeed

CANDLES_KEPT_FOR = timedelta(seconds=3)


class MarketDesk:
    """What the pages ask of the market."""

    def __init__(self, feed: MonitorFeed, now: Callable[[], datetime]) -> None:
        self._feed = feed
        self._candles: Kept[tuple[Venue, str, str, int], tuple[Candle, ...]] = Kept(CANDLES_KEPT_FOR, now)

    def candles(self, symbol: str, interval: str, limit: int) -> tuple[Candle, ...]:
        """Return the latest candles, oldest first; the last one may be unfinished.

        Args:
            symbol: e.g. BTCUSDT.
            interval: the exchange's word: 1m, 5m, 15m, 1h, 4h, 1d, …
            limit: 1 to 1500.

        Raises:
            ExchangeUnreachable: there is no usable answer, or nobody is signed in yet.
        """

        def fetch() -> tuple[Candle, ...]:
            try:
                return tuple(self.client().fetch_candles(symbol, interval, limit))
            except ExchangeUnreachable:
                raise
            except TradingError as error:
                raise ExchangeUnreachable(str(error)) from error

        return self._candles.get((self._feed.health().venue, symbol, interval, limit), fetch)

    def client(self) -> BinanceTestnetClient:
        """Return the pages' own client.

        Raises:
            ExchangeUnreachable: nobody is signed in yet, or the bot itself gets no answers: it goes on trying, and a
                page that waited with it would stay empty.
        """
        if is_silent(self._feed.health()):
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
