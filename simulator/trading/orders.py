"""The life of an ordinary order: accepted, matched, resting, amended, cancelled."""

from dataclasses import replace
from decimal import Decimal

from simulator.errors import ApiError
from simulator.interfaces import SymbolStatus
from simulator.trading.accounts import AccountState
from simulator.trading.algo_states import finish_child
from simulator.trading.amounts import ZERO
from simulator.trading.core import Core
from simulator.trading.events import send_order
from simulator.trading.fills import expire, fill
from simulator.trading.matching import Level, crossed_levels, market_levels, offered, take, within_limit
from simulator.trading.order_checks import check_ticket
from simulator.trading.records import Amendment, Order, OrderStatus, OrderType, Side, TimeInForce
from simulator.trading.tickets import Ticket


def place(core: Core, account: AccountState, ticket: Ticket, time_ms: int) -> tuple[Order, Order]:
    """Place an order and match it at once; return it as accepted and as it then stands.

    Raises:
        ApiError: refused, nothing has changed.
    """
    levels = admit(core, account, ticket)
    accepted = accept(core, account, ticket, time_ms)
    return accepted, execute(core, account, accepted, levels, time_ms)


def admit(core: Core, account: AccountState, ticket: Ticket) -> list[Level]:
    """Return the book levels an order would trade against, or refuse it."""
    check_ticket(core, account, ticket)
    if ticket.is_market:
        return market_levels(core.market, ticket.spec, ticket.side)
    levels = crossed_levels(core.market, ticket.spec.symbol, ticket.side, ticket.price)
    if ticket.is_post_only and levels:
        raise ApiError(-5022, "Due to the order could not be executed as maker, the Post Only order will be rejected.")
    if ticket.time_in_force is TimeInForce.FOK and offered(levels, ticket.spec.step_size) < ticket.quantity:
        raise ApiError(-5021, "Due to the order could not be filled immediately, the FOK order has been rejected.")
    return levels


def accept(core: Core, account: AccountState, ticket: Ticket, time_ms: int) -> Order:
    """Give an admitted order its number and tell its owner."""
    order = Order(
        order_id=core.counters.take("order"),
        symbol=ticket.spec.symbol,
        client_order_id=ticket.client_order_id,
        side=ticket.side,
        position_side=ticket.position_side,
        type=ticket.type,
        time_in_force=ticket.time_in_force,
        quantity=ticket.quantity,
        price=ticket.price,
        reduce_only=ticket.reduce_only,
        close_position=ticket.close_position,
        price_match=ticket.price_match,
        self_trade_prevention=ticket.self_trade_prevention,
        good_till_ms=ticket.good_till_ms,
        original_type=ticket.original_type or str(ticket.type),
        created_ms=time_ms,
        updated_ms=time_ms,
        algo_id=ticket.algo_id,
        fill_limit=ticket.fill_limit,
    )
    account.put_order(order)
    send_order(core, account, order, "NEW")
    return order


def execute(core: Core, account: AccountState, order: Order, levels: list[Level], time_ms: int) -> Order:
    """Match an accepted order against the book; what may not rest expires."""
    step = core.symbols[order.symbol].step_size
    for price, quantity in take(levels, order.fillable, step):
        order = fill(core, account, order, price, quantity, maker=False, time_ms=time_ms)
    if not order.is_open:
        return order
    if order.type is OrderType.MARKET or order.fillable <= 0:
        return expire(core, account, order, "9", time_ms)
    if order.time_in_force in (TimeInForce.IOC, TimeInForce.FOK):
        return expire(core, account, order, "2", time_ms)
    return order


def match_resting(core: Core, account: AccountState, symbol: str, time_ms: int) -> None:
    """Fill, as maker and at their own price, the resting orders that the market has reached."""
    resting = account.open_orders(symbol)
    if not resting:
        return
    last = core.market.last(symbol)
    step = core.symbols[symbol].step_size
    for order in resting:
        current = account.order(order.order_id)
        if current is None or not current.is_open:
            continue  # knocked out by a fill of this very round
        quantity = _reached(core, current, last, step)
        if quantity <= 0:
            continue
        current = fill(core, account, current, current.price, quantity, maker=True, time_ms=time_ms)
        if current.is_open and current.fillable <= 0:
            expire(core, account, current, "9", time_ms)


def _reached(core: Core, order: Order, last: Decimal, step: Decimal) -> Decimal:
    """Return how much of a resting order fills: all when trades went through its price, else what the book offers."""
    if within_limit(order.side, last, order.price):
        return order.fillable
    bid, ask = core.market.touch(order.symbol)
    if not within_limit(order.side, ask if order.side is Side.BUY else bid, order.price):
        return ZERO
    crossing = offered(crossed_levels(core.market, order.symbol, order.side, order.price), step)
    return min(order.fillable, crossing)


def cancel(core: Core, account: AccountState, order: Order, time_ms: int) -> Order:
    """Cancel an open order on its owner's behalf."""
    order = account.put_order(replace(order, status=OrderStatus.CANCELED, updated_ms=time_ms))
    send_order(core, account, order, "CANCELED")
    finish_child(core, account, order, time_ms)
    return order


def amend(
    core: Core,
    account: AccountState,
    order: Order,
    *,
    quantity: Decimal,
    price: Decimal,
    modify_id: int | None,
    time_ms: int,
) -> Order:
    """Change price and quantity of an open LIMIT order; it may match at once at its new price.

    modify_id is the owner's own name for the change, told with its event.

    Raises:
        ApiError: -5024 the pair does not trade,
            -5027 nothing changes, -5022 a post-only order would trade, or any refusal of a new order.
    """
    if core.symbols[order.symbol].status is not SymbolStatus.TRADING:
        raise ApiError(-5024, "Symbol is not in trading status. Order amendment is not permitted.")
    if quantity == order.quantity and price == order.price:
        raise ApiError(-5027, "No need to modify the order.")
    if quantity <= order.executed:
        return cancel(core, account, order, time_ms)
    levels = _readmit(core, account, order, quantity, price)
    before = order
    order = account.put_order(replace(order, quantity=quantity, price=price, price_match="NONE", updated_ms=time_ms))
    _note_amendment(core, account, before, order)
    send_order(core, account, order, "AMENDMENT", modify_id=modify_id)
    return execute(core, account, order, levels, time_ms)


def _note_amendment(core: Core, account: AccountState, before: Order, after: Order) -> None:
    """Write an order's change into its history."""
    earlier = account.amendments_of(after.symbol, after.order_id)
    amendment = Amendment(
        amendment_id=core.counters.take("amendment"),
        order_id=after.order_id,
        symbol=after.symbol,
        client_order_id=after.client_order_id,
        price_before=before.price,
        price_after=after.price,
        quantity_before=before.quantity,
        quantity_after=after.quantity,
        number=len(earlier) + 1,
        time_ms=after.updated_ms,
    )
    account.amendments.put(str(amendment.amendment_id), amendment)


def _readmit(core: Core, account: AccountState, order: Order, quantity: Decimal, price: Decimal) -> list[Level]:
    """Check the amended order as if the old one were not there."""
    ticket = Ticket(
        spec=core.symbols[order.symbol],
        side=order.side,
        position_side=order.position_side,
        type=order.type,
        time_in_force=order.time_in_force,
        quantity=quantity - order.executed,
        price=price,
        client_order_id="",  # it keeps its own, which is taken: by itself
        reduce_only=order.reduce_only,
    )
    with account.without_order(order):
        return admit(core, account, ticket)
