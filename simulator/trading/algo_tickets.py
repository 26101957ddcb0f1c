"""A conditional order as asked for, before the account has been looked at.

Source: Binance USDⓈ-M Futures documentation, "New Algo Order".
"""

from dataclasses import dataclass
from decimal import Decimal

from simulator.errors import ApiError
from simulator.interfaces import SymbolSpec
from simulator.params import Params
from simulator.trading import filters
from simulator.trading.amounts import ZERO
from simulator.trading.core import Core
from simulator.trading.records import AlgoType, PositionSide, Side, TimeInForce, WorkingType

_LEAST_CALLBACK = Decimal("0.1")
_LARGEST_CALLBACK = Decimal(20)


@dataclass(frozen=True, slots=True)
class AlgoTicket:
    """A well-formed conditional order. quantity is zero with close_position, trigger_price zero when trailing."""

    spec: SymbolSpec
    side: Side
    position_side: PositionSide
    type: AlgoType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal
    trigger_price: Decimal
    working_type: WorkingType
    price_match: str
    close_position: bool
    price_protect: bool
    reduce_only: bool
    activate_price: Decimal | None
    callback_rate: Decimal | None
    client_algo_id: str
    self_trade_prevention: str
    good_till_ms: int


def read_algo_ticket(params: Params, core: Core, *, dual_side: bool, now_ms: int) -> AlgoTicket:
    """Read and check the parameters of a new conditional order, in the order in which the exchange refuses them."""
    if filters.require(params, "algoType") != "CONDITIONAL":
        raise ApiError(-4500, "Invalid algo type.")
    spec = filters.read_symbol(params, core)
    if not params.sent("side"):
        raise filters.invalid_side()
    side = filters.read_side(params)
    algo_type = filters.read_word(params, "type", AlgoType, ApiError(-1116, "Invalid orderType."))
    position_side = filters.read_position_side(params)
    time_in_force = filters.read_time_in_force(params) or TimeInForce.GTC
    working_type = _read_working_type(params)
    client_algo_id = filters.read_client_id(params, "clientAlgoId")
    filters.check_mode(params, position_side, dual_side=dual_side)
    close_position = bool(params.optional_boolean("closePosition"))
    if close_position:
        _check_close_position(params, algo_type, side, position_side)
    is_limit = algo_type in (AlgoType.STOP, AlgoType.TAKE_PROFIT)
    price_match = filters.read_price_match(params, is_limit=is_limit)
    quantity = ZERO if close_position else _read_quantity(params, spec, is_market=not is_limit)
    trigger_price = _read_trigger_price(params, core, spec, algo_type)
    activate_price, callback_rate = _read_trailing(params, core, spec, algo_type)
    return AlgoTicket(
        spec=spec,
        side=side,
        position_side=position_side,
        type=algo_type,
        time_in_force=time_in_force,
        quantity=quantity,
        price=_read_price(params, spec, side, trigger_price, needed=is_limit and price_match == "NONE"),
        trigger_price=trigger_price,
        working_type=working_type,
        price_match=price_match,
        close_position=close_position,
        price_protect=bool(params.optional_boolean("priceProtect")),
        reduce_only=bool(params.optional_boolean("reduceOnly")) or close_position,
        activate_price=activate_price,
        callback_rate=callback_rate,
        client_algo_id=client_algo_id,
        self_trade_prevention=filters.read_self_trade_prevention(params),
        good_till_ms=filters.read_good_till(params, time_in_force, now_ms),
    )


def _read_working_type(params: Params) -> WorkingType:
    word = params.optional_text("workingType") or "CONTRACT_PRICE"
    try:
        return WorkingType(word)
    except ValueError:
        raise ApiError(-4031, f"Invalid parameter working type: `{word}`") from None


def _check_close_position(params: Params, algo_type: AlgoType, side: Side, position_side: PositionSide) -> None:
    if algo_type not in (AlgoType.STOP_MARKET, AlgoType.TAKE_PROFIT_MARKET):
        raise ApiError(-4136, f"Target strategy invalid for orderType {algo_type},closePosition true")
    if params.has("quantity") and params.decimal("quantity"):
        raise ApiError(-4137, "Quantity must be zero with closePosition equals true")
    if params.has("reduceOnly"):
        if not params.optional_boolean("reduceOnly"):
            raise ApiError(-4138, "Reduce only must be true with closePosition equals true")
        raise filters.not_required("reduceOnly")
    if position_side is not PositionSide.BOTH and (side is Side.BUY) == (position_side is PositionSide.LONG):
        raise ApiError(-2022, "ReduceOnly Order is rejected.")


def _read_quantity(params: Params, spec: SymbolSpec, *, is_market: bool) -> Decimal:
    filters.require(params, "quantity")
    quantity = params.decimal("quantity")
    filters.check_quantity(spec, quantity, is_market=is_market)
    return quantity


def _read_trigger_price(params: Params, core: Core, spec: SymbolSpec, algo_type: AlgoType) -> Decimal:
    if algo_type is AlgoType.TRAILING_STOP_MARKET:
        if params.has("triggerPrice"):
            raise filters.not_required("triggerPrice")
        return ZERO
    filters.require(params, "triggerPrice")
    trigger_price = params.decimal("triggerPrice")
    filters.check_trigger_price(spec, trigger_price, on_tick=core.switches.tick_on_triggers)
    if core.switches.bound_stop_prices:
        filters.check_trigger_band(spec, trigger_price, core.market.mark(spec.symbol))
    return trigger_price


def _read_price(params: Params, spec: SymbolSpec, side: Side, trigger_price: Decimal, *, needed: bool) -> Decimal:
    if not needed:
        if params.has("price"):
            raise filters.not_required("price")
        return ZERO
    filters.require(params, "price")
    price = params.decimal("price")
    filters.check_price(spec, price)
    if side is Side.BUY and price > trigger_price * spec.multiplier_up:
        raise ApiError(-4183, "Price is higher than stop price multiplier cap.")
    if side is Side.SELL and price < trigger_price * spec.multiplier_down:
        raise ApiError(-4184, "Price is lower than stop price multiplier floor.")
    return price


def _read_trailing(
    params: Params, core: Core, spec: SymbolSpec, algo_type: AlgoType
) -> tuple[Decimal | None, Decimal | None]:
    if algo_type is not AlgoType.TRAILING_STOP_MARKET:
        for name in ("activatePrice", "callbackRate"):
            if params.has(name):
                raise filters.not_required(name)
        return None, None
    filters.require(params, "callbackRate")
    callback_rate = params.decimal("callbackRate")
    if not _LEAST_CALLBACK <= callback_rate <= _LARGEST_CALLBACK:
        raise ApiError(-1130, "Data sent for parameter 'callbackRate' is not valid.")
    activate_price = params.optional_decimal("activatePrice")
    if activate_price is not None:
        if activate_price <= 0:
            raise ApiError(-4135, "Invalid activation price")
        filters.check_trigger_price(spec, activate_price, on_tick=core.switches.tick_on_triggers)
    return activate_price, callback_rate
