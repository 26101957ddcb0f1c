"""What moving exits write beside orders: the best price so far, where the stop is wanted, which target comes next."""

from datetime import datetime
from decimal import Decimal

from decisions.actions import MoveStop
from domain.exits.moves import time_stop_at
from domain.journal.exit_facts import StopMoved
from domain.terms import Phase
from engine.reconciliation.journal import Journal
from engine.state.backoff import REFUSED_MOVE_RETRY
from engine.state.context import CycleContext
from engine.state.exits import mark_of, moves, moving_exits
from engine.state.wording import position_name, tick_size_of
from storage.mapping import exits_of
from storage.tables import PositionRow


class MovingExitRows:
    """Keeps how far the moving exits of one cycle's trades have come."""

    def __init__(self, context: CycleContext, journal: Journal) -> None:
        self.rows = context.rows
        self.state = context.state
        self.now = context.now
        self.journal = journal

    def look(self) -> None:
        """Note the best mark of every trade whose exits move, and which target is its next."""
        moving = [position for position in self.rows.positions.values() if moves(position)]
        self.state.marks.watched = frozenset(position.symbol for position in moving)
        for position in moving:
            self._note_best(position)
            exits = moving_exits(position, self.rows, self.state)
            if exits is not None and exits.plan.targets:
                position.target_price = exits.targets[0].price if exits.targets else None

    def next_moments(self) -> list[datetime]:
        """Return when a trade has had its time."""
        moments = []
        for position in self.rows.positions.values():
            if moves(position) and position.phase is Phase.OPEN and position.opened_at is not None:
                ends_at = time_stop_at(exits_of(position), position.opened_at)
                if ends_at is not None and ends_at > self.now:
                    moments.append(ends_at)
        return moments

    def move(self, action: MoveStop) -> None:
        """Want the stop elsewhere from now on."""
        position = self.rows.positions[action.position_id]
        position.stop_price = action.price
        progress = self.rows.progress_of(position)
        progress.moved_at, progress.move_reason, progress.not_before = self.now, action.reason.value, None
        tick_size = tick_size_of(self.state.exchange, position)
        self.journal.note(position, StopMoved(position_name(position), action.price, tick_size, action.reason))

    def drop_target(self, position: PositionRow, number: int) -> None:
        """Try a target no more that the exchange does not take."""
        progress = self.rows.progress_of(position)
        progress.dropped_targets = sorted({*progress.dropped_targets, number})

    def refused(self, position: PositionRow) -> None:
        """Let the plan wait before the next move: the exchange did not take the last one."""
        progress = self.rows.exit_progress.get(position.id)
        if progress is not None:
            progress.move_reason = None
            progress.not_before = self.now + REFUSED_MOVE_RETRY

    def _note_best(self, position: PositionRow) -> None:
        mark = mark_of(position, self.state)
        if mark is None:
            return
        progress = self.rows.progress_of(position)
        if progress.best_mark is None or position.side.sign * (mark - progress.best_mark) > Decimal(0):
            progress.best_mark = mark
