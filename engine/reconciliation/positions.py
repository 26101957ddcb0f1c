"""Fills into trades: quantities, money, protection prices and phases, each change with its journal line."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from database import save_journal
from domain.closing import close_reason
from domain.lifecycle import Event, next_phase
from domain.position_key import PositionKey
from domain.pricing.brackets import EntryFill, bracket_after_fill
from domain.pricing.pnl import run_result
from domain.reopening import reopen_schedule
from domain.terms import (
    FINAL_STATES,
    LIVE_PHASES,
    CloseReason,
    Fill,
    OrderState,
    Phase,
    PlanState,
    Purpose,
    ReopenRule,
    ReopenState,
    Severity,
    TradeTerms,
)
from domain.wording import closed_sentence, format_quantity
from engine.reconciliation.attribution import (
    attribute_fills,
    attribute_surplus,
    external_closed_quantity,
    recorded_trades,
)
from engine.reconciliation.rounds import claim_round, round_is_claimed
from engine.state.backoff import ENTRY_RETRY
from engine.state.row_mapping import fill_of, fill_row, key_of
from engine.state.wording import position_name, price_text
from engine.state.working_set import Memory, WorkingSet
from storage.tables import FillRow, IncomeShareRow, OrderRow, PositionRow


class LedgerConflict(Exception):
    """The exchange shows a row we have recorded with other content: nothing may be recorded over it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the exchange now shows other figures for {what}")
        self.what = what


def plan_rule(rows: WorkingSet, position: PositionRow) -> ReopenRule:
    """Return the reopen rule of the trade's plan as it is now."""
    plan = rows.plan_of(position)
    return ReopenRule(
        enabled=plan.reopen_enabled and plan.state is PlanState.ACTIVE,
        delay=timedelta(seconds=plan.reopen_delay_seconds),
        maximum=plan.reopen_maximum,
        after_target=plan.reopen_after_target,
        after_stop=plan.reopen_after_stop,
    )


def position_terms(rows: WorkingSet, position: PositionRow) -> TradeTerms:
    """Return the trade's own copy of the terms."""
    return TradeTerms(
        symbol=position.symbol,
        side=position.side,
        amount_usdt=position.amount_usdt,
        leverage=position.leverage,
        tp_usdt=position.tp_usdt,
        sl_usdt=position.sl_usdt,
        basis=position.basis,
        reopen=plan_rule(rows, position),
    )


