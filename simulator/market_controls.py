"""Control requests about the market: prices, the index, books, and which pairs there are."""

from simulator.clock import ExchangeClock
from simulator.control_fields import (
    BadRequest,
    Fields,
    allow_only,
    optional_id,
    optional_money,
    optional_word,
)
from simulator.interfaces import (
    ContractType,
    ControlledMarket,
    Json,
    RulesChange,
    SymbolSpec,
    SymbolStatus,
    TradingCore,
)
from simulator.ticker import Ticker

_MODES = ("walk", "hold")
_MOST_LEVELS = 50
_WIDEST_SPREAD = 100_000


class MarketControls:
    """Follows what is asked of the market."""

    def __init__(self, clock: ExchangeClock, market: ControlledMarket, core: TradingCore, ticker: Ticker) -> None:
        self._clock = clock
        self._market = market
        self._core = core
        self._ticker = ticker

    def set_price(self, fields: Fields) -> Json:
        """POST /control/price."""
        symbol = read_symbol(fields, self._market)
        both, mark, last = (optional_money(fields, name) for name in ("price", "mark", "last"))
        if both is None and mark is None and last is None:
            raise BadRequest('give "price", or "mark" and "last" to set them apart, as strings such as "61000.0"')
        if both is not None and (mark is not None or last is not None):
            raise BadRequest('give either "price" for both, or "mark" and "last" apart, not all of them')
        self._market.set_price(symbol, price=both, mark=mark, last=last)
        # Triggers are checked against exactly this price, before a walking market moves on from it.
        self._core.on_step(self._clock.now_ms(), {symbol})
        self._ticker.tick()
        return {"symbol": symbol, "mark": f"{self._market.mark(symbol):f}", "last": f"{self._market.last(symbol):f}"}

    def set_mode(self, fields: Fields) -> Json:
        """POST /control/prices."""
        mode = fields.get("mode")
        if mode not in _MODES:
            raise BadRequest(f"mode must be one of {', '.join(_MODES)}")
        self._market.set_mode(mode)
        self._ticker.tick()
        return {"mode": mode}

    def change_symbol(self, fields: Fields) -> Json:
        """POST /control/symbol: change a pair's rules, list one, announce its end, end or hide it."""
        names = ("tickSize", "stepSize", "minNotional", "status", "contractType", "deliveryDate")
        allow_only(fields, "symbol", *names)
        symbol = fields.get("symbol")
        if not isinstance(symbol, str):
            raise BadRequest('symbol must be the name of a pair, such as "BTCUSDT"')
        if not set(names) & set(fields):
            raise BadRequest(f"say what shall change: {', '.join(names)}")
        change = RulesChange(
            tick_size=optional_money(fields, "tickSize"),
            step_size=optional_money(fields, "stepSize"),
            min_notional=optional_money(fields, "minNotional", zero=True),
            status=optional_word(fields, "status", SymbolStatus),
            contract_type=optional_word(fields, "contractType", ContractType),
            delivery_ms=optional_id(fields, "deliveryDate"),
        )
        try:
            rules = self._market.change_symbol(symbol, change)
        except ValueError as refusal:
            raise BadRequest(str(refusal)) from None
        self._core.settle_closed(symbol)
        self._ticker.tick()
        return _rules_row(self._market.symbols.get(symbol, rules))

    def set_index(self, fields: Fields) -> Json:
        """POST /control/index: hold the index of a pair, or, with a price of null, let it follow the mark again."""
        allow_only(fields, "symbol", "price")
        symbol = read_symbol(fields, self._market)
        if "price" not in fields:
            raise BadRequest('give "price" as a string such as "61000.0", or null to let the index follow the mark')
        self._market.set_index(symbol, optional_money(fields, "price"))
        self._ticker.tick()
        return {"symbol": symbol, "index": f"{self._market.index(symbol):f}"}

    def set_book(self, fields: Fields) -> Json:
        """POST /control/book: how wide the spread is and how many levels each side has."""
        allow_only(fields, "symbol", "spread_ticks", "depth")
        symbol = read_symbol(fields, self._market)
        spread, depth = optional_id(fields, "spread_ticks"), optional_id(fields, "depth")
        if spread is None and depth is None:
            raise BadRequest(
                'give "spread_ticks", a number of ticks from 1 up, or "depth", a number of levels, or both'
            )
        if spread is not None and not 1 <= spread <= _WIDEST_SPREAD:
            raise BadRequest(f"spread_ticks must be from 1 to {_WIDEST_SPREAD}")
        if depth is not None and depth > _MOST_LEVELS:
            raise BadRequest(f"depth must be from 0, an empty book, to {_MOST_LEVELS} levels")
        self._market.set_book(symbol, spread, depth)
        self._ticker.tick()
        bid, ask = self._market.touch(symbol)
        return {"symbol": symbol, "bid": f"{bid:f}", "ask": f"{ask:f}", "levels": len(self._market.book(symbol).asks)}


def read_symbol(fields: Fields, market: ControlledMarket) -> str:
    """Return the name of a pair that there is."""
    symbol = fields.get("symbol")
    if not isinstance(symbol, str) or symbol not in market.symbols:
        raise BadRequest(f"unknown symbol {symbol!r}; use one of {', '.join(market.symbols)}")
    return symbol


def _rules_row(rules: SymbolSpec) -> Json:
    return {
        "symbol": rules.symbol,
        "tickSize": f"{rules.tick_size:f}",
        "stepSize": f"{rules.step_size:f}",
        "minNotional": f"{rules.min_notional:f}",
        "status": str(rules.status),
        "contractType": str(rules.contract_type),
        "deliveryDate": rules.delivery_ms,
    }
