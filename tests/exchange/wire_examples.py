"""Answers of the exchange as its documentation shows them, for tests to vary."""

from typing import Any

PLACED_MARKET = {
    "orderId": 883412345678, "symbol": "BTCUSDT", "status": "FILLED", "clientOrderId": "t1-abc123-7-e-1",
    "price": "0.00", "origQty": "0.010", "executedQty": "0.010", "cumQty": "0.010", "timeInForce": "GTC",
    "type": "MARKET", "reduceOnly": False, "closePosition": False, "side": "BUY", "positionSide": "LONG",
    "stopPrice": "0.00", "workingType": "CONTRACT_PRICE", "priceProtect": False, "origType": "MARKET",
    "priceMatch": "NONE", "selfTradePreventionMode": "EXPIRE_MAKER", "goodTillDate": 0, "updateTime": 1795340000200,
}  # fmt: skip

PLACED_STOP = {
    "algoId": 2148719, "clientAlgoId": "t1-abc123-7-s-1", "algoType": "CONDITIONAL", "orderType": "STOP_MARKET",
    "symbol": "BTCUSDT", "side": "SELL", "positionSide": "LONG", "timeInForce": "GTC", "quantity": "0.010",
    "algoStatus": "NEW", "triggerPrice": "80000.00", "price": "0.00", "icebergQuantity": None,
    "selfTradePreventionMode": "EXPIRE_MAKER", "workingType": "MARK_PRICE", "priceMatch": "NONE",
    "closePosition": False, "priceProtect": False, "reduceOnly": False, "activatePrice": "", "callbackRate": "",
    "createTime": 1795340000123, "updateTime": 1795340000123, "triggerTime": 0, "goodTillDate": 0,
}  # fmt: skip

POSITION = {
    "symbol": "BTCUSDT", "positionSide": "LONG", "positionAmt": "0.010", "entryPrice": "84210.5",
    "breakEvenPrice": "84252.60525", "markPrice": "84300.10000000", "unRealizedProfit": "0.89600000",
    "liquidationPrice": "0", "isolatedMargin": "0", "notional": "843.00100000", "marginAsset": "USDT",
    "isolatedWallet": "0", "initialMargin": "84.30010000", "maintMargin": "3.37200400",
    "positionInitialMargin": "84.30010000", "openOrderInitialMargin": "0", "adl": 2, "bidNotional": "0",
    "askNotional": "0", "updateTime": 1795340000201,
}  # fmt: skip

TRADE = {
    "buyer": True, "commission": "0.42105250", "commissionAsset": "USDT", "id": 7788990011, "maker": False,
    "orderId": 883412345678, "price": "84210.50", "qty": "0.010", "quoteQty": "842.10500", "baseQty": "0",
    "marginAsset": "USDT", "realizedPnl": "0", "side": "BUY", "positionSide": "LONG", "symbol": "BTCUSDT",
    "pair": "BTCUSDT", "time": 1795340000200,
}  # fmt: skip

FUNDING = {
    "symbol": "BTCUSDT", "incomeType": "FUNDING_FEE", "income": "-0.08430010", "asset": "USDT",
    "info": "FUNDING_FEE", "time": 1795363200000, "tranId": 9689322392, "tradeId": "",
}  # fmt: skip

BALANCE = {
    "accountAlias": "SgsR", "asset": "USDT", "balance": "5000.00000000", "crossWalletBalance": "5000.00000000",
    "crossUnPnl": "-1.50000000", "availableBalance": "4900.00000000", "maxWithdrawAmount": "4900.00000000",
    "marginAvailable": True, "updateTime": 1795340000000,
}  # fmt: skip

ACCOUNT_CONFIG = {
    "feeTier": 0, "canTrade": True, "canDeposit": True, "canWithdraw": True, "dualSidePosition": True,
    "updateTime": 0, "multiAssetsMargin": False, "tradeGroupId": -1,
}  # fmt: skip

SYMBOL_CONFIG = {
    "symbol": "BTCUSDT", "marginType": "CROSSED", "isAutoAddMargin": False, "leverage": 10,
    "maxNotionalValue": "230000000",
}  # fmt: skip

SYMBOL = {
    "symbol": "BTCUSDT", "pair": "BTCUSDT", "contractType": "PERPETUAL", "deliveryDate": 4133404800000,
    "status": "TRADING", "baseAsset": "BTC", "quoteAsset": "USDT", "marginAsset": "USDT", "pricePrecision": 2,
    "quantityPrecision": 3, "triggerProtect": "0.0500", "liquidationFee": "0.012500", "marketTakeBound": "0.05",
    "orderTypes": ["LIMIT", "MARKET"], "timeInForce": ["GTC"],
    "filters": [
        {"filterType": "PRICE_FILTER", "minPrice": "261.10", "maxPrice": "809484", "tickSize": "0.10"},
        {"filterType": "LOT_SIZE", "minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"},
        {"filterType": "MARKET_LOT_SIZE", "minQty": "0.002", "maxQty": "120", "stepSize": "0.001"},
        {"filterType": "MAX_NUM_ORDERS", "limit": 200},
        {"filterType": "MIN_NOTIONAL", "notional": "50"},
        {"filterType": "PERCENT_PRICE", "multiplierUp": "1.0500", "multiplierDown": "0.9500", "multiplierDecimal": 4},
        {"filterType": "POSITION_RISK_CONTROL", "positionControlSide": "NONE"},
    ],
}  # fmt: skip

EXCHANGE_INFO: dict[str, Any] = {
    "timezone": "UTC", "serverTime": 1, "futuresType": "U_MARGINED",
    "rateLimits": [
        {"rateLimitType": "REQUEST_WEIGHT", "interval": "MINUTE", "intervalNum": 1, "limit": 6000},
        {"rateLimitType": "ORDERS", "interval": "MINUTE", "intervalNum": 1, "limit": 1200},
        {"rateLimitType": "ORDERS", "interval": "SECOND", "intervalNum": 10, "limit": 300},
    ],
    "exchangeFilters": [], "assets": [], "symbols": [SYMBOL],
}  # fmt: skip

BRACKETS = {
    "symbol": "BTCUSDT",
    "brackets": [
        {"bracket": 2, "initialLeverage": 100, "notionalCap": 800000, "notionalFloor": 300000,
         "maintMarginRatio": 0.005, "cum": 300.0},
        {"bracket": 1, "initialLeverage": 150, "notionalCap": 300000, "notionalFloor": 0,
         "maintMarginRatio": 0.004, "cum": 0.0},
    ],
}  # fmt: skip
