"""Public reference data beside prices: indexes and what they are made of, the insurance fund, ADL risk, sessions.

Source: Binance USDⓈ-M Futures documentation, section "Market Data".
"""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from simulator.endpoints import Call, Endpoint, Routes
from simulator.errors import ApiError
from simulator.interfaces import ContractType, Json
from simulator.market.intervals import DAY_MS, HOUR_MS
from simulator.market.noise import text_key
from simulator.market.quotes import Quote
from simulator.market.requests import symbol_quote
from simulator.market.synthetic import SyntheticMarket
from simulator.market.tracks import units_decimal

_BUFFER, _AUTO_BUFFER = Decimal("0.05"), Decimal("0.025")
_DOLLAR_BUFFER = Decimal("0.0001")
_EXCHANGES = (("binance", "{}USDT", 4), ("coinbase", "{}-USDT", 2), ("kucoin", "{}-USDT", 1), ("bybit", "{}USDT", 1))
_FUND_USDT = Decimal("793930579.31584800")
_OWN_FUND_OF = 3  # the largest pairs share a fund of their own
_RISK_EVERY_MS = HOUR_MS // 2
_SESSIONS = {
    "EQUITY": ((0, 8, "OVERNIGHT"), (8, 13.5, "PRE_MARKET"), (13.5, 20, "REGULAR"), (20, 24, "AFTER_MARKET")),
    "COMMODITY": ((0, 21, "REGULAR"), (21, 22, "NO_TRADING"), (22, 24, "REGULAR")),
    "KR_EQUITY": ((0, 6, "REGULAR"), (6, 24, "NO_TRADING")),
}
_SATURDAY = 5


