"""Public market-data endpoints: symbols, books, trades, prices and funding."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from simulator.clock import ExchangeClock
from simulator.endpoints import Call, Endpoint, Routes, Security
from simulator.errors import ApiError
from simulator.interfaces import Json
from simulator.market import formats, kline_endpoints, reference_endpoints, statistics_endpoints, tape_endpoints
from simulator.market.exchange_info import exchange_info
from simulator.market.funding import Funding
from simulator.market.intervals import MINUTE_MS
from simulator.market.quotes import Quote
from simulator.market.requests import limited, symbol_quote, time_window, weighed_limit
from simulator.market.statistics_endpoints import interest_steps
from simulator.market.synthetic import SyntheticMarket
from simulator.switches import Switches

_DEPTH_LIMITS = (5, 10, 20, 50, 100, 500, 1000)


def _depth_weight(params: Mapping[str, str]) -> int:
    limit = weighed_limit(params)
    return 2 if limit <= 50 else 5 if limit <= 100 else 10 if limit <= 500 else 20


def _one_or_all(one: int, every: int) -> Callable[[Mapping[str, str]], int]:
    return lambda params: one if params.get("symbol") else every


class MarketData:
    """Handlers of the endpoints that show the present and funding."""

    def __init__(self, market: SyntheticMarket, clock: ExchangeClock) -> None:
        """Answer from market; clock is only for exchangeInfo's serverTime."""
        self._market = market
        self._clock = clock

    def exchange_info(self, _: Call) -> Json:
        """Answer exchangeInfo."""
        pairs = ((quote.listing, quote.rules) for quote in self._market.listed())
        return exchange_info(pairs, self._clock.now_ms())

    def depth(self, call: Call) -> Json:
        """Answer the book."""
        quote = symbol_quote(self._market, call)
        limit = call.params.optional_integer("limit")
        if limit is not None and limit not in _DEPTH_LIMITS:
            raise ApiError(-4021, f"{limit} is not valid depth limit")
        now = self._market.playhead.ms
        return {
            "lastUpdateId": now,
            "E": now,
            "T": now,
            "bids": formats.levels_text(quote.rules, quote.book.bids[:limit]),
            "asks": formats.levels_text(quote.rules, quote.book.asks[:limit]),
        }

    def premium_index(self, call: Call) -> Json | list[Json]:
        """Answer mark, index and funding estimate."""
        return self._one_or_all(call, lambda quote: formats.premium_row(quote, self._market.playhead.ms))

    def price(self, call: Call) -> Json | list[Json]:
        """Answer the latest prices."""
        return self._one_or_all(call, self._price_row)

    def best(self, call: Call) -> Json | list[Json]:
        """Answer the best bids and asks."""
        return self._one_or_all(call, self._best_row)

    def day(self, call: Call) -> Json | list[Json]:
        """Answer the last 24 hours."""
        return self._one_or_all(call, lambda quote: formats.day_row(quote, self._market.playhead.ms))

    def open_interest(self, call: Call) -> Json:
        """Answer the open interest: a believable amount that drifts with the path."""
        quote, now = symbol_quote(self._market, call), self._market.playhead.ms
        return {
            "openInterest": formats.quantity_text(quote.spec, interest_steps(quote, now)),
            "symbol": quote.spec.symbol,
            "time": now,
        }

    def funding_info(self, _: Call) -> list[Json]:
        """Answer the symbols with adjusted funding: none, all settle every 8 hours within the usual caps."""
        return []

    def funding_rates(self, call: Call) -> list[Json]:
        """Answer settled funding, ascending: the newest without times, from startTime on with it."""
        limit = limited(call, 100, 1000)
        start, end = time_window(call)
        one = [symbol_quote(self._market, call)] if call.params.has("symbol") else []
        rows: list[Json] = []
        for quote in one or self._market.listed():
            rows.extend(_settlements(quote, start, end, self._market.playhead.ms, limit))
        rows.sort(key=lambda row: row["fundingTime"])
        return rows[:limit] if start is not None else rows[-limit:]

    def _one_or_all(self, call: Call, row: Callable[[Quote], Json]) -> Json | list[Json]:
        if call.params.optional_text("symbol") is not None:
            return row(symbol_quote(self._market, call))
        return [row(quote) for quote in self._market.listed()]

    def _price_row(self, quote: Quote) -> Json:
        price = formats.price_text(quote.spec, quote.last_ticks)
        return {"symbol": quote.spec.symbol, "price": price, "time": quote.latest_trade().time_ms}

    def _best_row(self, quote: Quote) -> Json:
        bid, bid_quantity, ask, ask_quantity = formats.best_row(quote)
        return {
            "symbol": quote.spec.symbol,
            "bidPrice": bid,
            "bidQty": bid_quantity,
            "askPrice": ask,
            "askQty": ask_quantity,
            "time": self._market.playhead.ms,
            "lastUpdateId": self._market.playhead.ms,
        }


