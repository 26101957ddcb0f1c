"""One stop at the wanted price: placed, moved over an interim stop, replaced when the exchange does not take it."""

from collections.abc import Sequence
from datetime import datetime

from decisions.actions import (
    Action,
    Cancel,
    PlaceProtection,
    ReadResting,
    RejectMove,
)
from decisions.closing import close
from decisions.deadlines import LOOK_AGAIN_AFTER
from decisions.orders import (
    first,
    is_awaited,
    is_pending,
    is_stale,
    may_retry,
    newest_of,
    out_of_time,
    place,
    read_since,
    rounds_anew,
    same_price,
    tried_lately,
    when_due,
)
from decisions.view import OrderView, TradeView
from domain.rejections import Rejection
from domain.terms import CloseReason, OrderState, Purpose


def is_secured(trade: TradeView) -> bool:
    """Whether a stop rests that the exchange would execute for exactly what is ours now.

    One with a larger quantity would be refused when it fires, or take what is somebody else's.
    """
    stop = first(trade.orders, Purpose.STOP, OrderState.WORKING)
    return stop is not None or any(o.quantity == trade.own_quantity > 0 for o in _interims(trade))


def stop_is_settled(trade: TradeView) -> bool:
    """Whether exactly one stop rests, where it ought to, and nothing about another one is unknown.

    An interim stop alone is the middle of a move, unless no other can take its place.
    """
    resting = [
        order
        for order in trade.orders
        if order.purpose in (Purpose.STOP, Purpose.INTERIM) and order.state is OrderState.WORKING
    ]
    if trade.stop_price is None or len(resting) != 1 or is_pending(trade.orders, Purpose.INTERIM):
        return False
    newest = newest_of(trade.orders, Purpose.STOP)
    stays = trade.own_part_only or (newest is not None and newest.state is OrderState.REJECTED)
    if resting[0].purpose is Purpose.INTERIM and not stays:
        return False
    return is_secured(trade) and same_price(resting[0].trigger_price, trade.stop_price, trade.tick_size)


def _interims(trade: TradeView) -> list[OrderView]:
    return [o for o in trade.orders if o.purpose is Purpose.INTERIM and o.state is OrderState.WORKING]


def stop_step(trade: TradeView, now: datetime) -> tuple[Action | None, bool]:
    """Return the next step towards one stop at the wanted price, and whether a stop rests meanwhile.

    It is a closePosition stop, unless a external quantity is to be left alone: then, once that rests, one with our own
    quantity takes its position.
    """
    stop = first(trade.orders, Purpose.STOP, OrderState.WORKING)
    interims = _interims(trade)
    misfits = [o for o in interims if o.quantity != trade.own_quantity]
    interim = next((o for o in interims if o not in misfits), None)
    secured = is_secured(trade)
    if trade.stop_price is None:
        return None, secured
    if trade.own_part_only and secured:
        return _own_part_step(trade, [stop, *interims] if stop is not None else interims, now), True
    if secured and misfits:
        return when_due(Cancel(misfits[0].id), misfits[0], now), True
    if stop is not None:
        if same_price(stop.trigger_price, trade.stop_price, trade.tick_size):
            return _drop(interim, now), True
        return _move_step(trade, stop, interim, now), True
    if not secured and out_of_time(trade, now):
        return close(trade, CloseReason.UNPROTECTED, now) or _place_stop_step(trade, False, now), False
    if trade.own_part_only and interims and not secured and (step := _interim_instead(trade, now)) is not None:
        return step, False
    return _place_stop_step(trade, secured, now), secured


def _place_stop_step(trade: TradeView, secured: bool, now: datetime) -> Action | None:
    """Return the next try of the closePosition stop while none is known to rest."""
    assert trade.stop_price is not None
    newest = newest_of(trade.orders, Purpose.STOP)
    if newest is not None and newest.state is OrderState.UNKNOWN:
        # Asked once and not found, or too long without a stop to go on asking: sending another is safe, the exchange
        # takes only one (it answers -4130).
        again = (newest.queried and may_retry(newest, now)) or not (secured or tried_lately(newest, now))
        return place(trade, Purpose.STOP, None) if again else None
    if newest is not None and newest.state is OrderState.REJECTED and newest.triggered_at is None:
        return _after_rejected_stop(trade, newest, secured, now)
    return place(trade, Purpose.STOP, None)


def _after_rejected_stop(trade: TradeView, rejected: OrderView, secured: bool, now: datetime) -> Action | None:
    """Return what follows a rejection of the stop."""
    if rejected.rejection in (Rejection.NOT_EXECUTED, Rejection.PRECISION):
        return place(trade, Purpose.STOP, None) if may_retry(rejected, now) else None
    if rejected.rejection is Rejection.NO_POSITION_YET:
        if not secured and (step := _interim_instead(trade, now)) is not None:
            return step
        return place(trade, Purpose.STOP, None) if may_retry(rejected, now) else None
    if rejected.rejection is Rejection.ANOTHER_RESTS:
        return _after_another_rests(trade, rejected, secured, now)
    if secured:
        return _after_rejected_while_secured(trade, rejected, now)
    return close(trade, CloseReason.UNPROTECTED, now)


