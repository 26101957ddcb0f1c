"""Candle endpoints: last price, continuous contract, mark price, index price and premium index."""

from collections.abc import Callable, Mapping

from simulator.endpoints import Call, Endpoint, Routes, Security
from simulator.errors import ApiError
from simulator.market import formats
from simulator.market.candle_rows import COUNT, Series
from simulator.market.intervals import DAY_MS, INTERVALS, bar_open, shifted
from simulator.market.requests import limited, symbol_quote, time_window, weighed_limit
from simulator.market.synthetic import SyntheticMarket

_CONTRACTS = ("PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER", "TRADIFI_PERPETUAL")


def kline_weight(params: Mapping[str, str]) -> int:
    """Return what a candle request costs by its limit (500 when not sent)."""
    limit = weighed_limit(params)
    return 1 if limit < 100 else 2 if limit < 500 else 5 if limit <= 1000 else 10


class CandleData:
    """Handlers of the candle endpoints."""

    def __init__(self, market: SyntheticMarket) -> None:
        """Answer from market."""
        self._market = market

    def handler(self, series: Series, symbol_name: str) -> Callable[[Call], list[list[str | int]]]:
        """Return the handler for one kind of candle; symbol_name is what its endpoint calls the symbol."""
        return lambda call: self._rows(call, series, symbol_name)

    def continuous(self, call: Call) -> list[list[str | int]]:
        """Answer candles of a contract type; only perpetual contracts are traded here, others have no candles."""
        symbol_quote(self._market, call, "pair")
        contract = call.params.text("contractType")
        if contract not in _CONTRACTS:
            raise ApiError(-4104, "Invalid contract type")
        rows = self._rows(call, Series.LAST, "pair")
        return rows if contract == "PERPETUAL" else []

    def _rows(self, call: Call, series: Series, symbol_name: str) -> list[list[str | int]]:
        quote = symbol_quote(self._market, call, symbol_name)
        interval = call.params.text("interval")
        if interval not in INTERVALS:
            raise ApiError(-1120, "Invalid interval.")
        limit = limited(call, 500, 1500)
        start, end = time_window(call)
        earliest = bar_open(interval, quote.candles.onboard_ms)
        # The newest bar has no row before its first trade: another one then stands in for it.
        first, stop = _range(interval, start, end, limit + (start is None), self._market.playhead.ms, earliest)
        opens, candles = quote.candles.bars(series, interval, first, stop)
        rows = [
            formats.kline_row(quote.spec, series, open_ms, shifted(interval, open_ms, 1) - 1, candle)
            for open_ms, candle in zip(opens, candles.tolist(), strict=True)
            if candle[COUNT]  # a period without trades has no row
        ]
        return rows[-limit:]


def _range(interval: str, start: int | None, end: int | None, limit: int, now: int, earliest: int) -> tuple[int, int]:
    """Return first open time and the end before which bars open.

    Without startTime the newest bars up to endTime, with it the oldest from there on; none opens before earliest.
    """
    stop = min(now, end) + 1 if end is not None else now + 1
    if start is None:
        newest = bar_open(interval, max(stop - 1, 0))
        return max(shifted(interval, newest, 1 - limit), earliest), stop
    start = min(start, now + DAY_MS)  # nothing lies there, and calendars end with the year 9999
    first = bar_open(interval, start)
    if first < start:
        first = shifted(interval, first, 1)
    first = max(first, earliest)
    return first, min(stop, shifted(interval, first, limit))


def register(routes: Routes, market: SyntheticMarket) -> None:
    """Add the candle endpoints to the routes."""
    show = CandleData(market)
    rows = {
        "/fapi/v1/klines": show.handler(Series.LAST, "symbol"),
        "/fapi/v1/continuousKlines": show.continuous,
        "/fapi/v1/markPriceKlines": show.handler(Series.MARK, "symbol"),
        "/fapi/v1/indexPriceKlines": show.handler(Series.INDEX, "pair"),
        "/fapi/v1/premiumIndexKlines": show.handler(Series.PREMIUM, "symbol"),
    }
    for path, handler in rows.items():
        routes.add(Endpoint("GET", path, handler, Security.NONE, kline_weight))
