"""What a trade's orders say: which rests, which is the newest, which may be tried again."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal

from decisions.actions import Action, PlaceProtection
from decisions.deadlines import RETRY_FAST, TRIGGERING_DEADLINE, TRY_EVERY, UNPROTECTED_DEADLINE
from decisions.view import OrderView, TradeView
from domain.rejections import Rejection
from domain.terms import OrderState, Purpose

ZERO = Decimal(0)
MOST_MISFITS = 8  # tries of one purpose, a second apart in the end


def read_since(trade: TradeView, rejected: OrderView) -> bool:
    """Whether the resting orders were read after a refusal."""
    if trade.resting_read_at is None or rejected.final_at is None:
        return False
    return trade.resting_read_at > rejected.final_at


def reads_empty(trade: TradeView) -> bool:
    """Whether the position shows nothing although our fills say that we hold something."""
    return trade.own_quantity > 0 and trade.exchange_quantity == 0


def out_of_time(trade: TradeView, now: datetime) -> bool:
    """Whether the trade has been without a stop for too long while the exchange could be reached."""
    if trade.unprotected_since is None or trade.reachable_since is None:
        return False
    return now > max(trade.unprotected_since, trade.reachable_since) + UNPROTECTED_DEADLINE


def place(trade: TradeView, purpose: Purpose, quantity: Decimal | None) -> PlaceProtection:
    """Return the order that rests a stop or target where the trade wants it. quantity None = closePosition.

    One that was written ahead is used up first.
    """
    price = trade.target_price if purpose is Purpose.TARGET else trade.stop_price
    assert price is not None
    staged = first([o for o in trade.orders if o.quantity == quantity], purpose, OrderState.STAGED)
    return PlaceProtection(trade.position_id, purpose, price, quantity, staged_id=staged.id if staged else None)


def when_due(action: Action, order: OrderView, now: datetime) -> Action | None:
    """Return the action unless the last try about this order is too fresh or an answer is awaited."""
    return None if order.query_due or not may_retry(order, now) else action


def first(orders: Sequence[OrderView], purpose: Purpose, state: OrderState) -> OrderView | None:
    """Return the oldest order of a purpose in a state."""
    return next((order for order in orders if order.purpose is purpose and order.state is state), None)


def newest_of(orders: Sequence[OrderView], purpose: Purpose) -> OrderView | None:
    """Return the last order of a purpose that was sent; orders come oldest first."""
    unsent = (OrderState.STAGED, OrderState.WITHDRAWN)
    sent = [order for order in orders if order.purpose is purpose and order.state not in unsent]
    return sent[-1] if sent else None


def is_pending(orders: Sequence[OrderView], purpose: Purpose) -> bool:
    """Whether the outcome of an order of a purpose is unknown."""
    return any(order.purpose is purpose and order.state is OrderState.UNKNOWN for order in orders)


def is_awaited(orders: Sequence[OrderView], purpose: Purpose, now: datetime) -> bool:
    """Whether the outcome of an order of a purpose is unknown that was sent less than a second ago."""
    return is_pending([order for order in orders if tried_lately(order, now)], purpose)


def may_retry(order: OrderView, now: datetime) -> bool:
    """Whether enough time has passed since the last try about an order."""
    if order.retry_at is not None:
        return now >= order.retry_at
    return order.final_at is None or now >= order.final_at + RETRY_FAST


def tried_lately(order: OrderView, now: datetime) -> bool:
    """Whether an order was sent less than a second ago: what became of it may yet be learnt."""
    return now < order.tried_at + TRY_EVERY


def is_stale(order: OrderView, now: datetime) -> bool:
    """Whether what became of an order is too old to decide by."""
    return order.final_at is not None and now > order.final_at + TRIGGERING_DEADLINE


def same_price(resting: Decimal | None, wanted: Decimal, tick: Decimal) -> bool:
    """Whether a resting price is the wanted one, to less than a tick; without a tick nothing can be told apart."""
    return resting is not None and (tick <= 0 or abs(resting - wanted) < tick)


def rounds_anew(orders: Sequence[OrderView], purpose: Purpose) -> bool:
    """Whether an order that does not fit the pair's steps is worth another try: they are being read anew."""
    misfits = [order for order in orders if order.purpose is purpose and order.rejection is Rejection.PRECISION]
    return len(misfits) < MOST_MISFITS
