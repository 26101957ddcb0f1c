"""The life of a conditional order: placed, watched, triggered, cancelled.

Source: Binance USDⓈ-M Futures documentation, "New Algo Order" and "Event: Algo Order Update".
"""

from dataclasses import replace
from decimal import Decimal

from simulator.endpoints import EngineFault
from simulator.errors import ApiError
from simulator.trading.accounts import AccountState
from simulator.trading.algo_states import put_state
from simulator.trading.algo_tickets import AlgoTicket
from simulator.trading.amounts import ZERO, floor_to
from simulator.trading.core import Core
from simulator.trading.events import send_algo
from simulator.trading.filters import check_percent_price, check_status
from simulator.trading.matching import matched_price
from simulator.trading.orders import accept, admit, execute
from simulator.trading.records import (
    AlgoOrder,
    AlgoStatus,
    AlgoType,
    OrderType,
    Side,
    TimeInForce,
    WorkingType,
    closes,
)
from simulator.trading.tickets import Ticket

MAX_OPEN_ALGOS = 200


def place_algo(
    core: Core, account: AccountState, ticket: AlgoTicket, time_ms: int, fault: EngineFault | None
) -> AlgoOrder:
    """Accept a conditional order; margin is not looked at before the trigger.

    Raises:
        ApiError: -4045 too many, -4116 (by default) duplicate open id, -4509 nothing to close, -4130 such a closer
            rests already, -2021 the condition already holds.
    """
    price = _working_price(core, ticket.spec.symbol, ticket.working_type)
    _check_algo(core, account, ticket, price)
    algo = put_state(core, account, _new_algo(core, ticket, price, time_ms, fault))
    if algo.type is AlgoType.TRAILING_STOP_MARKET and ticket.activate_price is None:
        algo = put_state(core, account, replace(algo, activated=True))
    return algo


def _new_algo(core: Core, ticket: AlgoTicket, price: Decimal, time_ms: int, fault: EngineFault | None) -> AlgoOrder:
    trailing = ticket.type is AlgoType.TRAILING_STOP_MARKET
    closer_tif = core.switches.close_position_time_in_force
    return AlgoOrder(
        algo_id=core.counters.take("algo"),
        client_algo_id=ticket.client_algo_id,
        symbol=ticket.spec.symbol,
        side=ticket.side,
        position_side=ticket.position_side,
        type=ticket.type,
        time_in_force=closer_tif if ticket.close_position else str(ticket.time_in_force),
        quantity=ticket.quantity,
        price=ticket.price,
        trigger_price=ticket.trigger_price,
        working_type=ticket.working_type,
        price_match=ticket.price_match,
        close_position=ticket.close_position,
        price_protect=ticket.price_protect,
        reduce_only=ticket.reduce_only,
        activate_price=(ticket.activate_price or price) if trailing else None,
        callback_rate=ticket.callback_rate,
        self_trade_prevention=ticket.self_trade_prevention,
        good_till_ms=ticket.good_till_ms,
        created_ms=time_ms,
        updated_ms=time_ms,
        extreme=price if trailing else None,
        fault_kind=fault.kind if fault else "",
        fault_fraction=fault.fraction if fault else "",
    )


def _check_algo(core: Core, account: AccountState, ticket: AlgoTicket, price: Decimal) -> None:
    check_status(ticket.spec, closing=closes(ticket.side, ticket.position_side, ticket.reduce_only))
    if account.algos.open_count >= MAX_OPEN_ALGOS:
        raise ApiError(-4045, "Reach max stop order limit.")
    if account.open_algo_of_client_id(ticket.client_algo_id) is not None:
        raise ApiError(core.switches.duplicate_algo_id_code, "ClientOrderId is duplicated.")
    if ticket.close_position:
        _check_closer(core, account, ticket)
    if _fires_at_once(ticket, price):
        raise ApiError(-2021, "Order would immediately trigger.")