def _after_rejected_while_secured(trade: TradeView, rejected: OrderView, now: datetime) -> Action | None:
    """Return what follows where an interim stop holds: a rejected closePosition stop leaves nothing unprotected."""
    assert trade.stop_price is not None
    if not same_price(rejected.trigger_price, trade.stop_price, trade.tick_size):
        return place(trade, Purpose.STOP, None) if may_retry(rejected, now) else None
    interim = _interims(trade)[0]
    if same_price(interim.trigger_price, trade.stop_price, trade.tick_size):
        return None
    if rejected.rejection is Rejection.WOULD_TRIGGER_NOW and trade.exits is not None and trade.exits.by_plan:
        return close(trade, CloseReason.SL, now)  # the price is back at the stop that the plan wants already
    return RejectMove(trade.position_id, interim.trigger_price or trade.stop_price)


def _interim_instead(trade: TradeView, now: datetime) -> Action | None:
    """Return our own quantity stop for a trade whose closePosition stop cannot rest now, or a close when it cannot."""
    if is_awaited(trade.orders, Purpose.INTERIM, now) or trade.own_quantity <= 0:
        return None
    newest = newest_of(trade.orders, Purpose.INTERIM)
    if newest is not None and newest.state is OrderState.REJECTED and not is_stale(newest, now):
        if newest.rejection is Rejection.WOULD_TRIGGER_NOW:
            return close(trade, CloseReason.UNPROTECTED, now)
        if not may_retry(newest, now):
            return None
    return _interim(trade)


def _after_another_rests(trade: TradeView, rejected: OrderView, secured: bool, now: datetime) -> Action | None:
    """Return the next step when the exchange says that a closePosition stop rests already."""
    if not read_since(trade, rejected) and (secured or tried_lately(rejected, now)):
        return ReadResting(trade.position_id)
    if not secured:
        # Whatever rests there cannot be trusted to be ours: our own quantity stop goes beside it.
        return _interim_instead(trade, now)
    if trade.blocking is not None:
        return Cancel(trade.blocking.order_id) if trade.blocking.order_id is not None else None
    # A list that shows our own interim stop and no other stop can be believed; one that lacks it may have forgotten
    # more.
    clear = trade.interim_listed or now >= (rejected.final_at or now) + LOOK_AGAIN_AFTER
    return place(trade, Purpose.STOP, None) if clear else None


def _move_step(trade: TradeView, stop: OrderView, interim: OrderView | None, now: datetime) -> Action | None:
    """Return the next step of a move: interim stop at the new price, cancel the old stop, rest the new one."""
    assert trade.stop_price is not None
    if interim is not None and same_price(interim.trigger_price, trade.stop_price, trade.tick_size):
        return when_due(Cancel(stop.id), stop, now)
    if interim is not None:
        return when_due(Cancel(interim.id), interim, now)
    return _new_interim_step(trade, stop, now)


def _own_part_step(trade: TradeView, resting: Sequence[OrderView], now: datetime) -> Action | None:
    """Return the next step towards one stop with exactly our own quantity, from the stops that rest now."""
    assert trade.stop_price is not None
    fits = [
        stop
        for stop in resting
        if stop.quantity == trade.own_quantity and same_price(stop.trigger_price, trade.stop_price, trade.tick_size)
    ]
    if not fits:
        return _new_interim_step(trade, resting[0], now)
    others = [stop for stop in resting if stop is not fits[0]]
    return when_due(Cancel(others[0].id), others[0], now) if others else None


def _new_interim_step(trade: TradeView, stop: OrderView, now: datetime) -> Action | None:
    """Return a stop with quantity at the wanted price beside the one that rests, or its refusal."""
    assert trade.stop_price is not None
    if is_pending(trade.orders, Purpose.INTERIM):
        return None
    newest = newest_of(trade.orders, Purpose.INTERIM)
    rejected_now = newest is not None and newest.state is OrderState.REJECTED and not is_stale(newest, now)
    if rejected_now and newest is not None and same_price(newest.trigger_price, trade.stop_price, trade.tick_size):
        again = newest.rejection is Rejection.PRECISION and rounds_anew(trade.orders, Purpose.INTERIM)
        if again or newest.rejection is Rejection.NOT_EXECUTED:
            return _interim(trade) if may_retry(newest, now) else None
        if newest.rejection is Rejection.WOULD_TRIGGER_NOW and trade.exits is not None and trade.exits.by_plan:
            return close(trade, CloseReason.SL, now)  # the price is back at the stop that the plan wants already
        return RejectMove(trade.position_id, stop.trigger_price or trade.stop_price)
    return _interim(trade)


def _interim(trade: TradeView) -> PlaceProtection:
    return place(trade, Purpose.INTERIM, trade.own_quantity)


def _drop(interim: OrderView | None, now: datetime) -> Action | None:
    return None if interim is None else when_due(Cancel(interim.id), interim, now)
