"""How orders and conditional orders read in answers.

Source: Binance USDⓈ-M Futures documentation, "New Order", "Query Order", "All Orders", "New Algo Order" and "Query Algo
Order".
"""

from simulator.interfaces import Json, SymbolSpec
from simulator.switches import Switches
from simulator.trading.amounts import ZERO, exact, exact_or_zero, fixed, plain
from simulator.trading.core import Core
from simulator.trading.records import AlgoOrder, AlgoStatus, AlgoType, Amendment, Order, OrderStatus


def average_price(spec: SymbolSpec, order: Order | AlgoOrder) -> str:
    """Spell an average fill price with three more decimals than prices have; "0.00000" before the first fill."""
    return fixed(order.average, spec.price_precision + 3) if order.average else "0.00000"


def quote_amount(spec: SymbolSpec, order: Order) -> str:
    """Spell what the fills cost; exact, as price and quantity have no more decimals than this."""
    return exact_or_zero(order.quote, spec.price_precision + spec.quantity_precision)


def reduces_only(switches: Switches, order: Order) -> bool:
    """Return what reduceOnly says of an order: in hedge mode every closing order is one, unless the switch says not."""
    return order.reduce_only or (switches.show_closers_as_reduce_only and order.is_closing)


def placed_order(core: Core, order: Order, *, legacy: bool = False) -> Json:
    """Word an order as placing, amending and cancelling answer it; legacy adds avgPrice and cumQuote."""
    spec = core.symbols[order.symbol]
    legacy = legacy or core.switches.legacy_order_answer
    executed = exact(order.executed, spec.quantity_precision)
    answer: Json = {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": str(order.status),
        "clientOrderId": order.client_order_id,
        "price": exact(order.price, spec.price_precision),
    }
    if legacy:
        answer["avgPrice"] = average_price(spec, order)
    answer |= {"origQty": exact(order.quantity, spec.quantity_precision), "executedQty": executed, "cumQty": executed}
    if legacy:
        answer["cumQuote"] = quote_amount(spec, order)
    return answer | {
        "timeInForce": str(order.time_in_force),
        "type": str(order.type),
        "reduceOnly": reduces_only(core.switches, order),
        "closePosition": order.close_position,
        "side": str(order.side),
        "positionSide": str(order.position_side),
        "stopPrice": fixed(ZERO, spec.price_precision),
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "origType": order.original_type,
        "priceMatch": order.price_match,
        "selfTradePreventionMode": order.self_trade_prevention,
        "goodTillDate": order.good_till_ms,
        "updateTime": order.updated_ms,
    }


def amended_order(core: Core, order: Order, modify_id: int | None) -> Json:
    """Word an order as amending it answers: with its pair, and the owner's name for the change if there was one."""
    named = {} if modify_id is None else {"modifyId": modify_id}
    return placed_order(core, order) | {"pair": order.symbol} | named


def queried_order(core: Core, order: Order) -> Json:
    """Word an order as GET order does."""
    spec = core.symbols[order.symbol]
    return {
        "avgPrice": average_price(spec, order),
        "clientOrderId": order.client_order_id,
        "cumQuote": quote_amount(spec, order),
        "executedQty": exact_or_zero(order.executed, spec.quantity_precision),
        "orderId": order.order_id,
        "origQty": exact(order.quantity, spec.quantity_precision),
        "origType": order.original_type,
        "price": exact(order.price, spec.price_precision),
        "reduceOnly": reduces_only(core.switches, order),
        "side": str(order.side),
        "positionSide": str(order.position_side),
        "status": str(order.status),
        "stopPrice": fixed(ZERO, spec.price_precision),
        "closePosition": order.close_position,
        "symbol": order.symbol,
        "time": order.created_ms,
        "timeInForce": str(order.time_in_force),
        "type": str(order.type),
        "updateTime": order.updated_ms,
        "workingType": "CONTRACT_PRICE",
        "priceProtect": False,
        "priceMatch": order.price_match,
        "selfTradePreventionMode": order.self_trade_prevention,
        "goodTillDate": order.good_till_ms,
    }


def resting_order(core: Core, order: Order) -> Json:
    """Word an order as openOrders does: its price without trailing zeros."""
    return queried_order(core, order) | {"price": plain(order.price)}


def listed_order(core: Core, order: Order) -> Json:
    """Word an order as allOrders does."""
    return queried_order(core, order) | {"cumBase": "0", "pair": order.symbol}


