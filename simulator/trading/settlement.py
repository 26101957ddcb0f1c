"""The end of a pair: what accounts still hold of it is closed by the exchange, what rests there ends.

Source: Binance USDⓈ-M Futures documentation, "Event: Order Update" (settlement orders, expiry reason 7).
"""

from dataclasses import replace

from simulator.trading.accounts import AccountState
from simulator.trading.algo_states import put_state
from simulator.trading.amounts import ceiling_to, floor_to
from simulator.trading.core import Core
from simulator.trading.events import send_order
from simulator.trading.fills import expire, fill_forced
from simulator.trading.records import AlgoStatus, Order, OrderType, Position, Side, TimeInForce

_DELISTED = "7"


def settle(core: Core, account: AccountState, symbol: str, time_ms: int) -> None:
    """Close an account's positions of a pair at its mark price, without a fee, and end all its orders there."""
    for order in account.open_orders(symbol):
        expire(core, account, order, _DELISTED, time_ms)
    for algo in account.open_algos(symbol):
        put_state(core, account, replace(algo, status=AlgoStatus.EXPIRED, updated_ms=time_ms))
    held = [position for position in list(account.positions.values()) if position.symbol == symbol]
    for index, position in enumerate(held):
        close_by_exchange(core, account, position, f"settlement_autoclose-{time_ms}{index or ''}", time_ms)


def close_by_exchange(
    core: Core, account: AccountState, position: Position, client_order_id: str, time_ms: int, *, auto_close: str = ""
) -> Order:
    """Close a position at the mark, a tick's fraction to its disadvantage, by an order of the exchange's own."""
    spec = core.symbols[position.symbol]
    mark = core.market.mark(position.symbol)
    is_long = position.amount > 0
    price = floor_to(mark, spec.tick_size) if is_long else ceiling_to(mark, spec.tick_size)
    order = Order(
        order_id=core.counters.take("order"),
        symbol=position.symbol,
        client_order_id=client_order_id,
        side=Side.SELL if is_long else Side.BUY,
        position_side=position.side,
        type=OrderType.LIMIT,
        time_in_force=TimeInForce.IOC,
        quantity=abs(position.amount),
        price=price,
        reduce_only=False,
        close_position=False,
        price_match="NONE",
        self_trade_prevention="NONE",
        good_till_ms=0,
        original_type="LIMIT",
        created_ms=time_ms,
        updated_ms=time_ms,
        auto_close=auto_close,
    )
    account.put_order(order)
    send_order(core, account, order, "NEW")
    return fill_forced(core, account, order, price, order.quantity, time_ms=time_ms)
