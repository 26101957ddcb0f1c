"""Numbers and rows as the exchange writes them."""

from collections.abc import Iterable
from decimal import Decimal

from simulator.interfaces import Json, SymbolSpec
from simulator.market.candle_rows import (
    BOUGHT,
    BOUGHT_QUOTE,
    CLOSE,
    COUNT,
    FIRST_ID,
    HIGH,
    LOW,
    OPEN,
    QUOTE,
    VOLUME,
    Series,
)
from simulator.market.intervals import DAY_MS, MINUTE_MS
from simulator.market.noise import Integers
from simulator.market.quotes import Quote
from simulator.market.tracks import Trade, units_decimal


def price_text(spec: SymbolSpec, ticks: int) -> str:
    """Return a price given in ticks, with as many decimals as the symbol's pricePrecision."""
    return f"{ticks * spec.tick_size:.{spec.price_precision}f}"


def quantity_text(spec: SymbolSpec, steps: int) -> str:
    """Return a quantity given in steps."""
    return f"{steps * spec.step_size:.{spec.quantity_precision}f}"


def quote_text(spec: SymbolSpec, amount: int) -> str:
    """Return an amount of USDT given in ticks times steps, exactly."""
    return f"{amount * spec.tick_size * spec.step_size:f}"


def units_text(units: int) -> str:
    """Return a price given in units of 0.00000001, with 8 decimals."""
    return f"{units_decimal(units):.8f}"


def kline_row(spec: SymbolSpec, series: Series, open_ms: int, close_ms: int, candle: list[int]) -> list[str | int]:
    """Return one row of the klines endpoints."""
    if series is not Series.LAST:
        prices = [units_text(value) for value in candle[:4]]
        return [open_ms, *prices, "0", close_ms, "0", candle[COUNT], "0", "0", "0"]
    return [
        open_ms,
        *(price_text(spec, value) for value in candle[:4]),
        quantity_text(spec, candle[VOLUME]),
        close_ms,
        quote_text(spec, candle[QUOTE]),
        candle[COUNT],
        quantity_text(spec, candle[BOUGHT]),
        quote_text(spec, candle[BOUGHT_QUOTE]),
        "0",
    ]


def kline_event(
    quote: Quote, interval: str, open_ms: int, close_ms: int, candle: Integers, closed: bool, event_ms: int
) -> Json:
    """Return a kline event."""
    spec, row = quote.spec, candle.tolist()
    traded = row[COUNT] > 0
    return {
        "e": "kline",
        "E": event_ms,
        "s": spec.symbol,
        "k": {
            "t": open_ms,
            "T": close_ms,
            "s": spec.symbol,
            "i": interval,
            "f": row[FIRST_ID] if traded else -1,
            "L": row[FIRST_ID] + row[COUNT] - 1 if traded else -1,
            "o": price_text(spec, row[OPEN]),
            "c": price_text(spec, row[CLOSE]),
            "h": price_text(spec, row[HIGH]),
            "l": price_text(spec, row[LOW]),
            "v": quantity_text(spec, row[VOLUME]),
            "n": row[COUNT],
            "x": closed,
            "q": quote_text(spec, row[QUOTE]),
            "V": quantity_text(spec, row[BOUGHT]),
            "Q": quote_text(spec, row[BOUGHT_QUOTE]),
            "B": "0",
        },
    }


def continuous_event(event: Json) -> Json:
    """Return a kline event as a continuous_kline event of the perpetual contract."""
    candle = {key: value for key, value in event["k"].items() if key != "s"}
    return {"e": "continuous_kline", "E": event["E"], "ps": event["s"], "ct": "PERPETUAL", "k": candle}


def mark_event(quote: Quote, event_ms: int) -> Json:
    """Return a markPriceUpdate event."""
    funding = quote.track.funding
    mark = units_text(quote.mark_units)
    return {
        "e": "markPriceUpdate",
        "E": event_ms,
        "s": quote.spec.symbol,
        "p": mark,
        "ap": mark,
        "i": units_text(quote.index_units),
        "P": mark,
        "r": f"{funding.rate(event_ms):.8f}",
        "T": funding.next_ms(event_ms),
        "st": 1,
    }


def premium_row(quote: Quote, now_ms: int) -> Json:
    """Return one row of premiumIndex."""
    event = mark_event(quote, now_ms)
    return {
        "symbol": event["s"],
        "markPrice": event["p"],
        "indexPrice": event["i"],
        "estimatedSettlePrice": event["P"],
        "lastFundingRate": event["r"],
        "interestRate": "0.00010000",
        "nextFundingTime": event["T"],
        "time": now_ms,
    }


def aggregate_row(spec: SymbolSpec, trade: Trade) -> Json:
    """Return one row of aggTrades; every aggregate is a single trade here."""
    quantity = quantity_text(spec, trade.steps)
    return {
        "a": trade.id,
        "p": price_text(spec, trade.ticks),
        "q": quantity,
        "nq": quantity,
        "f": trade.id,
        "l": trade.id,
        "T": trade.time_ms,
        "m": trade.buyer_is_maker,
    }