def _check_closer(core: Core, account: AccountState, ticket: AlgoTicket) -> None:
    amount = account.position(ticket.spec.symbol, ticket.position_side).amount
    if not (amount > 0 if ticket.side is Side.SELL else amount < 0):
        raise ApiError(
            -4509,
            "Time in Force (TIF) GTE can only be used with open positions. Please ensure that positions are available.",
        )
    takes_profit = ticket.type is AlgoType.TAKE_PROFIT_MARKET
    by_family = core.switches.close_position_key_includes_family
    for other in account.open_algos(ticket.spec.symbol):
        same_place = other.side is ticket.side and other.position_side is ticket.position_side
        same_family = other.is_profit_taking == takes_profit or not by_family
        if other.close_position and same_place and same_family:
            raise ApiError(
                -4130, "An open stop or take profit order with GTE and closePosition in the direction is existing."
            )


def _fires_at_once(ticket: AlgoTicket, price: Decimal) -> bool:
    if ticket.type is AlgoType.TRAILING_STOP_MARKET:
        if ticket.activate_price is None:
            return False
        buying = ticket.side is Side.BUY
        return ticket.activate_price >= price if buying else ticket.activate_price <= price
    takes_profit = ticket.type in (AlgoType.TAKE_PROFIT, AlgoType.TAKE_PROFIT_MARKET)
    return _condition_holds(ticket.side, ticket.trigger_price, price, takes_profit=takes_profit)


def _condition_holds(side: Side, trigger_price: Decimal, price: Decimal, *, takes_profit: bool) -> bool:
    rising = (side is Side.BUY) != takes_profit
    return price >= trigger_price if rising else price <= trigger_price


def cancel_algo(core: Core, account: AccountState, algo: AlgoOrder, time_ms: int) -> AlgoOrder:
    """Cancel a waiting conditional order on its owner's behalf."""
    return put_state(core, account, replace(algo, status=AlgoStatus.CANCELED, updated_ms=time_ms))


def watch(core: Core, account: AccountState, symbol: str, time_ms: int) -> None:
    """Trigger the symbol's conditional orders whose price has come, oldest first."""
    waiting = account.open_algos(symbol)
    if not waiting:
        return
    prices = {working_type: _working_price(core, symbol, working_type) for working_type in WorkingType}
    protected = _too_far_apart(core, symbol, prices)
    for algo in waiting:
        price = prices[algo.working_type]
        if algo.type is AlgoType.TRAILING_STOP_MARKET:
            fires = _trail(core, account, algo, price, time_ms)
        else:
            fires = _condition_holds(algo.side, algo.trigger_price, price, takes_profit=algo.is_profit_taking)
        if not fires or (algo.price_protect and protected):
            continue
        current = account.algo(algo.algo_id)  # an earlier one of this round may have ended it
        if current is not None and current.is_open:
            trigger(core, account, current, time_ms)


def _working_price(core: Core, symbol: str, working_type: WorkingType) -> Decimal:
    return core.market.mark(symbol) if working_type is WorkingType.MARK_PRICE else core.market.last(symbol)


def _too_far_apart(core: Core, symbol: str, prices: dict[WorkingType, Decimal]) -> bool:
    mark, last = prices[WorkingType.MARK_PRICE], prices[WorkingType.CONTRACT_PRICE]
    return abs(mark - last) > core.symbols[symbol].trigger_protect * mark


def _trail(core: Core, account: AccountState, algo: AlgoOrder, price: Decimal, time_ms: int) -> bool:
    """Follow the price with a trailing stop and return whether it has turned back far enough."""
    current = account.algo(algo.algo_id)
    if current is None or not current.is_open:
        return False
    extreme = current.extreme or price
    activate_price, callback = current.activate_price or price, (current.callback_rate or ZERO) / 100
    if current.side is Side.BUY:
        extreme = min(extreme, price)
        activated = extreme <= activate_price
        fires = price >= extreme * (1 + callback)
    else:
        extreme = max(extreme, price)
        activated = extreme >= activate_price
        fires = price <= extreme * (1 - callback)
    if extreme != current.extreme or activated != current.activated:
        moved = account.put_algo(replace(current, extreme=extreme, activated=activated))
        if activated and not current.activated:
            send_algo(core, account, account.put_algo(replace(moved, updated_ms=time_ms)))
    return activated and fires


