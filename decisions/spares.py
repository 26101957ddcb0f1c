"""Spare stops and closes for each trade, written ahead: to be sent while nothing can be committed."""

from collections.abc import Collection
from decimal import Decimal

from decisions.actions import Action, Close, PlaceProtection, Stage, Withdraw
from decisions.orders import newest_of
from decisions.view import OrderView, TradeView
from domain.rejections import Rejection
from domain.terms import LIVE_PHASES, OrderState, Purpose

STOPS_AHEAD = 2  # one that has rested and vanished is followed by another
CLOSES_AHEAD = 2  # each id is sent once: a close whose answer is lost is followed by another


def spare_steps(trade: TradeView, sending: Collection[Action]) -> list[Action]:
    """Return what gives a trade its spares: stops of the kind that could take its stop's place, and closes.

    A trade without a stop, or whose close is under way, has them too: what is sent may be lost, and the database be
    away before that is known. The closes follow the trade's own quantity.

    Args:
        trade: the trade.
        sending: what is committed with this; it may use spares up.
    """
    if trade.phase not in LIVE_PHASES or trade.missing or trade.stop_price is None or trade.own_quantity <= 0:
        return []
    used = {action.staged_id for action in sending if isinstance(action, PlaceProtection)}
    staged = [order for order in trade.orders if order.state is OrderState.STAGED and order.id not in used]
    purpose, quantity = _kind(trade)
    stops = [o for o in staged if o.purpose in (Purpose.STOP, Purpose.INTERIM)]
    steps = _exactly(stops, Stage(trade.position_id, purpose, trade.stop_price, quantity), STOPS_AHEAD)
    if any(isinstance(action, Close) for action in sending):
        return steps
    closes = [o for o in staged if o.purpose is Purpose.CLOSE]
    return steps + _exactly(closes, Stage(trade.position_id, Purpose.CLOSE, None, trade.own_quantity), CLOSES_AHEAD)


def _exactly(staged: list[OrderView], wanted: Stage, count: int) -> list[Action]:
    """Return what leaves as many of an order written ahead as wanted, and none of another kind or quantity."""
    fitting = [o for o in staged if (o.purpose, o.quantity) == (wanted.purpose, wanted.quantity)][:count]
    steps: list[Action] = [Withdraw(o.id) for o in staged if o not in fitting]
    return steps + [wanted] * (count - len(fitting))


def _kind(trade: TradeView) -> tuple[Purpose, Decimal | None]:
    """Return what the spare is: a closePosition stop, our own quantity where that would be refused or take too much."""
    newest = newest_of(trade.orders, Purpose.STOP)
    another_rests = newest is not None and newest.rejection is Rejection.ANOTHER_RESTS
    if trade.own_part_only or another_rests:
        return Purpose.INTERIM, trade.own_quantity
    return Purpose.STOP, None
