"""One spare stop for each protected trade, written ahead: it can be sent while nothing can be committed."""

from decimal import Decimal

from decisions.actions import Action, Stage, Withdraw
from decisions.orders import newest_of
from decisions.stops import is_secured
from decisions.view import TradeView
from domain.rejections import Rejection
from domain.terms import OrderState, Phase, Purpose


def spare_steps(trade: TradeView) -> list[Action]:
    """Return what gives a protected trade exactly one spare of the kind that could take its stop's place."""
    if trade.phase not in (Phase.OPEN, Phase.CLOSING) or trade.missing or trade.stop_price is None:
        return []
    if trade.own_quantity <= 0 or not is_secured(trade):
        return []
    purpose, quantity = _kind(trade)
    staged = [o for o in trade.orders if o.purpose in (Purpose.STOP, Purpose.INTERIM) and o.state is OrderState.STAGED]
    fitting = [o for o in staged if (o.purpose, o.quantity) == (purpose, quantity)][:1]
    steps: list[Action] = [Withdraw(o.id) for o in staged if o not in fitting]
    return steps if fitting else [*steps, Stage(trade.position_id, purpose, trade.stop_price, quantity)]


def _kind(trade: TradeView) -> tuple[Purpose, Decimal | None]:
    """Return what the spare is: a closePosition stop, our own quantity where that would be refused or take too much."""
    newest = newest_of(trade.orders, Purpose.STOP)
    another_rests = newest is not None and newest.rejection is Rejection.ANOTHER_RESTS
    if trade.own_part_only or another_rests:
        return Purpose.INTERIM, trade.own_quantity
    return Purpose.STOP, None
