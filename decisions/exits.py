"""Exits that move: when the plan moves the stop, and when it closes the trade at market."""

from datetime import datetime
from decimal import Decimal

from decisions.actions import Close, MoveStop
from decisions.closing import close
from decisions.stops import stop_is_settled
from decisions.view import MovingExits, TradeView
from domain.exit_plan import MoveReason
from domain.exits.moves import MovingTrade, StopMove, time_stop_due, wanted_stop
from domain.terms import CloseReason, Phase


def exits_step(trade: TradeView, now: datetime) -> Close | MoveStop | None:
    """Return the close or the move of the stop that the trade's plan asks for now.

    A stop that the mark has passed already is sent all the same: the mark may be older than what was reached, and the
    exchange knows. Its refusal closes the trade at market, as that stop would have done. A move begins only when the
    one before is done, so that each begins from one stop that rests.
    """
    exits = trade.exits
    if exits is None or trade.phase is not Phase.OPEN or not trade.entry_final or trade.own_quantity <= 0:
        return None
    if time_stop_due(exits.plan, exits.opened_at, now, exits.net_now_usdt or Decimal(0)):
        return close(trade, CloseReason.TIME, now)
    move = _move(trade, exits, now)
    if move is None:
        return None
    if _is_early(move, exits, now) or not stop_is_settled(trade):
        return None
    return MoveStop(trade.position_id, move.price, move.reason)


def _move(trade: TradeView, exits: MovingExits, now: datetime) -> StopMove | None:
    if exits.mark is None or exits.best_mark is None or trade.stop_price is None:
        return None
    moving = MovingTrade(
        prices=exits.prices,
        mark=exits.mark,
        best_mark=exits.best_mark,
        stop=trade.stop_price,
        targets_reached=exits.targets_reached,
        moved_at=exits.moved_at,
        by_person=exits.by_person,
    )
    return wanted_stop(exits.plan, moving, now)


def _is_early(move: StopMove, exits: MovingExits, now: datetime) -> bool:
    """Whether a move waits: the exchange refused the last one, or many stops trail and each has its turn."""
    if move.passed:
        return False
    if exits.not_before is not None and now < exits.not_before:
        return True
    paced = move.reason is MoveReason.TRAIL and exits.moved_at is not None
    return paced and exits.moved_at is not None and now < exits.moved_at + exits.trail_every