def aggregate_event(spec: SymbolSpec, trade: Trade, event_ms: int) -> Json:
    """Return an aggTrade event."""
    return {"e": "aggTrade", "E": event_ms, "s": spec.symbol, **aggregate_row(spec, trade), "st": 1}


def trade_event(spec: SymbolSpec, trade: Trade, event_ms: int) -> Json:
    """Return an event of the undocumented `@trade` stream, which client libraries use all the same."""
    return {
        "e": "trade",
        "E": event_ms,
        "T": trade.time_ms,
        "s": spec.symbol,
        "t": trade.id,
        "p": price_text(spec, trade.ticks),
        "q": quantity_text(spec, trade.steps),
        "X": "MARKET",
        "m": trade.buyer_is_maker,
    }


def trade_row(spec: SymbolSpec, trade: Trade) -> Json:
    """Return one row of trades and historicalTrades."""
    return {
        "id": trade.id,
        "price": price_text(spec, trade.ticks),
        "qty": quantity_text(spec, trade.steps),
        "quoteQty": quote_text(spec, trade.ticks * trade.steps),
        "time": trade.time_ms,
        "isBuyerMaker": trade.buyer_is_maker,
        "isRPITrade": False,
    }


def levels_text(spec: SymbolSpec, levels: Iterable[tuple[Decimal, Decimal]]) -> list[list[str]]:
    """Return book levels as pairs of price and quantity."""
    return [
        [f"{price:.{spec.price_precision}f}", f"{quantity:.{spec.quantity_precision}f}"] for price, quantity in levels
    ]


def best_row(quote: Quote) -> tuple[str, str, str, str]:
    """Return best bid price and quantity, best ask price and quantity; zeros for an empty side."""
    nothing = [(Decimal(0), Decimal(0))]
    bids, asks = (levels_text(quote.rules, side[:1] or nothing) for side in (quote.book.bids, quote.book.asks))
    return bids[0][0], bids[0][1], asks[0][0], asks[0][1]


def day_row(quote: Quote, now_ms: int) -> Json:
    """Return one row of ticker/24hr: the day up to now, by whole minutes at its beginning."""
    spec = quote.spec
    first_minute = (now_ms - DAY_MS) // MINUTE_MS + 1
    candle = quote.candles.window(first_minute).tolist()
    change = candle[CLOSE] - candle[OPEN]
    average = Decimal(candle[QUOTE]) / max(1, candle[VOLUME]) * spec.tick_size
    return {
        "symbol": spec.symbol,
        "priceChange": price_text(spec, change),
        "priceChangePercent": f"{Decimal(change * 100) / candle[OPEN]:.3f}",
        "weightedAvgPrice": f"{average:.{spec.price_precision}f}",
        "lastPrice": price_text(spec, quote.last_ticks),
        "lastQty": quantity_text(spec, quote.latest_trade().steps),
        "openPrice": price_text(spec, candle[OPEN]),
        "highPrice": price_text(spec, candle[HIGH]),
        "lowPrice": price_text(spec, candle[LOW]),
        "volume": quantity_text(spec, candle[VOLUME]),
        "quoteVolume": quote_text(spec, candle[QUOTE]),
        "openTime": first_minute * MINUTE_MS,
        "closeTime": now_ms,
        "firstId": candle[FIRST_ID],
        "lastId": candle[FIRST_ID] + candle[COUNT] - 1,
        "count": candle[COUNT],
    }


def ticker_event(row: Json, event_ms: int) -> Json:
    """Return a 24hrTicker event from a row of ticker/24hr."""
    names = {
        "p": "priceChange",
        "P": "priceChangePercent",
        "w": "weightedAvgPrice",
        "c": "lastPrice",
        "Q": "lastQty",
        "o": "openPrice",
        "h": "highPrice",
        "l": "lowPrice",
        "v": "volume",
        "q": "quoteVolume",
        "O": "openTime",
        "C": "closeTime",
        "F": "firstId",
        "L": "lastId",
        "n": "count",
    }
    event: Json = {"e": "24hrTicker", "E": event_ms, "s": row["symbol"]}
    event.update({short: row[name] for short, name in names.items()})
    return event | {"st": 1}


def mini_event(row: Json, event_ms: int) -> Json:
    """Return a 24hrMiniTicker event from a row of ticker/24hr."""
    names = {"c": "lastPrice", "o": "openPrice", "h": "highPrice", "l": "lowPrice", "v": "volume", "q": "quoteVolume"}
    event: Json = {"e": "24hrMiniTicker", "E": event_ms, "s": row["symbol"]}
    event.update({short: row[name] for short, name in names.items()})
    return event
