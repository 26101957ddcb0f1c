"""An entry that was abandoned and filled after all, where another trade lives or its round is over: it is closed."""

from datetime import datetime

from decisions.actions import Action, Close
from decisions.closing import close_under_way, reconcile
from decisions.insisting import insist
from decisions.stops import is_secured
from decisions.view import TradeView
from domain.terms import CloseReason, Phase


def close_late_fill(trade: TradeView, now: datetime) -> list[Action]:
    """Return the close of what filled late; while that is under way and no stop covers it, stop and close in turn."""
    if trade.phase is not Phase.FAILED or trade.own_quantity <= 0 or not trade.entry_final:
        return []
    asking = [action for _, action in reconcile(trade)]
    if not close_under_way(trade, now):
        return [Close(trade.position_id, trade.own_quantity, CloseReason.UNPROTECTED), *asking]
    if trade.covered_by_another or is_secured(trade):
        return asking
    return [*insist(trade, now), *asking]
