"""Try1Strategy: what to do next for every trade, decided from values alone."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime

from decisions.actions import (
    Action,
    Close,
    Query,
    ReadPosition,
)
from decisions.closing import Wait, close_step, close_under_way, reconcile, tidy
from decisions.exits import exits_step
from decisions.insisting import insist
from decisions.late_fills import close_late_fill
from decisions.orders import reads_empty
from decisions.spares import spare_steps
from decisions.stops import is_secured, stop_step
from decisions.targets import target_step
from decisions.view import TradeView
from domain.terms import Phase


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
                actions += [(2, action) for action in close_late_fill(trade, now)]
                actions += [(4, action) for action in tidy(trade, now)]
            else:
                actions += _next_step(trade, now)
        return [action for _, action in sorted(actions, key=lambda ranked: ranked[0])]


def _next_step(trade: TradeView, now: datetime) -> list[tuple[int, Action]]:
    """Return at most one writing step for a live trade, with its rank, and at most one reading step."""
    if trade.phase is Phase.ENTERING and trade.own_quantity <= 0 and (trade.entry_final or not trade.exchange_quantity):
        # What the position shows is ours only while an entry may have executed. What others put beside it may have
        # gone meanwhile: as long as that is not found out, nothing proves that the entry never arrived.
        return reconcile(trade) if trade.others_quantity > 0 and not trade.entry_final else []
    if trade.own_quantity <= 0 and trade.phase is not Phase.ENTERING and trade.exchange_quantity is None:
        return [(0, ReadPosition(trade.position_id))]
    steps = _writing_step(trade, now)
    # A position that reads empty may have been closed by somebody else: find out beside whatever is done meanwhile.
    reading = reconcile(trade) if not steps or reads_empty(trade) else []
    ahead = spare_steps(trade, [action for _, action in steps])
    return [*steps, *reading, *((4, action) for action in ahead)]


def _leaves_bare(trade: TradeView, closing: Close) -> bool:
    """Whether a close would leave something without a stop: what rests then is protected, or closed, first."""
    return trade.unprotected_since is not None and closing.quantity < trade.own_quantity and not is_secured(trade)


def _writing_step(trade: TradeView, now: datetime) -> list[tuple[int, Action]]:
    """Return what is to be sent or written for a live trade now, with its rank, and a read that this asks for."""
    if trade.missing or (trade.own_quantity <= 0 and trade.phase is not Phase.ENTERING):
        # Nothing can be protected or closed there; should it come back, so does this.
        return []
    closing = close_step(trade, now)
    if isinstance(closing, Close) and not _leaves_bare(trade, closing):
        return [(2, closing)]
    if close_under_way(trade, now) or trade.phase is Phase.CLOSING:
        # The stop stays where it is until the position is flat, and one that is gone comes back: a close may be lost.
        return [] if is_secured(trade) else [(1, action) for action in insist(trade, now)]
    if isinstance(closing, Wait):
        return []
    moving = exits_step(trade, now)
    if isinstance(moving, Close):
        return [(2, moving)]
    if moving is not None:
        step, _ = stop_step(replace(trade, stop_price=moving.price), now)
        return [(3, moving)] if step is None else [(3, moving), (3, step)]
    step, secured = stop_step(trade, now)
    if step is not None:
        return [(3 if secured else 1, step)]
    if secured and trade.entry_final and (target := target_step(trade, now)) is not None:
        return [(3, target)]
    return []
