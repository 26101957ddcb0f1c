"""Endpoints that read balances, positions and what the exchange says of the account.

Source: Binance USDⓈ-M Futures documentation, "Account" (REST) and "Position Information".
"""

from simulator.endpoints import Call, Endpoint, Routes, Security
from simulator.interfaces import Json, SymbolSpec
from simulator.trading import filters
from simulator.trading.account_answers import (
    account_answer,
    adl_quantiles,
    all_slots,
    balance_rows,
    coin_margined_row,
    old_account_answer,
    old_risk_rows,
    risk_rows,
)
from simulator.trading.exchange import Exchange
from simulator.trading.margins import max_notional, measure
from simulator.trading.order_endpoints import weight_by_symbol


def register(routes: Routes, exchange: Exchange) -> None:
    """Add the endpoints that read the account."""
    handlers = AccountHandlers(exchange)
    for path, handler, weight in (
        ("/fapi/v3/positionRisk", handlers.risk, 5),
        ("/fapi/v2/positionRisk", handlers.old_risk, 5),
        ("/fapi/v3/account", handlers.account, 5),
        ("/fapi/v2/account", handlers.old_account, 5),
        ("/fapi/v3/balance", handlers.balance, 5),
        ("/fapi/v2/balance", handlers.balance, 5),
        ("/dapi/v1/positionRisk", handlers.coin_margined_risk, 1),
        ("/fapi/v1/adlQuantile", handlers.adl, 5),
        ("/fapi/v1/symbolConfig", handlers.symbol_configuration, 5),
        ("/fapi/v1/accountConfig", handlers.account_configuration, 5),
        ("/fapi/v1/leverageBracket", handlers.brackets, 1),
        ("/fapi/v1/commissionRate", handlers.commission, 20),
        ("/fapi/v1/rateLimit/order", handlers.order_limits, 1),
    ):
        routes.add(Endpoint("GET", path, handler, Security.SIGNED, weight))
    by_symbol = weight_by_symbol(1, 10)
    routes.add(Endpoint("GET", "/fapi/v1/apiTradingStatus", handlers.trading_status, Security.SIGNED, by_symbol))


class AccountHandlers:
    """Answers reads of the account."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._core = exchange.core

    def risk(self, call: Call) -> list[Json]:
        """GET positionRisk v3."""
        return risk_rows(self._core, self._exchange.view(call), self._symbol(call))

    def coin_margined_risk(self, call: Call) -> list[Json]:
        """GET positionRisk of the other product family: one contract of each that a reseeding left there.

        Source: Binance COIN-M Futures documentation, "Position Information".
        """
        settings = self._exchange.view(call).settings
        names = [name for name in settings.coin_margined.split(",") if name]
        return [coin_margined_row(name, settings.updated_ms) for name in names]

    def old_risk(self, call: Call) -> list[Json]:
        """GET positionRisk v2."""
        return old_risk_rows(self._core, self._exchange.view(call), self._symbol(call))

    def account(self, call: Call) -> Json:
        """GET account v3."""
        return account_answer(self._core, self._exchange.view(call))

    def old_account(self, call: Call) -> Json:
        """GET account v2."""
        return old_account_answer(self._core, self._exchange.view(call))

    def balance(self, call: Call) -> list[Json]:
        """GET balance v2 and v3."""
        return balance_rows(self._core, self._exchange.view(call))

    def adl(self, call: Call) -> list[Json]:
        """GET adlQuantile: an array of the symbols with a position, also when one is named."""
        view = self._exchange.view(call)
        margin = measure(view, self._core)
        named = self._symbol(call)
        return [
            {"symbol": symbol, "adlQuantile": adl_quantiles(view, all_slots(self._core, view, margin, symbol))}
            for symbol in sorted({symbol for symbol, _ in view.positions})
            if named in (None, symbol)
        ]

    def symbol_configuration(self, call: Call) -> list[Json]:
        """GET symbolConfig: leverage and margin type of one or all symbols."""
        view = self._exchange.view(call)
        rows: list[Json] = []
        for spec in self._specs(call):
            settings = view.symbol_settings(spec)
            rows.append(
                {
                    "symbol": spec.symbol,
                    "marginType": str(settings.margin_type),
                    "isAutoAddMargin": False,
                    "leverage": settings.leverage,
                    "maxNotionalValue": f"{max_notional(spec, settings.leverage):f}",
                }
            )
        return rows

    def account_configuration(self, call: Call) -> Json:
        """GET accountConfig."""
        settings = self._exchange.view(call).settings
        return {
            "feeTier": 0,
            "canTrade": True,
            "canDeposit": True,
            "canWithdraw": True,
            "dualSidePosition": settings.dual_side,
            "updateTime": 0,
            "multiAssetsMargin": settings.multi_assets,
            "tradeGroupId": -1,
        }

    def brackets(self, call: Call) -> list[Json]:
        """GET leverageBracket: an array also for one symbol; JSON numbers, not strings."""
        return [
            {
                "symbol": spec.symbol,
                "brackets": [
                    {
                        "bracket": bracket.number,
                        "initialLeverage": bracket.initial_leverage,
                        "notionalCap": int(bracket.notional_cap),
                        "notionalFloor": int(bracket.notional_floor),
                        "maintMarginRatio": float(bracket.maintenance_rate),
                        "cum": float(bracket.cumulative),
                    }
                    for bracket in spec.brackets
                ],
            }
            for spec in self._specs(call)
        ]

    def commission(self, call: Call) -> Json:
        """GET commissionRate of a symbol."""
        spec = filters.read_symbol(call.params, self._core)
        switches = self._core.switches
        return {
            "symbol": spec.symbol,
            "makerCommissionRate": switches.maker_fee_rate,
            "takerCommissionRate": switches.taker_fee_rate,
            "rpiCommissionRate": "0.000050",
        }

    def order_limits(self, call: Call) -> list[Json]:
        """GET rateLimit/order."""
        return [
            {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
            {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
        ]

    def trading_status(self, call: Call) -> Json:
        """GET apiTradingStatus: indicators near a limit of the quantitative rules, which nobody comes near here."""
        self._symbol(call)
        return {"indicators": {}, "updateTime": call.now_ms}

    def _symbol(self, call: Call) -> str | None:
        spec = filters.read_optional_symbol(call.params, self._core)
        return spec.symbol if spec else None

    def _specs(self, call: Call) -> list[SymbolSpec]:
        spec = filters.read_optional_symbol(call.params, self._core)
        return [spec] if spec else list(self._core.symbols.values())
