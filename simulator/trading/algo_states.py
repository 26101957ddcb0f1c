"""How conditional orders end: by their child's end, or with the position they were to close."""

from dataclasses import replace

from simulator.trading.accounts import AccountState
from simulator.trading.core import Core
from simulator.trading.events import send_algo
from simulator.trading.records import AlgoOrder, AlgoStatus, Order, Position, Side, closes


def put_state(core: Core, account: AccountState, algo: AlgoOrder) -> AlgoOrder:
    """Store a conditional order's new state and tell its owner."""
    account.put_algo(algo)
    send_algo(core, account, algo)
    return algo


def finish_child(core: Core, account: AccountState, child: Order, time_ms: int) -> None:
    """Follow a child order: keep what it filled, and finish the conditional order when the child is final."""
    algo = None if child.algo_id is None else account.algo(child.algo_id)
    if algo is None:
        return
    algo = replace(algo, executed=child.executed, average=child.average, updated_ms=time_ms)
    if child.is_open:
        account.put_algo(algo)
    else:
        put_state(core, account, replace(algo, status=AlgoStatus.FINISHED))


def expire_closers(core: Core, account: AccountState, position: Position, time_ms: int) -> None:
    """Expire the closePosition orders of a slot whose position is gone or has changed sides.

    Closing orders with a quantity stay, and fail at their trigger, unless the switch lets them go as well.
    """
    for algo in account.open_algos(position.symbol):
        ends = algo.close_position or (
            not core.switches.quantity_stop_outlives_position
            and closes(algo.side, algo.position_side, algo.reduce_only)
        )
        if not ends or algo.position_side is not position.side:
            continue
        closes_it = position.amount > 0 if algo.side is Side.SELL else position.amount < 0
        if not closes_it:
            put_state(core, account, replace(algo, status=AlgoStatus.EXPIRED, updated_ms=time_ms))