class Positions:
    """Changes trades of one working set at one moment."""

    def __init__(self, rows: WorkingSet, memory: Memory, now: datetime) -> None:
        """Now is exchange time."""
        self.rows = rows
        self.memory = memory
        self.now = now
        self.money_moved = False  # a fill was recorded in this cycle

    def note(
        self, position: PositionRow, event: str, text: str, severity: Severity = Severity.INFO, **details: str
    ) -> None:
        """Write a journal line about a trade; details are facts, money as strings."""
        save_journal(
            self.rows.session,
            at=self.now,
            severity=severity,
            event=event,
            text=text,
            account_id=self.rows.account_id,
            position_id=position.id,
            details=details,
        )

    def move(self, position: PositionRow, event: Event) -> None:
        """Move the trade along the life-cycle table."""
        position.phase = next_phase(position.phase, event)

    def record_fills(self, position: PositionRow, order: OrderRow, fills: Iterable[Fill]) -> bool:
        """Record fills of one order of the trade; return whether any was new.

        Raises:
            LedgerConflict: a trade id that is recorded already has other content.
        """
        known = recorded_trades(self.rows, position)
        new = [fill for fill in fills if not _same(known.get(fill.trade_id), fill)]
        for fill in new:
            row = fill_row(self.rows.account_id, fill)
            row.position_id, row.order_id = position.id, order.id
            self.rows.session.add(row)
            self.rows.fills_of[position.id].append(row)
        if new:
            self.recorded(position)
        return bool(new)

    def recorded(self, position: PositionRow) -> None:
        """Take in that fills were recorded on the position: whose they are, and what that makes of the trade."""
        # A position read from before now is too old for the position, and money has moved.
        self.memory.recorded_batch[key_of(position)] = self.memory.batch
        self.money_moved = True
        attribute_fills(self.rows, position)
        self.recalculate(position)

    def recorded_quantity(self, order: OrderRow) -> Decimal:
        """Return how much of an order's execution is recorded, base units, whoever it belongs to."""
        of_run = (self.rows.fills_of, self.rows.external_fills_of, self.rows.surplus_fills_of)
        fills = (row for fills in of_run for row in fills[order.position_id])
        return sum((fill.quantity for fill in fills if fill.order_id == order.id), Decimal(0))

    def recalculate(self, position: PositionRow) -> None:
        """Work out quantities, averages and money of a trade anew from its fills and its share of funding."""
        fills = [(fill_of(row), row.opening) for row in self.rows.fills_of[position.id]]
        result = run_result(fills, self.funding(position))
        position.entry_quantity = result.entry_quantity
        position.entry_price = result.entry_price
        position.exit_quantity = result.exit_quantity
        position.exit_price = result.exit_price
        position.gross_usdt = result.gross
        position.fees_usdt = result.fees
        position.funding_usdt = result.net - result.gross + result.fees
        position.net_usdt = result.net
        position.opened_at = result.opened_at

    def funding(self, position: PositionRow) -> Decimal:
        """Return the trade's share of income without an order, USDT, positive when received."""
        share = select(func.coalesce(func.sum(IncomeShareRow.amount), Decimal(0))).where(
            IncomeShareRow.position_id == position.id
        )
        return Decimal(self.rows.session.scalar(share) or 0)

    def entry_progressed(self, position: PositionRow) -> None:
        """Take the trade to OPEN on its first fill, and to its exact bracket as fills come in."""
        if position.entry_quantity <= 0:
            return
        if position.phase is Phase.ENTERING:
            self.move(position, Event.FIRST_FILL)
            position.phase_note = None
            self._say_opened(position)
        elif position.phase is Phase.FAILED and not self._open_late(position):
            return
        self.mark_unprotected(position)
        self.set_bracket(position)

    def _open_late(self, position: PositionRow) -> bool:
        """Take in that an entry counted as absent was filled after all; return whether the trade lives on.

        Where another trade has taken the position, this one cannot live beside it: its quantity is closed at market at
        once, covered until then by the other trade's stop, and it stays FAILED with its costs recorded. The same where
        another try has had its round and is over: a plan opens once a round.
        """
        taken = self.rows.live_at(key_of(position)) is not None
        follows = "takes care of it."
        if taken or round_is_claimed(self.rows, position):
            follows = f"closes it, because another one {'is open there' if taken else 'was opened in its stead'}."
            position.unprotected_since = None
        else:
            self.move(position, Event.LATE_FILL)
            claim_round(self.rows, position)
        text = f"{position_name(position)}: the entry thought lost was filled after all; the bot {follows}"
        self.note(position, "late_fill", text, Severity.WARNING)
        return position.phase is not Phase.FAILED

    def take_over(self, position: PositionRow) -> None:
        """Recalculate a trade after fills were given to it, and see that it is protected for all of it."""
        self.recorded(position)
        self.mark_unprotected(position)
        self.set_bracket(position)

    def mark_unprotected(self, position: PositionRow) -> None:
        """Note since when the trade may be open without a stop."""
        if position.unprotected_since is None and position.protected_at is None:
            position.unprotected_since = self.now

    def _say_opened(self, position: PositionRow) -> None:
        assert position.entry_price is not None
        price = price_text(position.entry_price, self.memory.rules.get(position.symbol))
        self.note(
            position,
            "opened",
            f"Opened {position_name(position)}: {format_quantity(position.entry_quantity)} at {price}.",
            Severity.GOOD,
            quantity=str(position.entry_quantity),
            entry_price=str(position.entry_price),
        )

    def set_bracket(self, position: PositionRow) -> None:
        """Work out where stop and target belong from what was actually filled."""
        rules = self.memory.rules.get(position.symbol)
        if rules is None or position.entry_price is None:
            return
        opening = [row for row in self.rows.fills_of[position.id] if row.opening]
        commission = sum((f.commission for f in opening if f.commission_asset == "USDT"), Decimal(0))
        reading = self.memory.fresh_reading(key_of(position))
        placed = bracket_after_fill(
            EntryFill(position.side, position.entry_quantity, position.entry_price, commission),
            position_terms(self.rows, position),
            rules,
            position.taker_rate,
            reading.liquidation_price if reading else position.liquidation_price,
            (reading.mark_price if reading else None) or position.entry_price,
        )
        position.stop_price = placed.stop_price
        position.target_price = placed.target_price
        for sentence in placed.notes:
            self.note(position, "bracket_adjusted", f"{position_name(position)}: {sentence}", Severity.WARNING)

    def entry_failed(self, position: PositionRow, event: Event, sentence: str) -> None:
        """End a trade that never opened; the parent's reopening keeps its position so that it can be tried again."""
        was_entering = position.phase is Phase.ENTERING
        self.move(position, event)
        if not was_entering:
            return
        position.phase_note = sentence
        position.unprotected_since = None
        self.note(position, "not_opened", f"{position_name(position)} was not opened: {sentence}", Severity.WARNING)
        self._give_back(position, event, sentence)

    def _give_back(self, position: PositionRow, event: Event, sentence: str) -> None:
        """Give the chance to open again back to the trade before, or pause the plan and say why."""
        plan = self.rows.plan_of(position)
        if position.parent_position_id is None:
            plan.state, plan.state_reason = PlanState.ENDED, sentence
            return
        parent = self.rows.session.get_one(PositionRow, position.parent_position_id)
        passing = event in (Event.ENTRY_EXPIRED, Event.ENTRY_ABSENT)
        if passing and parent.reopen_lapses_at is not None and self.now < parent.reopen_lapses_at:
            parent.reopen_state = ReopenState.WAITING
            parent.reopen_not_before = self.now + ENTRY_RETRY
            return
        parent.reopen_state = ReopenState.REJECTED
        plan.state, plan.state_reason = PlanState.PAUSED, sentence

    def stop_rests(self, position: PositionRow, price: Decimal) -> None:
        """Note that a stop is known to rest."""
        if position.protected_at is None:
            position.protected_at = self.now
            words = price_text(price, self.memory.rules.get(position.symbol))
            took = (self.now - position.unprotected_since).total_seconds() if position.unprotected_since else 0.0
            self.note(
                position,
                "protected",
                f"Stop-loss of {position_name(position)} rests on the exchange at {words}.",
                seconds_without=f"{took:.3f}",
            )
        position.unprotected_since = None

    def stop_lost(self, position: PositionRow, sentence: str | None) -> None:
        """Note that a stop is gone while the trade still holds something; sentence None: nothing to tell the person."""
        resting = any(
            order.state is OrderState.WORKING and order.purpose in (Purpose.STOP, Purpose.INTERIM)
            for order in self.rows.orders_of[position.id]
        )
        if resting or position.phase not in (Phase.OPEN, Phase.CLOSING) or self.rows.own_quantity(position) <= 0:
            return
        if position.protected_at is not None and sentence is not None:
            self.note(position, "stop_gone", f"{position_name(position)}: {sentence}", Severity.WARNING)
        position.protected_at = None
        self.mark_unprotected(position)

    def finalise_close(self, position: PositionRow) -> None:
        """Close the trade when its own quantity is zero by fills and a position read agrees."""
        if position.phase not in (Phase.OPEN, Phase.CLOSING):
            return
        if self.rows.own_quantity(position) > 0:
            self._close_anew(position)
            return
        if position.entry_quantity <= 0 or not self.rows.entry_final(position):
            return
        seen = self.memory.quantity_at(key_of(position))
        self._attribute_to_late_fills(position, seen)
        # More out than in: what somebody else had added to it is not known yet.
        if position.exit_quantity > position.entry_quantity or seen != self.rows.others_quantity(position):
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
        severity = Severity.GOOD if (position.net_usdt or 0) >= 0 else Severity.INFO
        sentence = closed_sentence(position.close_reason, position.net_usdt)
        if (theirs := external_closed_quantity(self.rows, position)) > 0:
            sentence += f". {format_quantity(theirs)} of somebody else's was closed along with it and is not in this"
        self.note(
            position, "closed", f"{position_name(position)}: {sentence}.", severity, net_usdt=str(position.net_usdt)
        )

    def _close_anew(self, position: PositionRow) -> None:
        """Go back to where a close can be sent when none is under way: it ended early, or took less than was ours."""
        closes = [order for order in self.rows.orders_of[position.id] if order.purpose is Purpose.CLOSE]
        if position.phase is Phase.CLOSING and all(order.state in FINAL_STATES for order in closes):
            self.move(position, Event.CLOSE_ENDED_WITH_QUANTITY)
            self.memory.reconciled_at.pop(position.id, None)

    def _attribute_to_late_fills(self, position: PositionRow, seen: Decimal | None) -> None:
        """Give what the trade's orders closed beyond its own to a trade abandoned, filled late on the same position."""
        for late in self.rows.abandoned_at(key_of(position)):
            surplus = position.exit_quantity - position.entry_quantity
            along = min(surplus, self.rows.own_quantity(late))
            if along <= 0 or seen != self.rows.others_quantity(position) - along:
                continue
            attribute_surplus(self.rows, position, late, along)
            self.recalculate(position)
            self.recalculate(late)
            sentence = "what was filled late was closed along with the run in its place."
            self.note(late, "late_fill_closed", f"{position_name(late)}: {sentence}", Severity.WARNING)

    def _reason(self, position: PositionRow, last: FillRow) -> CloseReason:
        order = self.rows.orders.get(last.order_id) if last.order_id is not None else None
        if order is None:
            return close_reason(None, last.client_order_id or "", None)
        return close_reason(order.purpose, order.client_order_id, order.close_reason)

    def _schedule_reopen(self, position: PositionRow) -> None:
        assert position.close_reason is not None
        assert position.closed_at is not None
        state, not_before, lapses_at = reopen_schedule(
            position.close_reason,
            position.close_asked_by_person,
            position.closed_at,
            plan_rule(self.rows, position),
            position.reopen_count,
        )
        position.reopen_state = state
        position.reopen_not_before = not_before
        position.reopen_lapses_at = lapses_at
        plan = self.rows.plan_of(position)
        if state is ReopenState.NONE and plan.state is PlanState.ACTIVE:
            plan.state = PlanState.ENDED

    def orders_all_final(self, key: PositionKey) -> bool:
        """Whether every order of earlier trades on a position is final, so that a new trade may follow."""
        return all(
            order.state in FINAL_STATES
            for position in self.rows.positions_at[key]
            if position.phase not in LIVE_PHASES
            for order in self.rows.orders_of[position.id]
        )


def _same(recorded: Fill | None, fill: Fill) -> bool:
    """Whether a fill is recorded already.

    Raises:
        LedgerConflict: it is, with other content.
    """
    if recorded is None:
        return False
    if (recorded.price, recorded.quantity, recorded.commission, recorded.realized_pnl, recorded.exchange_order_id) != (
        fill.price,
        fill.quantity,
        fill.commission,
        fill.realized_pnl,
        fill.exchange_order_id,
    ):
        raise LedgerConflict(f"trade {fill.trade_id} of {fill.symbol}")
    return True
