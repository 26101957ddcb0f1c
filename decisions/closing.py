"""When and what of a trade is closed, and what is cleared away after it."""

from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from decisions.actions import (
    Action,
    Cancel,
    Close,
    Reconcile,
    Withdraw,
)
from decisions.deadlines import TRIGGERING_DEADLINE
from decisions.orders import ZERO, may_retry, newest_of, out_of_time, reads_empty
from decisions.partial_targets import has_parts, newest_try, parts_left
from decisions.view import OrderView, TradeView, WantedTarget
from domain.rejections import Rejection
from domain.terms import CloseReason, OrderState, Phase, Purpose


class Wait:
    """A close or a trigger is under way: nothing else may be sent for this trade."""


def reconcile(trade: TradeView) -> list[tuple[int, Action]]:
    """Return the question what changed a trade, when it is due and not answered."""
    return [(0, Reconcile(trade.position_id))] if trade.reconcile_due and not trade.reconciled else []


def close(trade: TradeView, reason: CloseReason, now: datetime, part: Decimal | None = None) -> Close | None:
    """Return a close of our own quantity, None while another may be under way or there is nothing to close.

    Never more than the position holds: a bigger close is rejected as a whole. Where the position reads empty there is
    nothing to save: the trades are asked first, and only a read that nothing explains within the deadline is not
    believed.
    """
    if close_under_way(trade, now):
        return None
    if reason is CloseReason.UNPROTECTED and reads_empty(trade) and not out_of_time(trade, now):
        return None
    own = trade.own_quantity or trade.exchange_quantity or ZERO
    quantity = _on_step(trade, min(own, trade.exchange_quantity or own, part or own))
    return Close(trade.position_id, quantity, reason) if quantity > 0 else None


def _on_step(trade: TradeView, quantity: Decimal) -> Decimal:
    """Return what the exchange takes of a quantity whose last close did not fit the pair's steps: they have grown.

    The rest stays behind the closePosition stop, which takes any quantity.
    """
    newest = newest_of(trade.orders, Purpose.CLOSE)
    misfit = newest is not None and newest.rejection is Rejection.PRECISION
    whole = quantity - quantity % trade.step_size if misfit and trade.step_size > 0 else quantity
    return whole or quantity


def close_under_way(trade: TradeView, now: datetime) -> bool:
    """Whether a close may still execute, or was rejected too lately to be tried again."""
    closes = [order for order in trade.orders if order.purpose is Purpose.CLOSE and not order.for_external_part]
    sent = [order for order in closes if order.state is not OrderState.STAGED]
    return any(not order.final or not may_retry(order, now) for order in sent)


def close_step(trade: TradeView, now: datetime) -> Close | Wait | None:
    """Return a close that is due now, a wait while a close or trigger is settling, None when there is no need."""
    if trade.phase is not Phase.OPEN:
        return None
    if close_under_way(trade, now):
        return Wait()
    if trade.close_asked:
        return close(trade, CloseReason.MANUAL, now)
    for order in trade.orders:
        if order.triggered_at is None:
            continue
        firing = not order.final and now - order.triggered_at <= TRIGGERING_DEADLINE
        if firing and order.purpose in (Purpose.STOP, Purpose.INTERIM, Purpose.TARGET):
            return Wait()
        if order.purpose in (Purpose.STOP, Purpose.INTERIM):
            return close(trade, CloseReason.UNPROTECTED, now)
    if trade.close_part is not None:
        return close(trade, CloseReason.MANUAL, now, part=trade.close_part)
    if has_parts(trade):
        return _take_passed_part(trade, now)
    if _is_passed(newest_of(trade.orders, Purpose.TARGET)):
        # The price the person wanted is already there: take it.
        return close(trade, CloseReason.TP, now)
    return None


def _take_passed_part(trade: TradeView, now: datetime) -> Close | None:
    """Return the close of the part whose target the price has passed already."""
    for target in parts_left(trade):
        if _is_passed(newest_try(trade, target)) and not _is_too_small(trade, target):
            taken = close(trade, CloseReason.TP, now, part=target.quantity)
            return None if taken is None else replace(taken, target_number=target.number)
    return None


def _is_too_small(trade: TradeView, target: WantedTarget) -> bool:
    """Whether the exchange has refused a close of just this part for good, as below the smallest that it takes."""
    newest = newest_of([order for order in trade.orders if order.target_number == target.number], Purpose.CLOSE)
    if newest is None or newest.rejection is not Rejection.TERMS_REFUSED:
        return False
    return newest.quantity == target.quantity


def _is_passed(target: OrderView | None) -> bool:
    rejected = target is not None and target.state is OrderState.REJECTED
    return rejected and target is not None and target.rejection is Rejection.WOULD_TRIGGER_NOW


def tidy(trade: TradeView, now: datetime) -> list[Action]:
    """Return what clears away the orders of an ended trade, so that none of them can touch the next one.

    The stop of one that filled after it was abandoned stays as long as it holds something.
    """
    actions: list[Action] = []
    holds = trade.phase is Phase.FAILED and trade.own_quantity > 0
    for order in trade.orders:
        if holds and order.purpose in (Purpose.STOP, Purpose.INTERIM):
            continue
        if order.state is OrderState.STAGED and not order.query_due:
            actions.append(Withdraw(order.id))
        elif order.state is OrderState.WORKING and not order.query_due and may_retry(order, now):
            actions.append(Cancel(order.id))
    return actions
