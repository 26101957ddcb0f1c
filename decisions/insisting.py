"""A trade without a stop whose close is under way: stop and close are tried in turn, whatever is unknown of the last.

Both may be repeated. A closePosition stop rests only once, and a close above the position is refused as a whole: what
arrives late finds nothing to do.
"""

from datetime import datetime

from decisions.actions import Action, Close, PlaceProtection, ReadPosition
from decisions.deadlines import RETRY_FAST, TRY_EVERY
from decisions.orders import ZERO, may_retry, newest_of, out_of_time, place, reads_empty, tried_lately
from decisions.view import OrderView, TradeView
from domain.rejections import Rejection
from domain.terms import CloseReason, OrderState, Purpose

_ONLY_OWN_QUANTITY = (Rejection.ANOTHER_RESTS, Rejection.NO_POSITION_YET)


def insist(trade: TradeView, now: datetime) -> list[Action]:
    """Return the next try for a trade without a stop, at most one of each kind a second: the one tried longest ago.

    A close is repeated only at a quantity read after the last one was sent, and could not arrive any more where others
    hold a part; that read comes with the stop before it. One that was asked for and not found waits less than a second.
    """
    if reads_empty(trade) and not out_of_time(trade, now):
        return []  # nothing to save there; the trades are asked why
    stop, close = _stop(trade, now), _close_again(trade, now)
    if close is not None and (stop is None or _tried_last(trade, Purpose.STOP, Purpose.INTERIM)):
        return [close]
    if stop is None:
        return [ReadPosition(trade.position_id)] if close is None and _may_follow_soon(trade, now) else []
    return [stop] if trade.read_since_close else [stop, ReadPosition(trade.position_id)]


def _tried_last(trade: TradeView, *purposes: Purpose) -> bool:
    """Whether the last thing that was tried is of one of these purposes."""
    tries = [o for o in trade.orders if _is_try(o)]
    return bool(tries) and max(tries, key=lambda order: (order.tried_at, order.id)).purpose in purposes


def _is_try(order: OrderView) -> bool:
    of_protection = order.purpose in (Purpose.STOP, Purpose.INTERIM, Purpose.CLOSE)
    return (
        of_protection and not order.for_external_part and order.state not in (OrderState.STAGED, OrderState.WITHDRAWN)
    )


def _stop(trade: TradeView, now: datetime) -> PlaceProtection | None:
    """Return the stop to try; with our own quantity where another one cannot rest or would take others' part too."""
    stops = [o for o in trade.orders if o.purpose in (Purpose.STOP, Purpose.INTERIM) and _is_try(o)]
    if trade.stop_price is None or any(tried_lately(o, now) or not may_retry(o, now) for o in stops):
        return None
    newest = newest_of(trade.orders, Purpose.STOP)
    only_own_quantity = newest is not None and newest.rejection in _ONLY_OWN_QUANTITY
    if trade.own_quantity > 0 and (only_own_quantity or trade.others_quantity > 0):
        return place(trade, Purpose.INTERIM, trade.own_quantity)
    return place(trade, Purpose.STOP, None)


def _close_again(trade: TradeView, now: datetime) -> Close | None:
    """Return another close of what is ours by the newest read, None where it could take more than that.

    Where somebody else holds a part, two closes would take theirs: the last one must be too late to be taken by now,
    asked for and not found, and the read newer than that. Where only a part of ours was to be closed, two would take
    more than that part.
    """
    closes = _closes(trade)
    if any(_is_too_early(order, closes, now) or not may_retry(order, now) for order in closes):
        return None
    if not trade.read_since_close or (trade.others_quantity > 0 and any(_may_execute(order) for order in closes)):
        return None
    of_a_part = trade.close_part is not None or (bool(closes) and closes[-1].target_number is not None)
    if of_a_part and not out_of_time(trade, now):
        return None
    quantity = min(trade.own_quantity, (trade.exchange_quantity or ZERO) - trade.others_quantity)
    reason = CloseReason.MANUAL if trade.close_asked else CloseReason.UNPROTECTED
    return Close(trade.position_id, quantity, reason) if quantity > 0 else None


def _closes(trade: TradeView) -> list[OrderView]:
    return [order for order in trade.orders if order.purpose is Purpose.CLOSE and _is_try(order)]


def _is_too_early(close: OrderView, closes: list[OrderView], now: datetime) -> bool:
    """Whether another close has to wait; the more were lost, the longer, so that a storm is not answered with one."""
    if not _is_lost(close):
        return tried_lately(close, now)
    return now < close.tried_at + min(TRY_EVERY, RETRY_FAST * sum(1 for order in closes if _is_lost(order)))


def _may_follow_soon(trade: TradeView, now: datetime) -> bool:
    """Whether nothing but a read of the position keeps another close from being tried after lost ones."""
    closes = _closes(trade)
    lost = bool(closes) and all(_is_lost(order) or order.final for order in closes) and _is_lost(closes[-1])
    own_alone = trade.own_quantity > 0 and trade.others_quantity == 0 and trade.close_part is None
    return lost and own_alone and not trade.read_since_close and tried_lately(closes[-1], now)


def _is_lost(close: OrderView) -> bool:
    """Whether it was asked for and not found: no answer of it is awaited any more, though it may yet arrive."""
    return close.state is OrderState.UNKNOWN and close.queried


def _may_execute(close: OrderView) -> bool:
    return not close.final and not _is_lost(close)
