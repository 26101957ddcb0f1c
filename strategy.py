"""Try1Strategy: what to do next for every trade, decided from values alone."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal

from decisions.view import (
    ANOTHER_RESTS,
    LOOK_AGAIN_AFTER,
    NO_POSITION_YET,
    NOT_EXECUTED,
    RETRY_FAST,
    TRIGGERING_DEADLINE,
    UNPROTECTED_DEADLINE,
    WOULD_TRIGGER,
    Action,
    Cancel,
    Close,
    GiveUpTarget,
    OrderView,
    PlaceProtection,
    Query,
    ReadPosition,
    ReadResting,
    Reconcile,
    RejectMove,
    TradeView,
    Withdraw,
)
from domain.terms import CloseReason, OrderState, Phase, Purpose

_ZERO = Decimal(0)


class Try1Strategy:
    """Protect first, close second, move third; one step per trade at a time, all of it readable from the rows.

    Every step is decided from what is known now, never from what was planned: a process that was killed anywhere
    decides the same next step as one that was not.
    """

    def decide(self, view: Iterable[TradeView], now: datetime) -> list[Action]:
        """Return what to do now, most urgent first: questions, protection, closes, moves and targets, tidying.

        Args:
            view: the trades to look at, ended ones with orders that are not final included.
            now: exchange time.
        """
        actions: list[tuple[int, Action]] = []
        for trade in view:
            actions += [(0, Query(order.id)) for order in trade.orders if order.query_due]
            if trade.phase in (Phase.CLOSED, Phase.FAILED):
                actions += [(2, action) for action in _close_late_fill(trade, now)]
                actions += [(4, action) for action in _tidy(trade, now)]
            else:
                actions += _next_step(trade, now)
        return [action for _, action in sorted(actions, key=lambda ranked: ranked[0])]


def _close_late_fill(trade: TradeView, now: datetime) -> list[Action]:
    """Return the close of a trade that was abandoned and filled after all, where another trade lives."""
    if trade.phase is not Phase.FAILED or trade.own_quantity <= 0 or not trade.entry_final:
        return []
    asking = [action for _, action in _reconcile(trade)]
    if _close_under_way(trade, now):
        return asking
    return [Close(trade.position_id, trade.own_quantity, CloseReason.UNPROTECTED), *asking]


def _next_step(trade: TradeView, now: datetime) -> list[tuple[int, Action]]:
    """Return at most one writing step for a live trade, with its rank, and at most one reading step."""
    if trade.phase is Phase.ENTERING and trade.own_quantity <= 0 and (trade.entry_final or not trade.exchange_quantity):
        return []  # what the position shows is ours only while an entry may have executed
    if trade.own_quantity <= 0 and trade.phase is not Phase.ENTERING and trade.exchange_quantity is None:
        return [(0, ReadPosition(trade.position_id))]
    step = _writing_step(trade, now)
    # A position that reads empty may have been closed by somebody else: find out beside whatever is done meanwhile.
    return [*([step] if step else []), *(_reconcile(trade) if step is None or _reads_empty(trade) else [])]


def _writing_step(trade: TradeView, now: datetime) -> tuple[int, Action] | None:
    """Return what is to be sent or written for a live trade now, with its rank."""
    if trade.missing or (trade.own_quantity <= 0 and trade.phase is not Phase.ENTERING):
        # Nothing can be protected or closed there; should it come back, so does this.
        return None
    if trade.phase is Phase.CLOSING:
        # The stop stays where it is until the position is flat, and one that is gone comes back: a close may be lost.
        step, secured = _stop_step(trade, now)
        return (1, step) if isinstance(step, PlaceProtection) and not secured else None
    closing = _close_step(trade, now)
    if closing is not None:
        return (2, closing) if isinstance(closing, Close) else None
    step, secured = _stop_step(trade, now)
    if step is not None:
        return (3 if secured else 1, step)
    if secured and trade.entry_final and (target := _target_step(trade, now)) is not None:
        return (3, target)
    return None


class _Wait:
    """A close or a trigger is under way: nothing else may be sent for this trade."""


def _reconcile(trade: TradeView) -> list[tuple[int, Action]]:
    return [(0, Reconcile(trade.position_id))] if trade.reconcile_due and not trade.reconciled else []


def _close(trade: TradeView, reason: CloseReason, now: datetime, part: Decimal | None = None) -> Close | None:
    """Return a close of our own quantity, None while another may be under way or there is nothing to close.

    Never more than the position holds: a bigger close is rejected as a whole. Where the position reads empty there is
    nothing to save: the trades are asked first, and only a read that nothing explains within the deadline is not
    believed.
    """
    if _close_under_way(trade, now):
        return None
    if reason is CloseReason.UNPROTECTED and _reads_empty(trade) and not _out_of_time(trade, now):
        return None
    own = trade.own_quantity or trade.exchange_quantity or _ZERO
    quantity = min(own, trade.exchange_quantity or own, part or own)
    return Close(trade.position_id, quantity, reason) if quantity > 0 else None


def _close_under_way(trade: TradeView, now: datetime) -> bool:
    """Whether a close may still execute, or was rejected too lately to be tried again."""
    closes = [order for order in trade.orders if order.purpose is Purpose.CLOSE and not order.for_external_part]
    return any(not order.final or not _may_retry(order, now) for order in closes)


def _close_step(trade: TradeView, now: datetime) -> Close | _Wait | None:
    """Return a close that is due now, a wait while a close or trigger is settling, None when there is no need."""
    if trade.phase is not Phase.OPEN:
        return None
    if _close_under_way(trade, now):
        return _Wait()
    if trade.close_asked:
        return _close(trade, CloseReason.MANUAL, now)
    for order in trade.orders:
        if order.triggered_at is None:
            continue
        firing = not order.final and now - order.triggered_at <= TRIGGERING_DEADLINE
        if firing and order.purpose in (Purpose.STOP, Purpose.INTERIM, Purpose.TARGET):
            return _Wait()
        if order.purpose in (Purpose.STOP, Purpose.INTERIM):
            return _close(trade, CloseReason.UNPROTECTED, now)
    if trade.close_part is not None:
        return _close(trade, CloseReason.MANUAL, now, part=trade.close_part)
    target = _newest(trade.orders, Purpose.TARGET)
    if target is not None and target.state is OrderState.REJECTED and target.code in WOULD_TRIGGER:
        # The price the person wanted is already there: take it.
        return _close(trade, CloseReason.TP, now)
    return None


def _stop_step(trade: TradeView, now: datetime) -> tuple[Action | None, bool]:
    """Return the next step towards one stop at the wanted price, and whether a stop rests meanwhile.

    It is a closePosition stop, unless a external quantity is to be left alone: then, once that rests, one with our own
    quantity takes its position.
    """
    stop = _first(trade.orders, Purpose.STOP, OrderState.WORKING)
    interims = [o for o in trade.orders if o.purpose is Purpose.INTERIM and o.state is OrderState.WORKING]
    interim = interims[0] if interims else None
    secured = stop is not None or any((o.quantity or _ZERO) >= trade.own_quantity > 0 for o in interims)
    if trade.stop_price is None:
        return None, secured
    if trade.own_part_only and secured:
        return _own_part_step(trade, [stop, *interims] if stop is not None else interims, now), True
    if stop is not None:
        if _same_price(stop.trigger_price, trade.stop_price, trade.tick_size):
            return _drop(interim, now), True
        return _move_step(trade, stop, interim, now), True
    if not secured and _out_of_time(trade, now):
        return _close(trade, CloseReason.UNPROTECTED, now), False
    return _place_stop_step(trade, secured, now), secured


def _place_stop_step(trade: TradeView, secured: bool, now: datetime) -> Action | None:
    """Return the next try of the closePosition stop while none is known to rest."""
    assert trade.stop_price is not None
    staged = _first(trade.orders, Purpose.STOP, OrderState.STAGED)
    if staged is not None:
        return PlaceProtection(trade.position_id, Purpose.STOP, trade.stop_price, None, staged_id=staged.id)
    newest = _newest(trade.orders, Purpose.STOP)
    if newest is not None and newest.state is OrderState.UNKNOWN:
        # Asked once and not found: sending another is safe, the exchange takes only one (it answers -4130).
        return _place(trade, Purpose.STOP, None) if newest.queried and _may_retry(newest, now) else None
    if newest is not None and newest.state is OrderState.REJECTED and newest.triggered_at is None:
        return _after_rejected_stop(trade, newest, secured, now)
    return _place(trade, Purpose.STOP, None)


def _after_rejected_stop(trade: TradeView, rejected: OrderView, secured: bool, now: datetime) -> Action | None:
    """Return what follows a rejection of the stop."""
    if rejected.code in NOT_EXECUTED:
        return _place(trade, Purpose.STOP, None) if _may_retry(rejected, now) else None
    if rejected.code == NO_POSITION_YET:
        if not secured and (step := _interim_beside(trade, now)) is not None:
            return step
        return _place(trade, Purpose.STOP, None) if _may_retry(rejected, now) else None
    if rejected.code == ANOTHER_RESTS:
        return _after_another_rests(trade, rejected, secured, now)
    if secured:
        # The interim stop holds at the wanted price; a rejected closePosition stop leaves nothing unprotected.
        return None
    return _close(trade, CloseReason.UNPROTECTED, now)


def _interim_beside(trade: TradeView, now: datetime) -> Action | None:
    """Return our own quantity stop for a trade whose closePosition stop cannot rest now, or a close when it cannot."""
    if _pending(trade.orders, Purpose.INTERIM) or trade.own_quantity <= 0:
        return None
    newest = _newest(trade.orders, Purpose.INTERIM)
    if newest is not None and newest.state is OrderState.REJECTED and not _stale(newest, now):
        if newest.code in WOULD_TRIGGER:
            return _close(trade, CloseReason.UNPROTECTED, now)
        if not _may_retry(newest, now):
            return None
    return _interim(trade)


def _after_another_rests(trade: TradeView, rejected: OrderView, secured: bool, now: datetime) -> Action | None:
    """Return the next step when the exchange says that a closePosition stop rests already."""
    if not _read_since(trade, rejected):
        return ReadResting(trade.position_id)
    if not secured:
        # Whatever rests there cannot be trusted to be ours: our own quantity stop goes beside it.
        return _interim_beside(trade, now)
    if trade.blocking is not None:
        return Cancel(trade.blocking.order_id) if trade.blocking.order_id is not None else None
    # A list that shows our own interim stop and no other stop can be believed; one that lacks it may have forgotten
    # more.
    clear = trade.interim_listed or now >= (rejected.final_at or now) + LOOK_AGAIN_AFTER
    return _place(trade, Purpose.STOP, None) if clear else None


def _read_since(trade: TradeView, rejected: OrderView) -> bool:
    """Whether the resting orders were read after a refusal."""
    if trade.resting_read_at is None or rejected.final_at is None:
        return False
    return trade.resting_read_at > rejected.final_at


def _move_step(trade: TradeView, stop: OrderView, interim: OrderView | None, now: datetime) -> Action | None:
    """Return the next step of a move: interim stop at the new price, cancel the old stop, rest the new one."""
    assert trade.stop_price is not None
    if interim is not None and _same_price(interim.trigger_price, trade.stop_price, trade.tick_size):
        return _when_due(Cancel(stop.id), stop, now)
    if interim is not None:
        return _when_due(Cancel(interim.id), interim, now)
    return _new_interim_step(trade, stop, now)


def _own_part_step(trade: TradeView, resting: Sequence[OrderView], now: datetime) -> Action | None:
    """Return the next step towards one stop with exactly our own quantity, from the stops that rest now."""
    assert trade.stop_price is not None
    fits = [
        stop
        for stop in resting
        if stop.quantity == trade.own_quantity and _same_price(stop.trigger_price, trade.stop_price, trade.tick_size)
    ]
    if not fits:
        return _new_interim_step(trade, resting[0], now)
    others = [stop for stop in resting if stop is not fits[0]]
    return _when_due(Cancel(others[0].id), others[0], now) if others else None


def _new_interim_step(trade: TradeView, stop: OrderView, now: datetime) -> Action | None:
    """Return a stop with quantity at the wanted price beside the one that rests, or its refusal."""
    assert trade.stop_price is not None
    if _pending(trade.orders, Purpose.INTERIM):
        return None
    newest = _newest(trade.orders, Purpose.INTERIM)
    rejected_now = newest is not None and newest.state is OrderState.REJECTED and not _stale(newest, now)
    if rejected_now and newest is not None and _same_price(newest.trigger_price, trade.stop_price, trade.tick_size):
        if newest.code in NOT_EXECUTED:
            return _interim(trade) if _may_retry(newest, now) else None
        return RejectMove(trade.position_id, stop.trigger_price or trade.stop_price)
    return _interim(trade)


def _target_step(trade: TradeView, now: datetime) -> Action | None:
    """Return the next step towards a target at the wanted price; targets move by cancel and place."""
    working = _first(trade.orders, Purpose.TARGET, OrderState.WORKING)
    quantity = _target_quantity(trade)
    if working is not None:
        same = trade.target_price is not None and _same_price(
            working.trigger_price, trade.target_price, trade.tick_size
        )
        return None if same and working.quantity == quantity else _when_due(Cancel(working.id), working, now)
    if trade.target_price is None:
        return None
    staged = _first(trade.orders, Purpose.TARGET, OrderState.STAGED)
    if staged is not None and quantity is None:
        return PlaceProtection(trade.position_id, Purpose.TARGET, trade.target_price, None, staged_id=staged.id)
    newest = _newest(trade.orders, Purpose.TARGET)
    if newest is not None and newest.state is OrderState.UNKNOWN:
        # As with the stop: the exchange takes only one, so a second one is safe once the first was not found.
        again = newest.queried and newest.quantity is None and _may_retry(newest, now)
        return _place(trade, Purpose.TARGET, None) if again else None
    if newest is None or newest.state is not OrderState.REJECTED or newest.triggered_at is not None:
        return _place(trade, Purpose.TARGET, quantity)
    if newest.code in NOT_EXECUTED or newest.code == NO_POSITION_YET:
        return _place(trade, Purpose.TARGET, quantity) if _may_retry(newest, now) else None
    if newest.code == ANOTHER_RESTS and newest.quantity is None:
        return _place(trade, Purpose.TARGET, quantity) if _read_since(trade, newest) else ReadResting(trade.position_id)
    return GiveUpTarget(trade.position_id, newest.code)


def _target_quantity(trade: TradeView) -> Decimal | None:
    """Return None for a closePosition target, our own quantity where that cannot be or would take somebody else's too.

    One that was rejected because another rests is not tried a second time: on some venues stop and target count as one.
    """
    rejected = any(o.purpose is Purpose.TARGET and o.code == ANOTHER_RESTS and o.quantity is None for o in trade.orders)
    return trade.own_quantity if trade.own_part_only or rejected else None


def _tidy(trade: TradeView, now: datetime) -> list[Action]:
    """Return what clears away the orders of an ended trade, so that none of them can touch the next one."""
    actions: list[Action] = []
    for order in trade.orders:
        if order.state is OrderState.STAGED:
            actions.append(Withdraw(order.id))
        elif order.state is OrderState.WORKING and not order.query_due and _may_retry(order, now):
            actions.append(Cancel(order.id))
    return actions


def _reads_empty(trade: TradeView) -> bool:
    """Whether the position shows nothing although our fills say that we hold something."""
    return trade.own_quantity > 0 and trade.exchange_quantity == 0


def _out_of_time(trade: TradeView, now: datetime) -> bool:
    """Whether the trade has been without a stop for too long while the exchange could be reached."""
    if trade.unprotected_since is None or trade.reachable_since is None:
        return False
    return now > max(trade.unprotected_since, trade.reachable_since) + UNPROTECTED_DEADLINE


def _place(trade: TradeView, purpose: Purpose, quantity: Decimal | None) -> PlaceProtection:
    price = trade.target_price if purpose is Purpose.TARGET else trade.stop_price
    assert price is not None
    return PlaceProtection(trade.position_id, purpose, price, quantity)


def _interim(trade: TradeView) -> PlaceProtection:
    return _place(trade, Purpose.INTERIM, trade.own_quantity)


def _drop(interim: OrderView | None, now: datetime) -> Action | None:
    return None if interim is None else _when_due(Cancel(interim.id), interim, now)


def _when_due(action: Action, order: OrderView, now: datetime) -> Action | None:
    """Return the action unless the last try about this order is too fresh or an answer is awaited."""
    return None if order.query_due or not _may_retry(order, now) else action


def _first(orders: Sequence[OrderView], purpose: Purpose, state: OrderState) -> OrderView | None:
    return next((order for order in orders if order.purpose is purpose and order.state is state), None)


def _newest(orders: Sequence[OrderView], purpose: Purpose) -> OrderView | None:
    """Return the last order of a purpose that was ever meant to be sent; orders come oldest first."""
    sent = [order for order in orders if order.purpose is purpose and order.state is not OrderState.WITHDRAWN]
    return sent[-1] if sent else None


def _pending(orders: Sequence[OrderView], purpose: Purpose) -> bool:
    return any(order.purpose is purpose and order.state is OrderState.UNKNOWN for order in orders)


def _may_retry(order: OrderView, now: datetime) -> bool:
    if order.retry_at is not None:
        return now >= order.retry_at
    return order.final_at is None or now >= order.final_at + RETRY_FAST


def _stale(order: OrderView, now: datetime) -> bool:
    return order.final_at is not None and now > order.final_at + TRIGGERING_DEADLINE


def _same_price(resting: Decimal | None, wanted: Decimal, tick: Decimal) -> bool:
    return resting is not None and abs(resting - wanted) < tick
