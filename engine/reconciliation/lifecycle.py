"""Moves of trades between phases: opened, failed, closed; each with what follows from it."""

from datetime import datetime
from decimal import Decimal

from domain.closing import close_reason
from domain.journal.trade_facts import Closed, LateFill, LateFillClosed, LateFillFate, NotOpened, Opened, ReopenWaits
from domain.lifecycle import Event, next_phase
from domain.position_key import PositionKey
from domain.reopening import RECENTLY_CLOSED_FOR, EntryRefusal, reopen_schedule
from domain.terms import (
    FINAL_STATES,
    LIVE_PHASES,
    CloseReason,
    OrderState,
    Phase,
    PlanState,
    Purpose,
    ReopenState,
)
from engine.reconciliation.accounting import Accounting
from engine.reconciliation.attribution import attribute_surplus, external_closed_quantity
from engine.reconciliation.journal import Journal
from engine.reconciliation.protection import Protection
from engine.reconciliation.rounds import claim_round, round_is_claimed
from engine.state.backoff import ENTRY_RETRY
from engine.state.context import CycleContext
from engine.state.row_mapping import active_rule, key_of
from engine.state.wording import position_name, tick_size_of
from storage.tables import FillRow, PositionRow


class Lifecycle:
    """Changes the phases of one cycle's trades."""

    def __init__(self, context: CycleContext) -> None:
        self.context = context
        self.rows = context.rows
        self.state = context.state
        self.now = context.now
        self.journal = Journal(context)
        self.accounting = Accounting(context)
        self.protection = Protection(context, self.journal)

    def move(self, position: PositionRow, event: Event) -> None:
        """Move the trade along the life-cycle table; whoever ends one, its income is read early."""
        position.phase = next_phase(position.phase, event)
        if position.phase is Phase.CLOSED:
            self.state.schedule.trade_ended(self.now)

    def entry_progressed(self, position: PositionRow, *, filled: bool) -> None:
        """Take the trade to OPEN on its first fill, and to its exact bracket as fills come in.

        filled: there are new ones; hearing of the same again moves nothing back that has been moved since.
        """
        if position.entry_quantity <= 0:
            return
        if position.phase is Phase.ENTERING:
            self.move(position, Event.FIRST_FILL)
            position.phase_note = None
            self._say_opened(position)
        elif position.phase is Phase.FAILED and not self._open_late(position):
            return
        self.protection.mark_unprotected(position)
        if filled:
            self.protection.set_bracket(position)

    def _open_late(self, position: PositionRow) -> bool:
        """Take in that an entry counted as absent was filled after all; return whether the trade lives on.

        Where another trade lives at its key, this one cannot live beside it: its quantity is closed at market at once,
        covered until then by the other trade's stop, and it stays FAILED with its costs recorded. The same where
        another try has had its round and is over: a plan opens once a round.
        """
        taken = self.rows.live_at(key_of(position)) is not None
        fate = LateFillFate.LIVES
        if taken or round_is_claimed(self.rows, position):
            fate = LateFillFate.ANOTHER_IS_OPEN if taken else LateFillFate.ANOTHER_WAS_OPENED
            position.unprotected_since = None
        else:
            self.move(position, Event.LATE_FILL)
            claim_round(self.rows, position)
        self.journal.note(position, LateFill(position_name(position), fate))
        return position.phase is not Phase.FAILED

    def take_over(self, position: PositionRow) -> None:
        """Recalculate a trade after fills were given to it, and see that it is protected for all of it."""
        self.accounting.recorded(position)
        self.protection.mark_unprotected(position)
        self.protection.set_bracket(position)

    def _say_opened(self, position: PositionRow) -> None:
        assert position.entry_price is not None
        tick_size = tick_size_of(self.state.exchange, position)
        facts = Opened(position_name(position), position.entry_quantity, position.entry_price, tick_size)
        self.journal.note(position, facts)

    def entry_failed(
        self, position: PositionRow, event: Event, sentence: str, why: EntryRefusal = EntryRefusal.OTHER
    ) -> None:
        """End a trade that never opened; the reopening it was made for may be tried again.

        Args:
            position: the trade.
            event: how its entry ended.
            sentence: why, for the person.
            why: what a refusal meant.
        """
        was_entering = position.phase is Phase.ENTERING
        self.move(position, event)
        if not was_entering:
            return
        position.phase_note = sentence
        position.unprotected_since = None
        self.journal.note(position, NotOpened(position_name(position), sentence))
        if self.rows.fills_of[position.id]:
            self.accounting.recorded(position)  # closed by our orders, but never ours
        self._give_back(position, event, sentence, why)

    def _give_back(self, position: PositionRow, event: Event, sentence: str, why: EntryRefusal) -> None:
        """Give the chance to open again back to the trade before, or pause the plan and say why."""
        plan = self.rows.plan_of(position)
        if position.parent_position_id is None:
            plan.state, plan.state_reason = PlanState.ENDED, sentence
            return
        parent = self.rows.session.get_one(PositionRow, position.parent_position_id)
        if why is EntryRefusal.SYMBOL_RESTRICTED:
            parent.reopen_state = ReopenState.WAITING
            self.hold_back(parent, sentence, self.now + self.state.retries.next_reopening_after(parent.id))
            return
        passing = event in (Event.ENTRY_EXPIRED, Event.ENTRY_ABSENT)
        if passing and parent.reopen_lapses_at is not None and self.now < parent.reopen_lapses_at:
            parent.reopen_state = ReopenState.WAITING
            parent.reopen_not_before = self.now + ENTRY_RETRY
            return
        parent.reopen_state = ReopenState.REJECTED
        plan.state, plan.state_reason = PlanState.PAUSED, sentence

    def hold_back(self, position: PositionRow, sentence: str, until: datetime) -> None:
        """Let a reopening wait for what is no fault of its own: its time begins then, so that it does not lapse."""
        position.reopen_not_before = until
        position.reopen_lapses_at = until + RECENTLY_CLOSED_FOR
        if position.phase_note != sentence:
            position.phase_note = sentence
            self.journal.note(position, ReopenWaits(position_name(position), sentence))

    def finalise_close(self, position: PositionRow) -> None:
        """Close the trade when its own quantity is zero by fills and a position read agrees."""
        if position.phase not in (Phase.OPEN, Phase.CLOSING):
            return
        if self.rows.own_quantity(position) > 0:
            self._close_anew(position)
            return
        if position.entry_quantity <= 0 or not self.rows.entry_final(position):
            return
        shown = self.state.exchange.quantity_at(key_of(position))
        self._attribute_to_late_fills(position, shown)
        # More out than in: what somebody else had added to it is not known yet.
        if position.exit_quantity > position.entry_quantity or shown != self.rows.others_quantity(position):
            return
        last = max(
            (f for f in self.rows.fills_of[position.id] if not f.opening), key=lambda f: (f.traded_at, f.trade_id)
        )
        position.close_reason = self._reason(position, last)
        position.closed_at = last.traded_at
        position.unprotected_since = None
        position.protected_at = None
        self.move(position, Event.FLAT)
        self._schedule_reopen(position)
        self._say_closed(position)

    def _say_closed(self, position: PositionRow) -> None:
        assert position.close_reason is not None
        theirs = external_closed_quantity(self.rows, position)
        facts = Closed(position_name(position), position.close_reason, position.net_usdt, theirs)
        self.journal.note(position, facts)

    def _close_anew(self, position: PositionRow) -> None:
        """Go back to where a close can be sent when none is under way: it ended early, or took less than was ours."""
        closes = [order for order in self.rows.orders_of[position.id] if order.purpose is Purpose.CLOSE]
        over = (*FINAL_STATES, OrderState.STAGED)
        if position.phase is Phase.CLOSING and all(order.state in over for order in closes):
            self.move(position, Event.CLOSE_ENDED_WITH_QUANTITY)
            self.state.retries.reconciled_at.pop(position.id, None)

    def _attribute_to_late_fills(self, position: PositionRow, shown: Decimal | None) -> None:
        """Give what the trade's orders closed beyond its own to an abandoned trade, filled late at the same key."""
        for late in self.rows.abandoned_at(key_of(position)):
            surplus = position.exit_quantity - position.entry_quantity
            part = min(surplus, self.rows.own_quantity(late))
            if part <= 0 or shown != self.rows.others_quantity(position) - part:
                continue
            attribute_surplus(self.rows, position, late, part)
            self.accounting.recalculate(position)
            self.accounting.recalculate(late)
            self.journal.note(late, LateFillClosed(position_name(late)))

    def _reason(self, position: PositionRow, last: FillRow) -> CloseReason:
        order = self.rows.orders.get(last.order_id) if last.order_id is not None else None
        if order is None:
            return close_reason(None, last.client_order_id or "", None)
        return close_reason(order.purpose, order.client_order_id, order.close_reason)

    def _schedule_reopen(self, position: PositionRow) -> None:
        assert position.close_reason is not None
        assert position.closed_at is not None
        plan = self.rows.plan_of(position)
        state, not_before, lapses_at = reopen_schedule(
            position.close_reason,
            position.close_asked_by_person,
            position.closed_at,
            active_rule(plan),
            position.reopen_count,
        )
        position.reopen_state = state
        position.reopen_not_before = not_before
        position.reopen_lapses_at = lapses_at
        if state is ReopenState.NONE and plan.state is PlanState.ACTIVE:
            plan.state = PlanState.ENDED

    def orders_all_final(self, key: PositionKey) -> bool:
        """Whether every order of earlier trades at a key is final, so that a new trade may follow."""
        return all(
            order.state in FINAL_STATES
            for position in self.rows.positions_at[key]
            if position.phase not in LIVE_PHASES
            for order in self.rows.orders_of[position.id]
        )