class ReferenceData:
    """Handlers of reference data."""

    def __init__(self, market: SyntheticMarket) -> None:
        """Answer from market."""
        self._market = market

    def composite_indexes(self, call: Call) -> list[Json]:
        """Answer indexInfo: no pair here stands for a basket."""
        if call.params.optional_text("symbol") is not None:
            symbol_quote(self._market, call)
        return []

    def asset_index(self, call: Call) -> Json | list[Json]:
        """Answer assetIndex: what collateral is worth, named like BTCUSD."""
        rows = {row["symbol"]: row for row in self._asset_rows()}
        named = call.params.optional_text("symbol")
        if named is None:
            return list(rows.values())
        if named not in rows:
            raise ApiError(-1121, "Invalid symbol.")
        return rows[named]

    def constituents(self, call: Call) -> Json:
        """Answer constituents: markets whose weighted prices make the index; those of TradFi pairs are hidden."""
        quote = symbol_quote(self._market, call)
        index = units_decimal(quote.index_units)
        hidden = quote.rules.contract_type is ContractType.TRADIFI_PERPETUAL
        price = "-1" if hidden else f"{index:.8f}"
        total = sum(weight for *_, weight in _EXCHANGES)
        return {
            "symbol": quote.spec.symbol,
            "time": self._market.playhead.ms,
            "constituents": [
                {
                    "exchange": exchange,
                    "symbol": name.format(quote.spec.base_asset),
                    "price": price,
                    "weight": f"{Decimal(weight) / total:.8f}",
                }
                for exchange, name, weight in _EXCHANGES
            ],
        }

    def insurance_fund(self, call: Call) -> Json | list[Json]:
        """Answer insuranceBalance: one fund of the largest pairs, one of all others."""
        pairs = [quote.spec.symbol for quote in self._market.listed()]
        updated = self._market.playhead.ms // HOUR_MS * HOUR_MS
        funds = [
            _fund(sorted(pairs[:_OWN_FUND_OF]), _FUND_USDT, updated),
            _fund(sorted(pairs[_OWN_FUND_OF:]), _FUND_USDT / 4, updated),
        ]
        if call.params.optional_text("symbol") is None:
            return funds
        symbol = symbol_quote(self._market, call).spec.symbol
        return next(fund for fund in funds if symbol in fund["symbols"])

    def adl_risk(self, call: Call) -> Json | list[Json]:
        """Answer symbolAdlRisk, drawn anew every half an hour."""
        updated = self._market.playhead.ms // _RISK_EVERY_MS * _RISK_EVERY_MS
        if call.params.optional_text("symbol") is not None:
            return _risk(symbol_quote(self._market, call), updated)
        return [_risk(quote, updated) for quote in self._market.listed()]

    def trading_schedule(self, call: Call) -> Json:
        """Answer tradingSchedule: the sessions of a week, from yesterday on."""
        now = self._market.playhead.ms
        first = (now // DAY_MS - 1) * DAY_MS
        return {
            "updateTime": now,
            "marketSchedules": {name: {"sessions": list(_sessions(name, first))} for name in _SESSIONS},
        }

    def _asset_rows(self) -> Iterator[Json]:
        now = self._market.playhead.ms
        yield _asset_row("USDTUSD", Decimal(1), _DOLLAR_BUFFER, _DOLLAR_BUFFER, now)
        for quote in self._market.listed():
            index = units_decimal(quote.index_units)
            yield _asset_row(f"{quote.spec.base_asset}USD", index, _BUFFER, _AUTO_BUFFER, now)


def _asset_row(symbol: str, index: Decimal, buffer: Decimal, auto: Decimal, time_ms: int) -> Json:
    return {
        "symbol": symbol,
        "time": time_ms,
        "index": f"{index:.8f}",
        "bidBuffer": f"{buffer:.8f}",
        "askBuffer": f"{buffer:.8f}",
        "bidRate": f"{index * (1 - buffer):.8f}",
        "askRate": f"{index * (1 + buffer):.8f}",
        "autoExchangeBidBuffer": f"{auto:.8f}",
        "autoExchangeAskBuffer": f"{auto:.8f}",
        "autoExchangeBidRate": f"{index * (1 - auto):.8f}",
        "autoExchangeAskRate": f"{index * (1 + auto):.8f}",
    }


def _fund(symbols: list[str], balance: Decimal, updated_ms: int) -> Json:
    asset = {"asset": "USDT", "marginBalance": f"{balance:.8f}", "updateTime": updated_ms}
    return {"symbols": symbols, "assets": [asset]}


def _risk(quote: Quote, updated_ms: int) -> Json:
    drawn = text_key(updated_ms, f"adl {quote.spec.symbol}") % 20
    level = "high" if drawn == 0 else "medium" if drawn < 4 else "low"
    return {"symbol": quote.spec.symbol, "adlRisk": level, "updateTime": updated_ms}


def _sessions(name: str, first_ms: int) -> Iterator[Json]:
    for day_ms in range(first_ms, first_ms + 7 * DAY_MS, DAY_MS):
        weekend = (day_ms // DAY_MS + 3) % 7 >= _SATURDAY  # 1970-01-01 was a Thursday
        for start, end, kind in ((0, 24, "NO_TRADING"),) if weekend else _SESSIONS[name]:
            yield {
                "startTime": day_ms + int(start * HOUR_MS),
                "endTime": day_ms + int(end * HOUR_MS),
                "type": kind,
            }


def register(routes: Routes, market: SyntheticMarket) -> None:
    """Add the endpoints of reference data."""
    show = ReferenceData(market)
    rows: tuple[tuple[str, Callable[[Call], Any], int | Callable[[Mapping[str, str]], int]], ...] = (
        ("indexInfo", show.composite_indexes, 1),
        ("assetIndex", show.asset_index, lambda parameters: 1 if parameters.get("symbol") else 10),
        ("constituents", show.constituents, 2),
        ("insuranceBalance", show.insurance_fund, 1),
        ("symbolAdlRisk", show.adl_risk, 1),
        ("tradingSchedule", show.trading_schedule, 5),
    )
    for name, handler, weight in rows:
        routes.add(Endpoint("GET", f"/fapi/v1/{name}", handler, weight=weight))
