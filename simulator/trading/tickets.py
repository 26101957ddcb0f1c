"""An ordinary order as asked for, before the account has been looked at."""

from dataclasses import dataclass
from decimal import Decimal

from simulator.errors import ApiError
from simulator.interfaces import SymbolSpec
from simulator.params import Params
from simulator.trading import filters
from simulator.trading.amounts import ZERO
from simulator.trading.core import Core
from simulator.trading.matching import matched_price
from simulator.trading.records import AlgoType, OrderType, PositionSide, Side, TimeInForce, closes

ALGO_TYPES = frozenset(str(algo_type) for algo_type in AlgoType)


@dataclass(frozen=True, slots=True)
class Ticket:
    """A well-formed order. price is zero for MARKET; fill_limit caps what may fill (an injected partial fill).

    close_position marks the child of a closePosition order, whose quantity is the position's.
    """

    spec: SymbolSpec
    side: Side
    position_side: PositionSide
    type: OrderType
    time_in_force: TimeInForce
    quantity: Decimal
    price: Decimal
    client_order_id: str
    reduce_only: bool = False
    close_position: bool = False
    price_match: str = "NONE"
    self_trade_prevention: str = "EXPIRE_MAKER"
    good_till_ms: int = 0
    wants_result: bool = False
    original_type: str = ""
    algo_id: int | None = None
    fill_limit: Decimal | None = None

    @property
    def is_closing(self) -> bool:
        """Return whether the order can only make its position smaller."""
        return closes(self.side, self.position_side, self.reduce_only)

    @property
    def is_market(self) -> bool:
        """Return whether the order takes whatever price there is."""
        return self.type is OrderType.MARKET

    @property
    def is_post_only(self) -> bool:
        """Return whether the order must rest before it trades."""
        return self.time_in_force in (TimeInForce.GTX, TimeInForce.RPI)


def read_ticket(params: Params, core: Core, *, dual_side: bool, now_ms: int) -> Ticket:
    """Read and check the parameters of a new order, in the order in which the exchange refuses them."""
    spec = filters.read_symbol(params, core)
    side = filters.read_side(params)
    order_type = filters.read_order_type(params, ALGO_TYPES)
    if params.optional_boolean("closePosition"):
        raise ApiError(-4136, f"Target strategy invalid for orderType {order_type},closePosition true")
    position_side = filters.read_position_side(params)
    is_market = order_type is OrderType.MARKET
    time_in_force = _read_time_in_force(params, is_market=is_market)
    client_order_id = filters.read_client_id(params, "newClientOrderId")
    filters.check_mode(params, position_side, dual_side=dual_side)
    reduce_only = bool(params.optional_boolean("reduceOnly"))
    price_match = filters.read_price_match(params, is_limit=not is_market)
    filters.require(params, "quantity")
    quantity = params.decimal("quantity")
    filters.check_quantity(spec, quantity, is_market=is_market)
    price = ZERO if is_market else read_limit_price(params, core, spec, side, price_match)
    return Ticket(
        spec=spec,
        side=side,
        position_side=position_side,
        type=order_type,
        time_in_force=time_in_force,
        quantity=quantity,
        price=price,
        client_order_id=client_order_id,
        reduce_only=reduce_only,
        price_match=price_match,
        self_trade_prevention=filters.read_self_trade_prevention(params),
        good_till_ms=filters.read_good_till(params, time_in_force, now_ms),
        wants_result=_wants_result(params),
    )


def _read_time_in_force(params: Params, *, is_market: bool) -> TimeInForce:
    if is_market:
        for name in ("timeInForce", "price"):
            if params.has(name):
                raise filters.not_required(name)
        return TimeInForce.GTC
    filters.require(params, "timeInForce")
    return filters.read_time_in_force(params) or TimeInForce.GTC


def read_limit_price(params: Params, core: Core, spec: SymbolSpec, side: Side, price_match: str) -> Decimal:
    """Return the checked limit price, taken from the book when priceMatch asks for it."""
    if price_match != "NONE":
        return matched_price(core.market, spec.symbol, side, price_match)
    filters.require(params, "price")
    price = params.decimal("price")
    filters.check_price(spec, price)
    filters.check_percent_price(spec, side, price, core.market.mark(spec.symbol))
    return price


def _wants_result(params: Params) -> bool:
    word = params.optional_text("newOrderRespType") or "ACK"
    if word not in ("ACK", "RESULT"):
        raise ApiError(-1136, "Invalid newOrderRespType.")
    return word == "RESULT"