def listed_amendment(spec: SymbolSpec, amendment: Amendment) -> Json:
    """Word an order's change as orderAmendment does."""
    prices, quantities = spec.price_precision, spec.quantity_precision
    return {
        "amendmentId": amendment.amendment_id,
        "symbol": amendment.symbol,
        "pair": amendment.symbol,
        "orderId": amendment.order_id,
        "clientOrderId": amendment.client_order_id,
        "time": amendment.time_ms,
        "amendment": {
            "price": {
                "before": exact(amendment.price_before, prices),
                "after": exact(amendment.price_after, prices),
            },
            "origQty": {
                "before": exact(amendment.quantity_before, quantities),
                "after": exact(amendment.quantity_after, quantities),
            },
            "count": amendment.number,
        },
        "priceMatch": "NONE",
    }


def placed_algo(spec: SymbolSpec, algo: AlgoOrder) -> Json:
    """Word a conditional order as placing it answers."""
    trailing = algo.type is AlgoType.TRAILING_STOP_MARKET
    return {
        "algoId": algo.algo_id,
        "clientAlgoId": algo.client_algo_id,
        "algoType": "CONDITIONAL",
        "orderType": str(algo.type),
        "symbol": algo.symbol,
        "side": str(algo.side),
        "positionSide": str(algo.position_side),
        "timeInForce": algo.time_in_force,
        "quantity": exact(algo.quantity, spec.quantity_precision),
        "algoStatus": str(algo.status),
        "triggerPrice": exact(algo.trigger_price, spec.price_precision),
        "price": exact(algo.price, spec.price_precision),
        "icebergQuantity": None,
        "selfTradePreventionMode": algo.self_trade_prevention,
        "workingType": str(algo.working_type),
        "priceMatch": algo.price_match,
        "closePosition": algo.close_position,
        "priceProtect": algo.price_protect,
        "reduceOnly": algo.reduce_only,
        "activatePrice": fixed(algo.activate_price or ZERO, spec.price_precision) if trailing else "",
        "callbackRate": plain(algo.callback_rate or ZERO) if trailing else "",
        "createTime": algo.created_ms,
        "updateTime": algo.updated_ms,
        "triggerTime": algo.triggered_ms,
        "goodTillDate": algo.good_till_ms,
    }


def listed_algo(spec: SymbolSpec, algo: AlgoOrder) -> Json:
    """Word a conditional order as openAlgoOrders and allAlgoOrders do."""
    answer = placed_algo(spec, algo)
    if algo.type is not AlgoType.TRAILING_STOP_MARKET:
        del answer["activatePrice"], answer["callbackRate"]
    return answer | {
        "actualOrderId": "" if algo.child_order_id is None else str(algo.child_order_id),
        "actualPrice": average_price(spec, algo),
        "actualQty": exact(algo.executed, spec.quantity_precision) if algo.executed else "0.0",
        "tpTriggerPrice": fixed(ZERO, spec.price_precision),
        "tpPrice": fixed(ZERO, spec.price_precision),
        "slTriggerPrice": fixed(ZERO, spec.price_precision),
        "slPrice": fixed(ZERO, spec.price_precision),
        "tpOrderType": "",
        "isActivated": algo.activated,
    }


def queried_algo(spec: SymbolSpec, algo: AlgoOrder) -> Json:
    """Word a conditional order as GET algoOrder does: actualType once triggered, actualQty once filled."""
    answer = listed_algo(spec, algo)
    del answer["isActivated"]
    if not algo.executed:
        del answer["actualQty"]
    if algo.child_order_id is not None:
        answer["actualType"] = algo.child_type
    return answer


_DAY_MS = 24 * 3600 * 1000


def forgotten(order: Order | AlgoOrder, now_ms: int) -> bool:
    """Return whether the exchange no longer shows the order.

    Cancelled or expired without any fill: 3 days after creation; final in any other way: after 90 days.
    """
    age_ms = now_ms - order.created_ms
    if isinstance(order, Order):
        unfilled = order.status in (OrderStatus.CANCELED, OrderStatus.EXPIRED) and not order.executed
        final = not order.is_open
    else:
        unfilled = order.status in (AlgoStatus.CANCELED, AlgoStatus.EXPIRED)
        final = order.status not in (AlgoStatus.NEW, AlgoStatus.TRIGGERED, AlgoStatus.TRIGGERING)
    return (unfilled and age_ms > 3 * _DAY_MS) or (final and age_ms > 90 * _DAY_MS)
