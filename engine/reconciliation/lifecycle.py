"""Rows into the facts that the rules of trades' phases decide from, and what they decide into rows."""

from dataclasses import replace
from datetime import datetime

from decisions.reconciliation.effects import Effects
from decisions.reconciliation.phases import (
    close_sent,
    closed,
    closing_unreadable,
    entry_ended,
    entry_progressed,
    late_fills_closed,
    may_end,
    written_off,
)
from decisions.reconciliation.reopening import held_back
from decisions.reconciliation.view import (
    AbandonedTrade,
    ClosingFill,
    EntryFacts,
    ParentFacts,
    PlanView,
    TradeFacts,
)
from domain.journal.external_facts import ClosingUnreadable
from domain.lifecycle import Event
from domain.position_key import PositionKey
from domain.reopening import EntryRefusal
from domain.terms import FINAL_STATES, LIVE_PHASES, OrderState, Phase, Purpose
from engine.reconciliation.accounting import Accounting
from engine.reconciliation.effects import EffectWriter
from engine.reconciliation.fill_rows import external_closed_quantity
from engine.reconciliation.rounds import round_is_claimed
from engine.state.backoff import ENTRY_RETRY
from engine.state.context import CycleContext
from engine.state.row_mapping import active_rule, key_of
from engine.state.wording import position_name, tick_size_of
from storage.tables import FillRow, PositionRow

# A close that is written ahead has not been sent.
CLOSE_IS_OVER = (*FINAL_STATES, OrderState.STAGED)


class Lifecycle:
    """Has the phases of one cycle's trades decided and written."""

    def __init__(self, context: CycleContext) -> None:
        self.context = context
        self.rows = context.rows
        self.state = context.state
        self.now = context.now
        self.effects = EffectWriter(context)
        self.journal = self.effects.journal
        self.protection = self.effects.protection
        self.accounting = Accounting(context, self.effects)

    def apply(self, effects: Effects) -> None:
        """Write what was decided."""
        self.effects.apply(effects)

    def entry_progressed(self, position: PositionRow, *, filled: bool) -> None:
        """Take in that an entry executed; filled: some of its fills are new."""
        facts = self._entry_facts(position)
        if position.phase is Phase.FAILED and position.entry_quantity > 0 and not facts.key_taken:
            facts = replace(facts, round_claimed=round_is_claimed(self.rows, position), parent=self._parent(position))
        self.apply(entry_progressed(facts, filled=filled))

    def entry_failed(
        self, position: PositionRow, event: Event, sentence: str, why: EntryRefusal = EntryRefusal.OTHER
    ) -> None:
        """Take in that an entry ended without a fill; sentence is for the person, why what a rejection meant."""
        facts = self._entry_facts(position)
        if position.phase is Phase.ENTERING:
            facts = replace(facts, parent=self._parent(position))
        self.apply(entry_ended(facts, event, sentence, why, self.now))

    def finalise_close(self, position: PositionRow) -> None:
        """Close the trade when its own quantity is zero by fills and a position read agrees."""
        if not may_end(position.phase, self.rows.own_quantity(position)):
            return
        facts = self._trade_facts(position)
        given = late_fills_closed(facts)
        if given:
            self.apply(given)
            facts = self._trade_facts(position)
        self.apply(closed(facts))

    def close_sent(self, position: PositionRow) -> None:
        """Take in that a close of the trade is about to be committed."""
        self.apply(close_sent(position.id, position.phase))

    def write_off(self, position: PositionRow) -> None:
        """End a trade that the exchange no longer knows, as the person wants it."""
        self.apply(written_off(position.id, position_name(position), position.phase, self.now))

    def give_up(self, position: PositionRow) -> None:
        """End a trade whose closing can no longer be read."""
        facts = ClosingUnreadable(position_name(position), position.entry_quantity, position.entry_price)
        self.apply(closing_unreadable(position.id, position.phase, facts, self.now))

    def take_over(self, position: PositionRow) -> None:
        """Recalculate a trade after fills were given to it, and see that it is protected for all of it."""
        self.accounting.recorded(position)
        self.protection.mark_unprotected(position)
        self.protection.set_bracket(position)

    def hold_back(self, position: PositionRow, sentence: str, until: datetime) -> None:
        """Let a reopening wait for what is no fault of its own."""
        self.apply(held_back(position.id, position_name(position), position.phase_note, sentence, until))

    def _entry_facts(self, position: PositionRow) -> EntryFacts:
        return EntryFacts(
            position_id=position.id,
            name=position_name(position),
            phase=position.phase,
            plan_id=position.plan_id,
            plan_state=self.rows.plan_of(position).state,
            retry_after=ENTRY_RETRY,
            entry_quantity=position.entry_quantity,
            entry_price=position.entry_price,
            tick_size=tick_size_of(self.state.exchange, position),
            key_taken=self.rows.live_at(key_of(position)) not in (None, position),
            has_fills=bool(self.rows.fills_of[position.id]),
        )

    def _parent(self, position: PositionRow) -> ParentFacts | None:
        if position.parent_position_id is None:
            return None
        parent = self.rows.session.get_one(PositionRow, position.parent_position_id)
        return ParentFacts(
            position_id=parent.id,
            name=position_name(parent),
            reopen_state=parent.reopen_state,
            reopen_lapses_at=parent.reopen_lapses_at,
            note=parent.phase_note,
            restricted_for=self.state.retries.restricted_for(parent.id),
        )

    def _trade_facts(self, position: PositionRow) -> TradeFacts:
        plan, orders = self.rows.plan_of(position), self.rows.orders_of[position.id]
        closes = (order for order in orders if order.purpose is Purpose.CLOSE)
        return TradeFacts(
            position_id=position.id,
            name=position_name(position),
            phase=position.phase,
            entry_quantity=position.entry_quantity,
            own_quantity=self.rows.own_quantity(position),
            exit_quantity=position.exit_quantity,
            net_usdt=position.net_usdt,
            entry_final=self.rows.entry_final(position),
            closes_over=all(order.state in CLOSE_IS_OVER for order in closes),
            exchange_quantity=self.state.exchange.quantity_at(key_of(position)),
            others_quantity=self.rows.others_quantity(position),
            plan=PlanView(plan.id, plan.state, active_rule(plan)),
            closing_fills=tuple(self._closing(row) for row in self.rows.fills_of[position.id] if not row.opening),
            abandoned=tuple(
                AbandonedTrade(late.id, position_name(late), self.rows.own_quantity(late))
                for late in self.rows.abandoned_at(key_of(position))
            ),
            external_closed=external_closed_quantity(self.rows, position),
            close_asked=position.close_asked_by_person,
            reopen_count=position.reopen_count,
        )

    def _closing(self, row: FillRow) -> ClosingFill:
        order = None if row.order_id is None else self.rows.orders.get(row.order_id)
        return ClosingFill(
            trade_id=row.trade_id,
            traded_at=row.traded_at,
            quantity=row.quantity,
            of_our_order=row.order_id is not None,
            purpose=None if order is None else order.purpose,
            client_order_id=(row.client_order_id or "") if order is None else order.client_order_id,
            intent_reason=None if order is None else order.close_reason,
        )

    def orders_all_final(self, key: PositionKey) -> bool:
        """Whether every order of earlier trades at a key is final, so that a new trade may follow."""
        return all(
            order.state in FINAL_STATES
            for position in self.rows.positions_at[key]
            if position.phase not in LIVE_PHASES
            for order in self.rows.orders_of[position.id]
        )
