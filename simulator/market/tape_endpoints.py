"""Endpoints that show the public tape: recent, older and aggregated trades."""

from simulator.endpoints import Call, Endpoint, Routes, Security
from simulator.errors import ApiError
from simulator.interfaces import Json
from simulator.market import formats
from simulator.market.intervals import HOUR_MS, MINUTE_MS
from simulator.market.quotes import Quote
from simulator.market.requests import limited, symbol_quote, time_window
from simulator.market.synthetic import SyntheticMarket
from simulator.market.tracks import Trade


class TapeData:
    """Handlers of the trade endpoints."""

    def __init__(self, market: SyntheticMarket) -> None:
        """Answer from market."""
        self._market = market

    def recent(self, call: Call) -> list[Json]:
        """Answer the newest trades, oldest first."""
        quote = symbol_quote(self._market, call)
        trades = self._newest(quote, limited(call, 500, 1000), self._now + MINUTE_MS)
        return [formats.trade_row(quote.spec, trade) for trade in trades]

    def older(self, call: Call) -> list[Json]:
        """Answer trades from an id on, the newest without one."""
        quote = symbol_quote(self._market, call)
        limit, from_id = limited(call, 100, 500), call.params.optional_integer("fromId")
        if from_id is None:
            trades = self._newest(quote, limit, self._now + MINUTE_MS)
        else:
            trades = self._from_id(quote, from_id, limit)
        return [formats.trade_row(quote.spec, trade) for trade in trades]

    def aggregated(self, call: Call) -> list[Json]:
        """Answer aggregate trades from an id on, within an hour, or the newest."""
        quote = symbol_quote(self._market, call)
        limit, from_id = limited(call, 500, 1000), call.params.optional_integer("fromId")
        start, end = time_window(call)
        if from_id is not None and (start is not None or end is not None):
            raise ApiError(-1128, "Combination of optional parameters invalid.")
        if start is not None and end is not None and end - start > HOUR_MS:
            raise ApiError(-1127, "More than 1 hours between startTime and endTime.")
        if from_id is not None:
            trades = self._from_id(quote, from_id, limit)
        elif start is not None:
            stop = min(start + HOUR_MS if end is None else end + 1, self._now + MINUTE_MS)
            trades = self._onwards(quote, start, stop, limit)
        else:
            trades = self._newest(quote, limit, self._now + MINUTE_MS if end is None else end + 1)
        return [formats.aggregate_row(quote.spec, trade) for trade in trades]

    @property
    def _now(self) -> int:
        return self._market.playhead.ms

    def _newest(self, quote: Quote, limit: int, end_ms: int) -> list[Trade]:
        """Return the last trades before end_ms, oldest first."""
        newest = max(self._now, quote.track.prints[-1].time_ms if quote.track.prints else 0) // MINUTE_MS
        minute = min((end_ms - 1) // MINUTE_MS, newest)
        pieces: list[list[Trade]] = []
        found = 0
        while found < limit and minute * MINUTE_MS >= quote.candles.onboard_ms:
            pieces.append([t for t in quote.track.trades(minute, self._now) if t.time_ms < end_ms])
            found += len(pieces[-1])
            minute -= 1
        trades = [trade for piece in reversed(pieces) for trade in piece]
        return trades[-limit:]

    def _onwards(self, quote: Quote, start_ms: int, end_ms: int, limit: int) -> list[Trade]:
        """Return the first trades with start_ms ≤ time < end_ms."""
        trades: list[Trade] = []
        minute = max(start_ms, quote.candles.onboard_ms) // MINUTE_MS
        while len(trades) < limit and minute * MINUTE_MS < end_ms:
            tape = quote.track.trades(minute, self._now)
            trades.extend(trade for trade in tape if start_ms <= trade.time_ms < end_ms)
            minute += 1
        return trades[:limit]

    def _from_id(self, quote: Quote, from_id: int, limit: int) -> list[Trade]:
        minute = quote.track.minute_of(from_id, self._now // MINUTE_MS)
        start = max(minute * MINUTE_MS, quote.candles.onboard_ms)
        end = min(self._now + MINUTE_MS, start + (limit // 60 + 3) * MINUTE_MS)
        tape = self._onwards(quote, start, end, limit * 2 + 60)
        return [trade for trade in tape if trade.id >= from_id][:limit]


def register(routes: Routes, market: SyntheticMarket) -> None:
    """Add the trade endpoints to the routes."""
    show = TapeData(market)
    routes.add(Endpoint("GET", "/fapi/v1/trades", show.recent, Security.NONE, 5))
    routes.add(Endpoint("GET", "/fapi/v1/historicalTrades", show.older, Security.API_KEY, 20))
    routes.add(Endpoint("GET", "/fapi/v1/aggTrades", show.aggregated, Security.NONE, 20))
