"""The answer of exchangeInfo."""

from collections.abc import Iterable
from decimal import Decimal

from simulator.interfaces import Json, SymbolSpec
from simulator.market.catalogue import Listing

WEIGHT_PER_MINUTE = 6000  # of the test venue; production has 2400
_ORDER_TYPES = ("LIMIT", "MARKET", "STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET", "TRAILING_STOP_MARKET")


def plain(value: Decimal) -> str:
    """Return a decimal without exponent and without superfluous zeros."""
    return f"{value.normalize():f}"


def _filters(spec: SymbolSpec) -> list[Json]:
    digits = spec.price_precision
    lot = {"minQty": plain(spec.min_quantity), "stepSize": plain(spec.step_size)}
    return [
        {
            "filterType": "PRICE_FILTER",
            "minPrice": f"{spec.min_price:.{digits}f}",
            "maxPrice": plain(spec.max_price),
            "tickSize": f"{spec.tick_size:.{digits}f}",
        },
        {"filterType": "LOT_SIZE", "minQty": lot["minQty"], "maxQty": plain(spec.max_quantity), **_step(lot)},
        {
            "filterType": "MARKET_LOT_SIZE",
            "minQty": lot["minQty"],
            "maxQty": plain(spec.market_max_quantity),
            **_step(lot),
        },
        {"filterType": "MAX_NUM_ORDERS", "limit": spec.max_orders},
        {"filterType": "MIN_NOTIONAL", "notional": plain(spec.min_notional)},
        {
            "filterType": "PERCENT_PRICE",
            "multiplierUp": f"{spec.multiplier_up:.4f}",
            "multiplierDown": f"{spec.multiplier_down:.4f}",
            "multiplierDecimal": "4",
        },
        {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
    ]


def _step(lot: dict[str, str]) -> dict[str, str]:
    return {"stepSize": lot["stepSize"]}


def symbol_entry(listing: Listing, spec: SymbolSpec) -> Json:
    """Return one row of exchangeInfo's symbols by the rules that hold now, keys in the exchange's order."""
    return {
        "symbol": spec.symbol,
        "pair": spec.symbol,
        "contractType": str(spec.contract_type),
        "deliveryDate": spec.delivery_ms,
        "onboardDate": listing.onboard_ms,
        "status": str(spec.status),
        "maintMarginPercent": "2.5000",
        "requiredMarginPercent": "5.0000",
        "baseAsset": spec.base_asset,
        "quoteAsset": spec.quote_asset,
        "marginAsset": spec.quote_asset,
        "pricePrecision": spec.price_precision,
        "quantityPrecision": spec.quantity_precision,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "underlyingSubType": [listing.kind],
        "settlePlan": 0,
        "triggerProtect": f"{spec.trigger_protect:.4f}",
        "liquidationFee": f"{spec.liquidation_fee:.6f}",
        "marketTakeBound": f"{spec.market_take_bound:.2f}",
        "maxMoveOrderLimit": 10000,
        "orderTypes": list(_ORDER_TYPES),
        "timeInForce": ["GTC", "IOC", "FOK", "GTX", "GTD"],
        "permissionSets": ["GRID"],
        "filters": _filters(spec),
    }


def exchange_info(pairs: Iterable[tuple[Listing, SymbolSpec]], server_ms: int) -> Json:
    """Return the whole of exchangeInfo. Source: Binance USDⓈ-M Futures documentation, "Exchange Information"."""
    orders = {"rateLimitType": "ORDERS"}
    return {
        "timezone": "UTC",
        "serverTime": server_ms,
        "futuresType": "U_MARGINED",
        "rateLimits": [
            {
                "rateLimitType": "REQUEST_WEIGHT",
                "interval": "MINUTE",
                "intervalNum": 1,
                "limit": WEIGHT_PER_MINUTE,
            },
            {**orders, "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
            {**orders, "interval": "SECOND", "intervalNum": 10, "limit": 300},
        ],
        "exchangeFilters": [],
        "assets": [
            {"asset": "USDT", "marginAvailable": True, "autoAssetExchange": "-10000"},
            {"asset": "USDC", "marginAvailable": True, "autoAssetExchange": "-10000"},
            {"asset": "BNB", "marginAvailable": True, "autoAssetExchange": "0"},
        ],
        "symbols": [symbol_entry(listing, spec) for listing, spec in pairs],
    }
