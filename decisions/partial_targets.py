"""Several targets of one trade, each for its part and under its number; they move by cancel and place."""

from datetime import datetime
from decimal import Decimal

from decisions.actions import (
    AbandonTarget,
    Action,
    Cancel,
    PlaceProtection,
    ReadResting,
)
from decisions.orders import first, may_retry, newest_of, read_since, rounds_anew, same_price, when_due
from decisions.view import OrderView, TradeView, WantedTarget
from domain.rejections import Rejection
from domain.terms import OrderState, Purpose


def has_parts(trade: TradeView) -> bool:
    """Whether several targets take the place of the one for all of it."""
    return trade.exits is not None and bool(trade.exits.plan.targets)


def partial_targets_step(trade: TradeView, now: datetime) -> Action | None:
    """Return the next step towards the targets that are left, each at its price; those of another plan go first."""
    wanted = parts_left(trade)
    numbers = {target.number for target in wanted}
    for order in trade.orders:
        if order.purpose is Purpose.TARGET and order.state is OrderState.WORKING and order.target_number not in numbers:
            return when_due(Cancel(order.id), order, now)
    steps = (_one_step(trade, target, now) for target in wanted)
    return next((step for step in steps if step is not None), None)


def parts_left(trade: TradeView) -> tuple[WantedTarget, ...]:
    """Return the targets that are left of the plan; none for a trade with one target for all of it.

    The last may be closePosition. It has our own quantity where that cannot be or would take somebody else's too; one
    that was rejected because another rests is not tried a second time: on some venues stop and target count as one.
    """
    if not has_parts(trade) or trade.exits is None:
        return ()
    wanted = trade.exits.targets
    rejected = any(
        o.purpose is Purpose.TARGET and o.rejection is Rejection.ANOTHER_RESTS and o.quantity is None
        for o in trade.orders
    )
    if not (trade.own_part_only or rejected):
        return wanted
    left = trade.own_quantity - sum((target.quantity for target in wanted if target.quantity is not None), Decimal(0))
    return tuple(t if t.quantity is not None else WantedTarget(t.number, t.price, left) for t in wanted)


def newest_try(trade: TradeView, target: WantedTarget) -> OrderView | None:
    """Return the last order that was meant to take a target."""
    return newest_of([order for order in trade.orders if order.target_number == target.number], Purpose.TARGET)


def _one_step(trade: TradeView, target: WantedTarget, now: datetime) -> Action | None:
    """Return the next step towards one target."""
    orders = [order for order in trade.orders if order.target_number == target.number]
    working = first(orders, Purpose.TARGET, OrderState.WORKING)
    if working is not None:
        same = same_price(working.trigger_price, target.price, trade.tick_size) and working.quantity == target.quantity
        return None if same else when_due(Cancel(working.id), working, now)
    newest = newest_try(trade, target)
    if newest is not None and newest.state is OrderState.UNKNOWN:
        # Of closePosition the exchange takes only one; of a quantity it would take a second.
        again = newest.queried and newest.quantity is None and target.quantity is None and may_retry(newest, now)
        return _place(trade, target) if again else None
    if newest is not None and newest.quantity is not None and not newest.final:
        return None  # it fires; what it leaves is known when it has ended
    if newest is None or newest.state is not OrderState.REJECTED or newest.triggered_at is not None:
        return _place(trade, target)
    return _after_rejected(trade, target, newest, now)


def _after_rejected(trade: TradeView, target: WantedTarget, newest: OrderView, now: datetime) -> Action | None:
    passing = newest.rejection in (Rejection.NOT_EXECUTED, Rejection.NO_POSITION_YET)
    if passing or (newest.rejection is Rejection.PRECISION and rounds_anew(trade.orders, Purpose.TARGET)):
        return _place(trade, target) if may_retry(newest, now) else None
    if newest.rejection is Rejection.ANOTHER_RESTS and newest.quantity is None:
        return _place(trade, target) if read_since(trade, newest) else ReadResting(trade.position_id)
    return AbandonTarget(trade.position_id, newest.id, target.number)


def _place(trade: TradeView, target: WantedTarget) -> PlaceProtection:
    return PlaceProtection(
        trade.position_id, Purpose.TARGET, target.price, target.quantity, target_number=target.number
    )