def _settlements(quote: Quote, start: int | None, end: int | None, now: int, limit: int) -> list[Json]:
    """Return up to limit settlements of one symbol within the times, the newest when start is open."""
    funding: Funding = quote.track.funding
    interval = funding.interval_ms
    earliest = -(-max(start or 0, quote.candles.onboard_ms) // interval)
    newest = min(end if end is not None else now, now) // interval
    first, last = (
        (earliest, min(newest, earliest + limit - 1))
        if start is not None
        else (
            max(earliest, newest - limit + 1),
            newest,
        )
    )
    instants = np.arange(first, last + 1, dtype=np.int64) * interval
    if not len(instants):
        return []
    track = quote.track
    shown = instants - track.offset_ms
    minutes, places = shown // MINUTE_MS, shown % MINUTE_MS // 1000
    slots = track.paths.slots_for(np.full(len(instants), track.row), minutes)
    prices = slots.price[np.arange(len(instants)), places]
    marks = track.mark_units(prices, minutes * MINUTE_MS + places * 1000 + track.offset_ms).tolist()
    return [
        {
            "symbol": quote.spec.symbol,
            "fundingRate": f"{rate:.8f}",
            "fundingTime": instant,
            "markPrice": formats.units_text(mark),
            "rateType": "Regular",
        }
        for instant, mark, rate in zip(instants.tolist(), marks, funding.rates(instants), strict=True)
    ]


def register(routes: Routes, market: SyntheticMarket, clock: ExchangeClock, _: Switches) -> None:
    """Add all public market-data endpoints to the routes.

    Source: Binance USDⓈ-M Futures documentation, section "Market Data".
    """
    show = MarketData(market, clock)
    get: tuple[tuple[str, Callable[[Call], Any], int | Callable[[Mapping[str, str]], int]], ...] = (
        ("/fapi/v1/exchangeInfo", show.exchange_info, 1),
        ("/fapi/v1/depth", show.depth, _depth_weight),
        ("/fapi/v1/rpiDepth", show.depth, _depth_weight),
        ("/fapi/v1/premiumIndex", show.premium_index, _one_or_all(1, 10)),
        ("/fapi/v1/ticker/price", show.price, _one_or_all(1, 2)),
        ("/fapi/v2/ticker/price", show.price, _one_or_all(1, 2)),
        ("/fapi/v1/ticker/bookTicker", show.best, _one_or_all(2, 5)),
        ("/fapi/v1/ticker/24hr", show.day, _one_or_all(1, 40)),
        ("/fapi/v1/openInterest", show.open_interest, 1),
        ("/fapi/v1/fundingInfo", show.funding_info, 0),
        ("/fapi/v1/fundingRate", show.funding_rates, 0),
    )
    for path, handler, weight in get:
        routes.add(Endpoint("GET", path, handler, Security.NONE, weight))
    for part in (kline_endpoints, tape_endpoints, statistics_endpoints, reference_endpoints):
        part.register(routes, market)