def trigger(core: Core, account: AccountState, algo: AlgoOrder, time_ms: int) -> None:
    """Begin to forward a conditional order whose price has come; at once, unless the switch keeps it TRIGGERING."""
    algo = put_state(
        core, account, replace(algo, status=AlgoStatus.TRIGGERING, triggered_ms=time_ms, updated_ms=time_ms)
    )
    if not core.switches.triggering_milliseconds:
        _forward(core, account, algo, time_ms)


def forward_due(core: Core, account: AccountState, time_ms: int) -> None:
    """Forward the conditional orders that have been TRIGGERING for as long as the switch says."""
    for algo in list(account.algos.triggering.values()):
        if algo.triggered_ms + core.switches.triggering_milliseconds <= time_ms:
            _forward(core, account, algo, time_ms)


def _forward(core: Core, account: AccountState, algo: AlgoOrder, time_ms: int) -> None:
    """Send a conditional order's child to be matched; a refused child leaves it REJECTED with the reason."""
    try:
        if algo.fault_kind == "reject_at_trigger" or core.refuses_child():
            raise ApiError(-2010, "NEW_ORDER_REJECTED")
        ticket = _child_ticket(core, account, algo)
        levels = admit(core, account, ticket)
    except ApiError as refusal:
        rejected = replace(algo, status=AlgoStatus.REJECTED, reject_reason=refusal.message, updated_ms=time_ms)
        put_state(core, account, rejected)
        return
    child = accept(core, account, ticket, time_ms)
    triggered = replace(
        algo, status=AlgoStatus.TRIGGERED, child_order_id=child.order_id, child_type=str(child.type), updated_ms=time_ms
    )
    put_state(core, account, triggered)
    execute(core, account, child, levels, time_ms)


def _child_ticket(core: Core, account: AccountState, algo: AlgoOrder) -> Ticket:
    spec = core.symbols[algo.symbol]
    position = account.position(algo.symbol, algo.position_side)
    quantity = abs(position.amount) if algo.close_position else algo.quantity
    price = algo.price
    if algo.price_match != "NONE":
        price = matched_price(core.market, algo.symbol, algo.side, algo.price_match)
    if algo.child_is_limit:
        check_percent_price(spec, algo.side, price, core.market.mark(algo.symbol))
    return Ticket(
        spec=spec,
        side=algo.side,
        position_side=algo.position_side,
        type=OrderType.LIMIT if algo.child_is_limit else OrderType.MARKET,
        time_in_force=TimeInForce(algo.time_in_force) if algo.child_is_limit else TimeInForce.GTC,
        quantity=quantity,
        price=price,
        client_order_id=algo.client_algo_id,
        reduce_only=algo.reduce_only,
        close_position=algo.close_position,
        price_match=algo.price_match,
        self_trade_prevention=algo.self_trade_prevention,
        good_till_ms=algo.good_till_ms if algo.child_is_limit else 0,
        original_type=core.switches.child_original_type if not algo.child_is_limit else "LIMIT",
        algo_id=algo.algo_id,
        fill_limit=fill_limit(algo.fault_kind, algo.fault_fraction, quantity, spec.step_size),
    )


def fill_limit(kind: str, fraction: str, quantity: Decimal, step: Decimal) -> Decimal | None:
    """Return how much of an order an injected fault lets fill, None when it lets all of it.

    A partial fill is cut to a whole step but never to nothing.
    """
    if kind == "unfilled":
        return ZERO
    if kind == "partial_fill":
        return max(min(step, quantity), floor_to(quantity * Decimal(fraction), step))
    return None
