"""From the exchange's market JSON to our words: trading rules, leverage brackets, fees, prices and candles.

Source: Binance USDⓈ-M Futures documentation, pages "Exchange Information", "Notional and Leverage Brackets",
"User Commission Rate", "Mark Price", "Symbol Order Book Ticker", "Kline/Candlestick Data".
"""

import logging
from datetime import datetime
from decimal import Decimal

from domain.exchange import BookTicker, Candle, CommissionRates
from domain.terms import LeverageBracket, SymbolRules
from exchange.clock import from_milliseconds
from exchange.errors import UnexpectedAnswer
from exchange.wire import SETTLEMENT_ASSET, Json, decimal, field, integer, row_of_symbol, rows, text

log = logging.getLogger(__name__)

# PERPETUAL_DELIVERING is a perpetual whose end has been announced: what is open in it lives on until then.
CONTRACT_TYPES = ("PERPETUAL", "PERPETUAL_DELIVERING")
NEVER_DELIVERED_FROM = 4_000_000_000_000  # a pair without an end has a date in the year 2100
NO_MAXIMUM_PRICE = Decimal(10) ** 12  # the exchange writes 0 for "no limit"


def parse_symbol_rules(answer: Json) -> dict[str, SymbolRules]:
    """Read the rules of every perpetual that settles in USDT; one that cannot be read is left out and logged."""
    rules: dict[str, SymbolRules] = {}
    for number, row in enumerate(rows(field(answer, "symbols"))):
        try:
            symbol = text(row, "symbol")
            if text(row, "contractType") in CONTRACT_TYPES and text(row, "marginAsset") == SETTLEMENT_ASSET:
                rules[symbol] = _parse_rules(row)
        except UnexpectedAnswer as error:
            name = str(row.get("symbol"))[:40] if isinstance(row, dict) else "?"
            log.warning("symbol left out row=%d symbol=%r reason=%s", number, name, error.details)
    if not rules:
        raise UnexpectedAnswer("exchangeInfo holds no tradable symbol")
    return rules


def _parse_rules(row: Json) -> SymbolRules:
    """Read one symbol; the bot sends market orders, so the narrower of both lot filters counts."""
    filters = {str(rule.get("filterType")): rule for rule in rows(field(row, "filters")) if isinstance(rule, dict)}
    lots = [field(filters, "LOT_SIZE"), field(filters, "MARKET_LOT_SIZE")]
    price, percent = field(filters, "PRICE_FILTER"), field(filters, "PERCENT_PRICE")
    control = filters.get("POSITION_RISK_CONTROL", {}).get("positionControlSide", "NONE")
    tick, step = decimal(price, "tickSize"), max(decimal(lot, "stepSize") for lot in lots)
    if tick <= 0 or step <= 0:
        raise UnexpectedAnswer("no tick or step size")
    return SymbolRules(
        symbol=text(row, "symbol"),
        base_asset=text(row, "baseAsset"),
        tick_size=_plain(tick),
        min_price=decimal(price, "minPrice"),
        max_price=decimal(price, "maxPrice") or NO_MAXIMUM_PRICE,
        step_size=_plain(step),
        min_quantity=max(decimal(lot, "minQty") for lot in lots),
        max_quantity=min(decimal(lot, "maxQty") for lot in lots),
        min_notional=decimal(field(filters, "MIN_NOTIONAL"), "notional"),
        multiplier_up=decimal(percent, "multiplierUp"),
        multiplier_down=decimal(percent, "multiplierDown"),
        market_take_bound=decimal(row, "marketTakeBound") if "marketTakeBound" in row else Decimal(0),
        trading=text(row, "status") == "TRADING" and control == "NONE",
        liquidation_fee=decimal(row, "liquidationFee") if "liquidationFee" in row else None,
        delivers_at=_delivery(row),
        price_precision=integer(row, "pricePrecision") if "pricePrecision" in row else None,
    )


def _delivery(row: Json) -> datetime | None:
    """Return when a pair ends, None when no end is announced or the answer says nothing of it."""
    if "deliveryDate" not in row:
        return None
    milliseconds = integer(row, "deliveryDate")
    return from_milliseconds(milliseconds) if 0 < milliseconds < NEVER_DELIVERED_FROM else None


def _plain(number: Decimal) -> Decimal:
    """Drop trailing zeros without ever leaving an exponent: 0.10 becomes 0.1, 10 stays 10."""
    return Decimal(format(number.normalize(), "f"))


def parse_rate_limits(answer: Json) -> dict[tuple[str, int], int]:
    """Read the allowances: (what is counted, window in seconds) → limit."""
    seconds = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400}
    limits: dict[tuple[str, int], int] = {}
    for row in rows(field(answer, "rateLimits")):
        try:
            window = seconds.get(text(row, "interval"), 0) * integer(row, "intervalNum")
            limits[text(row, "rateLimitType"), window] = integer(row, "limit")
        except UnexpectedAnswer as error:
            log.warning("request allowance left out reason=%s", error.details)
    return limits


def parse_leverage_brackets(answer: Json, symbol: str) -> tuple[LeverageBracket, ...]:
    """Read the leverage table of one symbol, smallest notional first."""
    brackets = [
        LeverageBracket(
            initial_leverage=integer(row, "initialLeverage"),
            notional_floor=decimal(row, "notionalFloor"),
            notional_cap=decimal(row, "notionalCap"),
            maintenance_rate=decimal(row, "maintMarginRatio"),
            cumulative=decimal(row, "cum"),
        )
        for row in rows(field(row_of_symbol(answer, symbol), "brackets"))
    ]
    if not brackets:
        raise UnexpectedAnswer(f"no leverage brackets for {symbol}")
    return tuple(sorted(brackets, key=lambda bracket: bracket.notional_floor))


def parse_commission_rates(row: Json) -> CommissionRates:
    """Read the account's fees, fractions of notional."""
    return CommissionRates(maker=decimal(row, "makerCommissionRate"), taker=decimal(row, "takerCommissionRate"))


def parse_book_ticker(row: Json) -> BookTicker:
    """Read best bid and ask; 0 stands for an empty side."""
    return BookTicker(text(row, "symbol"), bid=decimal(row, "bidPrice"), ask=decimal(row, "askPrice"))


def parse_candle(row: Json) -> Candle:
    """Read one kline: an array that begins with open time, open, high, low, close and volume."""
    if not isinstance(row, list) or len(row) < 6:
        raise UnexpectedAnswer("a kline is an array of twelve")
    names = {str(place): value for place, value in enumerate(row[:6])}
    return Candle(from_milliseconds(integer(names, "0")), *(decimal(names, str(place)) for place in range(1, 6)))
