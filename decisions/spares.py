"""A spare stop and two closes for each protected trade, written ahead: to be sent while nothing can be committed."""

from datetime import datetime
from decimal import Decimal

from decisions.actions import Action, Stage, Withdraw
from decisions.closing import close_under_way
from decisions.orders import newest_of
from decisions.stops import is_secured
from decisions.view import OrderView, TradeView
from domain.rejections import Rejection
from domain.terms import OrderState, Phase, Purpose

CLOSES_AHEAD = 2  # each id is sent once: a close whose answer is lost is followed by another


def spare_steps(trade: TradeView, now: datetime) -> list[Action]:
    """Return what gives a protected trade one spare of the kind that could take its stop's place, and its closes.

    The closes follow the trade's own quantity; while one is under way no other is written.
    """
    if trade.phase not in (Phase.OPEN, Phase.CLOSING) or trade.missing or trade.stop_price is None:
        return []
    if trade.own_quantity <= 0 or not is_secured(trade):
        return []
    staged = [order for order in trade.orders if order.state is OrderState.STAGED]
    purpose, quantity = _kind(trade)
    stops = [o for o in staged if o.purpose in (Purpose.STOP, Purpose.INTERIM)]
    steps = _exactly(stops, Stage(trade.position_id, purpose, trade.stop_price, quantity), 1)
    if trade.phase is Phase.CLOSING or close_under_way(trade, now):
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
