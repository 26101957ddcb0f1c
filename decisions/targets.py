"""One target at the wanted price: placed, or moved by placing the new one before the old one goes."""

from datetime import datetime
from decimal import Decimal

from decisions.actions import (
    AbandonTarget,
    Action,
    Cancel,
    ReadResting,
    RejectMove,
)
from decisions.orders import (
    is_pending,
    is_stale,
    may_retry,
    newest_of,
    place,
    read_since,
    rounds_anew,
    same_price,
    when_due,
)
from decisions.partial_targets import has_parts, partial_targets_step
from decisions.view import OrderView, TradeView
from domain.rejections import Rejection
from domain.terms import OrderState, Purpose


def target_step(trade: TradeView, now: datetime) -> Action | None:
    """Return the next step towards one target at the wanted price; one that rests goes when the other one rests."""
    if has_parts(trade):
        return partial_targets_step(trade, now)
    resting = [o for o in trade.orders if o.purpose is Purpose.TARGET and o.state is OrderState.WORKING]
    if trade.target_price is None:
        return when_due(Cancel(resting[0].id), resting[0], now) if resting else None
    fits = [target for target in resting if _fits(trade, target)]
    if fits:
        others = [target for target in resting if target is not fits[0]]
        return when_due(Cancel(others[0].id), others[0], now) if others else None
    old = next((target for target in resting if target.quantity is None), None)
    if old is not None and any(_is_at(trade, target, trade.own_quantity) for target in resting):
        return when_due(Cancel(old.id), old, now)
    return _replace_step(trade, old or resting[0], now) if resting else _place_step(trade, now)


def _fits(trade: TradeView, target: OrderView) -> bool:
    """Whether a target rests at the wanted price and would close what it is meant to."""
    return _is_at(trade, target, _target_quantity(trade))


def _is_at(trade: TradeView, target: OrderView, quantity: Decimal | None) -> bool:
    """Whether a target is at the wanted price and for this quantity, None = closePosition."""
    assert trade.target_price is not None
    return target.quantity == quantity and same_price(target.trigger_price, trade.target_price, trade.tick_size)


def _replace_step(trade: TradeView, resting: OrderView, now: datetime) -> Action | None:
    """Return the next step of a move: the new target beside the old one, with our own quantity beside one for all.

    Where the exchange takes none beside, the old one must go first; a new one refused for itself leaves the old one.
    """
    assert trade.target_price is not None
    if is_pending(trade.orders, Purpose.TARGET) or trade.own_quantity <= 0:
        return None
    quantity = trade.own_quantity if resting.quantity is None else _target_quantity(trade)
    newest = newest_of(trade.orders, Purpose.TARGET)
    if newest is None or not _just_rejected(newest, trade, now):
        return place(trade, Purpose.TARGET, quantity)
    if newest.rejection is Rejection.NOT_EXECUTED or _rounds_anew(trade, newest):
        return place(trade, Purpose.TARGET, quantity) if may_retry(newest, now) else None
    if newest.rejection in (Rejection.ANOTHER_RESTS, Rejection.NO_ROOM_FOR_STOPS):
        return when_due(Cancel(resting.id), resting, now)
    return RejectMove(trade.position_id, resting.trigger_price or trade.target_price, Purpose.TARGET)


def _just_rejected(newest: OrderView, trade: TradeView, now: datetime) -> bool:
    assert trade.target_price is not None
    same = same_price(newest.trigger_price, trade.target_price, trade.tick_size)
    rejected = newest.state is OrderState.REJECTED and newest.triggered_at is None
    return rejected and same and not is_stale(newest, now)


def _rounds_anew(trade: TradeView, rejected: OrderView) -> bool:
    return rejected.rejection is Rejection.PRECISION and rounds_anew(trade.orders, Purpose.TARGET)


def _place_step(trade: TradeView, now: datetime) -> Action | None:
    """Return the next try of a target while none rests."""
    assert trade.target_price is not None
    quantity = _target_quantity(trade)
    newest = newest_of(trade.orders, Purpose.TARGET)
    if newest is not None and newest.state is OrderState.UNKNOWN:
        # As with the stop: the exchange takes only one, so a second one is safe once the first was not found.
        again = newest.queried and newest.quantity is None and may_retry(newest, now)
        return place(trade, Purpose.TARGET, None) if again else None
    if newest is None or newest.state is not OrderState.REJECTED or newest.triggered_at is not None:
        return place(trade, Purpose.TARGET, quantity)
    passing = newest.rejection in (Rejection.NOT_EXECUTED, Rejection.NO_POSITION_YET)
    if passing or _rounds_anew(trade, newest):
        return place(trade, Purpose.TARGET, quantity) if may_retry(newest, now) else None
    if newest.rejection is Rejection.ANOTHER_RESTS and newest.quantity is None:
        return place(trade, Purpose.TARGET, quantity) if read_since(trade, newest) else ReadResting(trade.position_id)
    return AbandonTarget(trade.position_id, newest.id)


def _target_quantity(trade: TradeView) -> Decimal | None:
    """Return None for a closePosition target, our own quantity where that cannot be or would take somebody else's too.

    One that was rejected because another rests is not tried a second time: on some venues stop and target count as one.
    Nor is one that was rejected for itself at this price, while another with our own quantity rests there.
    """
    targets = [o for o in trade.orders if o.purpose is Purpose.TARGET]
    rejected = any(o.rejection is Rejection.ANOTHER_RESTS and o.quantity is None for o in targets) or (
        any(o.state is OrderState.WORKING and o.quantity is not None for o in targets)
        and any(_is_refused_here(trade, o) for o in targets)
    )
    return trade.own_quantity if trade.own_part_only or trade.closers_collide or rejected else None


def _is_refused_here(trade: TradeView, target: OrderView) -> bool:
    lasting = target.rejection not in (None, Rejection.NOT_EXECUTED, Rejection.PRECISION, Rejection.NO_POSITION_YET)
    return lasting and target.triggered_at is None and trade.target_price is not None and _is_at(trade, target, None)
