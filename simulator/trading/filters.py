"""Refusals that depend only on the request and the symbol: wording, enumerations, precision and filters.

Source: Binance USDⓈ-M Futures documentation, "Error Code" and "Filters".
"""

import re
import secrets
from decimal import Decimal
from enum import StrEnum
from typing import TypeVar

from simulator.errors import ApiError
from simulator.interfaces import SymbolSpec, SymbolStatus
from simulator.params import Params
from simulator.trading.amounts import decimals_of
from simulator.trading.core import Core
from simulator.trading.records import OrderType, PositionSide, Side, TimeInForce

_Word = TypeVar("_Word", bound=StrEnum)
_CLIENT_ID = re.compile(r"[\.A-Z\:/a-z0-9_-]{1,36}")
_PRICE_MATCHES = frozenset(
    ["NONE"] + [word + depth for word in ("OPPONENT", "QUEUE") for depth in ("", "_5", "_10", "_20")]
)
_SELF_TRADE_PREVENTIONS = frozenset({"NONE", "EXPIRE_TAKER", "EXPIRE_MAKER", "EXPIRE_BOTH"})
_LAST_GOOD_TILL_MS = 253_402_300_799_000


def missing(name: str) -> ApiError:
    """Return the refusal of a mandatory parameter; the exchange spells its name in lower case."""
    return ApiError(-1102, f"Mandatory parameter '{name.lower()}' was not sent, was empty/null, or malformed.")


def not_required(name: str) -> ApiError:
    """Return the refusal of a parameter that must not be sent here."""
    return ApiError(-1106, f"Parameter '{name.lower()}' sent when not required.")


def invalid_side() -> ApiError:
    """Return the refusal of a side that is none, or none at all."""
    return ApiError(-1117, "Invalid side.")


def neither(one: str, other: str) -> ApiError:
    """Return the refusal of a request that names an order by neither of two ids."""
    return ApiError(-1102, f"Param '{one}' or '{other}' must be sent, but both were empty/null!")


def require(params: Params, name: str) -> str:
    """Return a parameter's text or refuse with -1102."""
    if not params.sent(name):
        raise missing(name)
    return params.text(name)


def read_symbol(params: Params, core: Core) -> SymbolSpec:
    """Return the mandatory symbol's specification."""
    return known_symbol(require(params, "symbol"), core)


def read_optional_symbol(params: Params, core: Core) -> SymbolSpec | None:
    """Return the symbol's specification when one is named."""
    symbol = params.optional_text("symbol")
    return None if symbol is None else known_symbol(symbol, core)


def known_symbol(symbol: str, core: Core) -> SymbolSpec:
    """Return a symbol's specification, -1121 when there is no such symbol."""
    spec = core.symbols.get(symbol)
    if spec is None:
        raise ApiError(-1121, "Invalid symbol.")
    return spec


def check_status(spec: SymbolSpec, *, closing: bool) -> None:
    """Refuse an order in a pair that does not trade, or that may only be closed."""
    if spec.status is SymbolStatus.TRADING or (closing and spec.status.may_close):
        return
    if spec.status.is_settled:
        raise ApiError(-4141, "Symbol is closed")
    raise ApiError(-4140, "Invalid symbol status for opening position")


def read_word(params: Params, name: str, words: type[_Word], refusal: ApiError) -> _Word:
    """Return a mandatory word of an enumeration."""
    try:
        return words(require(params, name))
    except ValueError:
        raise refusal from None


def read_side(params: Params) -> Side:
    """Return the mandatory order side."""
    return read_word(params, "side", Side, invalid_side())


def read_position_side(params: Params) -> PositionSide:
    """Return the position side, BOTH unless sent."""
    refusal = ApiError(-4060, "Invalid position side.")
    return params.choice("positionSide", PositionSide, refusal) or PositionSide.BOTH


def check_mode(params: Params, position_side: PositionSide, *, dual_side: bool) -> None:
    """Refuse what does not fit the position mode: reduceOnly in hedge mode, and the wrong position side."""
    if dual_side and params.has("reduceOnly"):
        raise not_required("reduceOnly")
    check_mode_side(position_side, dual_side=dual_side)


def check_mode_side(position_side: PositionSide, *, dual_side: bool) -> None:
    """Refuse LONG and SHORT in one-way mode, and BOTH in hedge mode."""
    if dual_side == (position_side is PositionSide.BOTH):
        raise ApiError(-4061, "Order's position side does not match user's setting.")


def read_order_type(params: Params, algo_types: frozenset[str]) -> OrderType:
    """Return the mandatory type of an ordinary order; conditional types belong to another endpoint."""
    word = require(params, "type")
    if word in algo_types:
        raise ApiError(
            -4120, "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead."
        )
    return read_word(params, "type", OrderType, ApiError(-1116, "Invalid orderType."))


def read_time_in_force(params: Params) -> TimeInForce | None:
    """Return how long an order stays, None when not sent."""
    return params.choice("timeInForce", TimeInForce, ApiError(-1115, "Invalid timeInForce."))


