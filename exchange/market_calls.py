"""The market: trading rules, prices and candles. Reads raise ExchangeUnreachable, Rejected or UnexpectedAnswer."""

from datetime import datetime
from decimal import Decimal

from domain.exchange import BookTicker, Candle
from domain.terms import SymbolRules
from exchange.calls import ExchangeConnection
from exchange.clock import to_milliseconds
from exchange.errors import UnexpectedAnswer
from exchange.rows import Rows
from exchange.wire import decimal
from exchange.wire_market import parse_book_ticker, parse_candle, parse_rate_limits, parse_symbol_rules


class Market:
    """Public market data of the venue traded: test venues differ from production in rules and prices."""

    def __init__(self, connection: ExchangeConnection) -> None:
        self._connection = connection
        self._library = connection.library
        self._ask = connection.ask

    def fetch_symbol_rules(self, refresh: bool = False) -> dict[str, SymbolRules]:
        """Fetch the rules of all USDT perpetuals by symbol; cached for an hour unless refresh is asked for.

        The venue's request allowances come with them and are taken over into usage().
        """
        return self._connection.cached("rules", self._fetch_symbol_rules, refresh)

    def _fetch_symbol_rules(self) -> dict[str, SymbolRules]:
        answer = self._ask(self._library.futures_exchange_info)
        limits = parse_rate_limits(answer)
        self._connection.meter.set_limits(
            weight_1m=limits.get(("REQUEST_WEIGHT", 60)),
            orders_10s=limits.get(("ORDERS", 10)),
            orders_1m=limits.get(("ORDERS", 60)),
        )
        return parse_symbol_rules(answer)

    def fetch_book_ticker(self, symbol: str) -> BookTicker:
        """Fetch best bid and ask; 0 stands for an empty side."""
        return parse_book_ticker(self._ask(self._library.futures_orderbook_ticker, symbol=symbol))

    def fetch_mark_price(self, symbol: str) -> Decimal:
        """Fetch one mark price.

        Raises:
            UnexpectedAnswer: it is 0: there is no price at the moment.
        """
        price = decimal(self._ask(self._library.futures_mark_price, symbol=symbol), "markPrice")
        if price <= 0:
            raise UnexpectedAnswer(f"no mark price of {symbol}: {price}")
        return price

    def fetch_funding_rate(self, symbol: str, settled_at: datetime) -> Decimal | None:
        """Fetch the rate of the settlement nearest to a moment (within a minute), None when there was none.

        A fraction of notional; longs pay when it is positive.
        """
        moment = to_milliseconds(settled_at)
        answer = self._ask(
            self._library.futures_funding_rate,
            symbol=symbol,
            startTime=moment - 60_000,
            endTime=moment + 60_000,
        )
        rates = self._connection.read_rows("funding rates", answer, lambda row: decimal(row, "fundingRate"))
        return rates[-1] if rates else None

    def fetch_candles(self, symbol: str, interval: str, limit: int, end: datetime | None = None) -> Rows[Candle]:
        """Fetch the latest candles up to end, oldest first; the last one may be unfinished.

        interval is the exchange's word ("1m", "4h", "1d"), limit at most 1500.
        """
        until = {} if end is None else {"endTime": to_milliseconds(end)}
        answer = self._ask(self._library.futures_klines, symbol=symbol, interval=interval, limit=limit, **until)
        return self._connection.read_rows("candles", answer, parse_candle)
