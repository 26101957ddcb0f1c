"""The statistics under /futures/data: open interest, ratios of traders, taker volume, basis.

Everything is made of the candles that the market shows, or drawn as a repeatable function of symbol and time.
Source: Binance USDⓈ-M Futures documentation, section "Market Data".
"""

from collections.abc import Callable
from decimal import Decimal

from simulator.endpoints import Call, Endpoint, Routes
from simulator.errors import ApiError
from simulator.interfaces import Json
from simulator.market import formats
from simulator.market.candle_rows import BOUGHT, CLOSE, VOLUME, Series
from simulator.market.intervals import DAY_MS, bar_open, shifted
from simulator.market.noise import text_key
from simulator.market.quotes import Quote
from simulator.market.requests import limited, symbol_quote, time_window
from simulator.market.synthetic import SyntheticMarket

_PERIODS = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")
_KEPT_MS = 30 * DAY_MS
_CONTRACTS = ("PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER")
_FOUR = Decimal("0.0001")
_EIGHT = Decimal("0.00000001")

_Row = Callable[[Quote, int, str], Json]


class Statistics:
    """Handlers of /futures/data."""

    def __init__(self, market: SyntheticMarket) -> None:
        """Answer from market."""
        self._market = market

    def open_interest(self, call: Call) -> list[Json]:
        """Answer open interest at the beginning of each period."""
        return self._series(call, _open_interest_row)

    def ratios(self, name: str) -> Callable[[Call], list[Json]]:
        """Return the handler of one ratio of longs to shorts."""
        return lambda call: self._series(call, lambda quote, open_ms, _: _ratio_row(quote, open_ms, name))

    def taker_volume(self, call: Call) -> list[Json]:
        """Answer what takers bought and sold in each period."""
        return self._series(call, _taker_row)

    def basis(self, call: Call) -> list[Json]:
        """Answer how far the perpetual contract lies from its index; there are no other contracts."""
        if call.params.text("contractType") not in _CONTRACTS:
            raise ApiError(-4104, "Invalid contract type")
        rows = self._series(call, _basis_row, "pair")
        return rows if call.params.text("contractType") == "PERPETUAL" else []

    def delivery_prices(self, call: Call) -> list[Json]:
        """Answer at which price a pair was delivered: nothing unless it has ended."""
        quote = symbol_quote(self._market, call, "pair")
        if not quote.rules.status.is_settled:
            return []
        return [{"deliveryTime": quote.rules.delivery_ms, "deliveryPrice": float(quote.mark)}]

    def _series(self, call: Call, row: _Row, symbol_name: str = "symbol") -> list[Json]:
        quote = symbol_quote(self._market, call, symbol_name)
        period = call.params.text("period")
        if period not in _PERIODS:
            raise ApiError(-1130, "Data sent for parameter 'period' is not valid.")
        limit = limited(call, 30, 500)
        start, end = time_window(call)
        now = self._market.playhead.ms
        if start is not None and start < now - _KEPT_MS:
            raise ApiError(-1130, "Data sent for parameter 'startTime' is not valid.")
        newest = bar_open(period, min(now, end if end is not None else now))
        if shifted(period, newest, 1) > now:  # unfinished
            newest = shifted(period, newest, -1)
        oldest = max(shifted(period, newest, 1 - limit), bar_open(period, now - _KEPT_MS), quote.candles.onboard_ms)
        opens = []
        while oldest <= newest:
            opens.append(oldest)
            oldest = shifted(period, oldest, 1)
        chosen = [open_ms for open_ms in opens if start is None or open_ms >= start]
        return [row(quote, open_ms, period) for open_ms in chosen]


def interest_steps(quote: Quote, time_ms: int) -> int:
    """Return the open interest in quantity steps: a believable amount that drifts with the path."""
    turnover_steps = quote.listing.daily_turnover_usdt / float(quote.listing.start_price * quote.spec.step_size)
    drift = 1 + quote.track.log_price_at(time_ms)
    return int(turnover_steps * 0.6 * min(max(drift, 0.3), 3.0))


def _closing(quote: Quote, series: Series, open_ms: int, period: str) -> list[int]:
    _, candles = quote.candles.bars(series, period, open_ms, open_ms + 1)
    row: list[int] = candles[0].tolist()
    return row


def _open_interest_row(quote: Quote, open_ms: int, period: str) -> Json:
    amount = interest_steps(quote, open_ms) * quote.spec.step_size
    price = _closing(quote, Series.LAST, open_ms, period)[CLOSE] * quote.spec.tick_size
    return {
        "symbol": quote.spec.symbol,
        "sumOpenInterest": f"{amount:.8f}",
        "sumOpenInterestValue": f"{amount * price:.8f}",
        "CMCCirculatingSupply": f"{amount * 200:.8f}",
        "timestamp": open_ms,
    }


def _ratio_row(quote: Quote, open_ms: int, name: str) -> Json:
    """Return one row whose two shares add up to one, to four decimals."""
    drawn = text_key(open_ms, f"{name} {quote.spec.symbol}") % 2000
    longs = (Decimal(4500 + drawn) / 10_000).quantize(_FOUR)
    shorts = 1 - longs
    return {
        "symbol": quote.spec.symbol,
        "longShortRatio": f"{(longs / shorts).quantize(_FOUR)}",
        "longAccount": f"{longs}",
        "shortAccount": f"{shorts}",
        "timestamp": open_ms,
    }


def _taker_row(quote: Quote, open_ms: int, period: str) -> Json:
    candle = _closing(quote, Series.LAST, open_ms, period)
    bought, sold = candle[BOUGHT], candle[VOLUME] - candle[BOUGHT]
    return {
        "buySellRatio": f"{(Decimal(bought) / max(sold, 1)).quantize(_FOUR)}",
        "buyVol": formats.quantity_text(quote.spec, bought),
        "sellVol": formats.quantity_text(quote.spec, sold),
        "timestamp": open_ms,
    }


def _basis_row(quote: Quote, open_ms: int, period: str) -> Json:
    price = _closing(quote, Series.LAST, open_ms, period)[CLOSE] * quote.spec.tick_size
    index = Decimal(_closing(quote, Series.INDEX, open_ms, period)[CLOSE]).scaleb(-8)
    return {
        "indexPrice": f"{index:.8f}",
        "contractType": "PERPETUAL",
        "basisRate": f"{((price - index) / index).quantize(_FOUR)}",
        "futuresPrice": f"{price:.{quote.spec.price_precision}f}",
        "annualizedBasisRate": "",
        "basis": f"{(price - index).quantize(_EIGHT)}",
        "pair": quote.spec.symbol,
        "timestamp": open_ms,
    }


def register(routes: Routes, market: SyntheticMarket) -> None:
    """Add /futures/data; none of it costs weight."""
    show = Statistics(market)
    for name, handler in (
        ("openInterestHist", show.open_interest),
        ("topLongShortAccountRatio", show.ratios("top accounts")),
        ("topLongShortPositionRatio", show.ratios("top positions")),
        ("globalLongShortAccountRatio", show.ratios("all accounts")),
        ("takerlongshortRatio", show.taker_volume),
        ("basis", show.basis),
        ("delivery-price", show.delivery_prices),
    ):
        routes.add(Endpoint("GET", f"/futures/data/{name}", handler, weight=0))