def read_client_id(params: Params, name: str) -> str:
    """Return the client's id, a random one when not sent; an empty one is -1105."""
    client_id = params.optional_text(name)
    if client_id is None:
        return secrets.token_hex(11)
    if len(client_id) > 36:
        raise ApiError(-4015, "Client order id length should not be more than 36 chars")
    if not _CLIENT_ID.fullmatch(client_id):
        raise ApiError(-4015, "Client order id is not valid.")
    return client_id


def read_good_till(params: Params, time_in_force: TimeInForce | None, now_ms: int) -> int:
    """Return when a GTD order ends, in ms with the ms part cut; zero for all others."""
    if time_in_force is not TimeInForce.GTD:
        return 0
    require(params, "goodTillDate")
    good_till_ms = params.integer("goodTillDate") // 1000 * 1000
    if not now_ms + 600_000 < good_till_ms < _LAST_GOOD_TILL_MS:
        raise ApiError(
            -5040,
            "The goodTillDate timestamp must be greater than the current time plus 600 seconds and smaller than "
            f"{_LAST_GOOD_TILL_MS}",
        )
    return good_till_ms


def read_self_trade_prevention(params: Params) -> str:
    """Return the self-trade prevention mode, EXPIRE_MAKER unless sent."""
    mode = params.optional_text("selfTradePreventionMode") or "EXPIRE_MAKER"
    if mode not in _SELF_TRADE_PREVENTIONS:
        raise ApiError(-5039, "Invalid self trade prevention mode")
    return mode


def read_price_match(params: Params, *, is_limit: bool) -> str:
    """Return the priceMatch word, NONE unless sent; only for limit orders without a price."""
    word = params.optional_text("priceMatch") or "NONE"
    if word not in _PRICE_MATCHES:
        raise ApiError(-5037, "Invalid price match")
    if word != "NONE" and not is_limit:
        raise ApiError(-5038, "Price match only supports order type: LIMIT, STOP AND TAKE_PROFIT")
    if word != "NONE" and params.has("price"):
        raise ApiError(-5037, "Invalid price match")
    return word


def check_quantity(spec: SymbolSpec, quantity: Decimal, *, is_market: bool) -> None:
    """Refuse a quantity outside precision, LOT_SIZE or MARKET_LOT_SIZE."""
    if decimals_of(quantity) > spec.quantity_precision:
        raise ApiError(-1111, "Precision is over the maximum defined for this asset.")
    if quantity <= 0:
        raise ApiError(-4003, "Quantity less than zero.")
    if quantity < spec.min_quantity:
        raise ApiError(-4004, "Quantity less than min quantity.")
    if quantity > (spec.market_max_quantity if is_market else spec.max_quantity):
        raise ApiError(-4005, "Quantity greater than max quantity.")
    if (quantity - spec.min_quantity) % spec.step_size:
        raise ApiError(-4023, "Qty not increased by step size.")


def check_price(spec: SymbolSpec, price: Decimal) -> None:
    """Refuse a limit price outside precision or PRICE_FILTER; bounds of zero are off."""
    _check_decimals(spec, price)
    if price <= 0:
        raise ApiError(-4001, "Price less than 0.")
    if spec.min_price and price < spec.min_price:
        raise ApiError(-4013, "Price less than min price.")
    if spec.max_price and price > spec.max_price:
        raise ApiError(-4002, "Price greater than max price.")
    check_tick(spec, price)


def check_trigger_price(spec: SymbolSpec, price: Decimal, *, on_tick: bool) -> None:
    """Refuse a trigger price outside precision or PRICE_FILTER, whose ticks only count when on_tick."""
    _check_decimals(spec, price)
    if price <= 0:
        raise ApiError(-4006, "Stop price less than zero.")
    if spec.max_price and price > spec.max_price:
        raise ApiError(-4007, "Stop price greater than max price.")
    if spec.min_price and price < spec.min_price:
        raise ApiError(-4013, "Price less than min price.")
    if on_tick:
        check_tick(spec, price)


def check_trigger_band(spec: SymbolSpec, price: Decimal, mark: Decimal) -> None:
    """Refuse a trigger price further from the mark than PERCENT_PRICE allows, on either side."""
    if price > mark * spec.multiplier_up:
        raise ApiError(-4210, "Stop price is higher than price multiplier cap.")
    if price < mark * spec.multiplier_down:
        raise ApiError(-4211, "Stop price is lower than price multiplier floor.")


def check_tick(spec: SymbolSpec, price: Decimal) -> None:
    """Refuse a price between two ticks."""
    if (price - spec.min_price) % spec.tick_size:
        raise ApiError(-4014, "Price not increased by tick size.")


def _check_decimals(spec: SymbolSpec, price: Decimal) -> None:
    if decimals_of(price) > spec.price_precision:
        raise ApiError(-1111, "Precision is over the maximum defined for this asset.")


def check_percent_price(spec: SymbolSpec, side: Side, price: Decimal, mark: Decimal) -> None:
    """Refuse a limit price too far on its own bad side of the mark: buys too high, sells too low."""
    if side is Side.BUY and price > mark * spec.multiplier_up:
        raise ApiError(-4016, "Price is higher than mark price multiplier cap.")
    if side is Side.SELL and price < mark * spec.multiplier_down:
        raise ApiError(-4024, "Price is lower than mark price multiplier floor.")
