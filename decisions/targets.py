"""One target at the wanted price; targets move by cancel and place."""

from datetime import datetime
from decimal import Decimal

from decisions.actions import (
    AbandonTarget,
    Action,
    Cancel,
    ReadResting,
)
from decisions.orders import first, may_retry, newest_of, place, read_since, same_price, when_due
from decisions.view import TradeView
from domain.rejections import Rejection
from domain.terms import OrderState, Purpose


def target_step(trade: TradeView, now: datetime) -> Action | None:
    """Return the next step towards a target at the wanted price; targets move by cancel and place."""
    working = first(trade.orders, Purpose.TARGET, OrderState.WORKING)
    quantity = _target_quantity(trade)
    if working is not None:
        same = trade.target_price is not None and same_price(working.trigger_price, trade.target_price, trade.tick_size)
        return None if same and working.quantity == quantity else when_due(Cancel(working.id), working, now)
    if trade.target_price is None:
        return None
    newest = newest_of(trade.orders, Purpose.TARGET)
    if newest is not None and newest.state is OrderState.UNKNOWN:
        # As with the stop: the exchange takes only one, so a second one is safe once the first was not found.
        again = newest.queried and newest.quantity is None and may_retry(newest, now)
        return place(trade, Purpose.TARGET, None) if again else None
    if newest is None or newest.state is not OrderState.REJECTED or newest.triggered_at is not None:
        return place(trade, Purpose.TARGET, quantity)
    if newest.rejection in (Rejection.NOT_EXECUTED, Rejection.NO_POSITION_YET):
        return place(trade, Purpose.TARGET, quantity) if may_retry(newest, now) else None
    if newest.rejection is Rejection.ANOTHER_RESTS and newest.quantity is None:
        return place(trade, Purpose.TARGET, quantity) if read_since(trade, newest) else ReadResting(trade.position_id)
    return AbandonTarget(trade.position_id, newest.id)


def _target_quantity(trade: TradeView) -> Decimal | None:
    """Return None for a closePosition target, our own quantity where that cannot be or would take somebody else's too.

    One that was rejected because another rests is not tried a second time: on some venues stop and target count as one.
    """
    rejected = any(
        o.purpose is Purpose.TARGET and o.rejection is Rejection.ANOTHER_RESTS and o.quantity is None
        for o in trade.orders
    )
    return trade.own_quantity if trade.own_part_only or rejected else None
