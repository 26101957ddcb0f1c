"""Fills into runs: quantities, money, protection prices and phases, each change with its journal line."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import func, select

from database import save_journal
from domain.closing import close_reason
from domain.lifecycle import Event, next_phase
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
from engine.reconciliation.attribution import booked_trades, give_along, share_out, taken_along
from engine.reconciliation.rounds import take_turn, turn_is_taken
from engine.state.backoff import ENTRY_RETRY
from engine.state.row_mapping import fill_of, fill_row
from engine.state.wording import place_words, price_words
from engine.state.working_set import Book, Memory, Place
from storage.tables import FillRow, IncomeShareRow, OrderRow, PositionRow


class LedgerConflict(Exception):
    """The exchange shows a row we have booked with other content: nothing may be booked over it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the exchange now shows other figures for {what}")
        self.what = what


def plan_rule(book: Book, position: PositionRow) -> ReopenRule:
    """Return the reopen rule of the run's plan as it is now."""
    plan = book.plan_of(position)
    return ReopenRule(
        enabled=plan.reopen_enabled and plan.state is PlanState.ACTIVE,
        delay=timedelta(seconds=plan.reopen_delay_seconds),
        maximum=plan.reopen_maximum,
        after_target=plan.reopen_after_target,
        after_stop=plan.reopen_after_stop,
    )


def position_terms(book: Book, position: PositionRow) -> TradeTerms:
    """Return the run's own copy of the terms."""
    return TradeTerms(
        symbol=position.symbol,
        side=position.side,
        amount_usdt=position.amount_usdt,
        leverage=position.leverage,
        tp_usdt=position.tp_usdt,
        sl_usdt=position.sl_usdt,
        basis=position.basis,
        reopen=plan_rule(book, position),
    )


class Positions:
    """Changes runs of one book at one moment."""

    def __init__(self, book: Book, memory: Memory, now: datetime) -> None:
        """Now is exchange time."""
        self.book = book
        self.memory = memory
        self.now = now
        self.money_moved = False  # a fill was booked in this pass

    def note(
        self, position: PositionRow, event: str, text: str, severity: Severity = Severity.INFO, **details: str
    ) -> None:
        """Write a journal line about a run; details are facts, money as strings."""
        save_journal(
            self.book.session,
            at=self.now,
            severity=severity,
            event=event,
            text=text,
            account_id=self.book.account_id,
            position_id=position.id,
            details=details,
        )

    def move(self, position: PositionRow, event: Event) -> None:
        """Move the run along the life-cycle table."""
        position.phase = next_phase(position.phase, event)

    def book_fills(self, position: PositionRow, order: OrderRow, fills: Iterable[Fill]) -> bool:
        """Book fills of one order of the run; return whether any was new.

        Raises:
            LedgerConflict: a trade id that is booked already has other content.
        """
        known = booked_trades(self.book, position)
        new = [fill for fill in fills if not _same(known.get(fill.trade_id), fill)]
        for fill in new:
            row = fill_row(self.book.account_id, fill)
            row.position_id, row.order_id = position.id, order.id
            self.book.session.add(row)
            self.book.fills_of[position.id].append(row)
        if new:
            self.booked(position)
        return bool(new)

    def booked(self, position: PositionRow) -> None:
        """Take in that trades were booked on the run's place: whose they are, and what that makes of the run."""
        # A position read from before now is too old for the place, and money has moved.
        self.memory.booked_batch[position.symbol, position.side] = self.memory.batch
        self.money_moved = True
        share_out(self.book, position)
        self.reckon(position)

    def booked_quantity(self, order: OrderRow) -> Decimal:
        """Return how much of an order's execution is booked, base units, whoever it belongs to."""
        of_run = (self.book.fills_of, self.book.beside_of, self.book.along_of)
        rows = (row for rows in of_run for row in rows[order.position_id])
        return sum((fill.quantity for fill in rows if fill.order_id == order.id), Decimal(0))

    def reckon(self, position: PositionRow) -> None:
        """Work out quantities, averages and money of a run anew from its fills and its share of funding."""
        fills = [(fill_of(row), row.opening) for row in self.book.fills_of[position.id]]
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
        """Return the run's share of income without an order, USDT, positive when received."""
        share = select(func.coalesce(func.sum(IncomeShareRow.amount), Decimal(0))).where(
            IncomeShareRow.position_id == position.id
        )
        return Decimal(self.book.session.scalar(share) or 0)

    def entry_progressed(self, position: PositionRow) -> None:
        """Take the run to OPEN on its first fill, and to its exact bracket as fills come in."""
        if position.entry_quantity <= 0:
            return
        if position.phase is Phase.ENTERING:
            self.move(position, Event.FIRST_FILL)
            position.phase_note = None
            self._say_opened(position)
        elif position.phase is Phase.FAILED and not self._open_late(position):
            return
        self.feel_exposed(position)
        self.set_bracket(position)

    def _open_late(self, position: PositionRow) -> bool:
        """Take in that an entry counted as absent was filled after all; return whether the run lives on.

        Where another run has taken the place, this one cannot live beside it: its quantity is closed at market at once,
        covered until then by the other run's stop, and it stays FAILED with its costs booked. The same where another
        try has had its turn and is over: a plan opens once a turn.
        """
        taken = self.book.live_at((position.symbol, position.side)) is not None
        follows = "takes care of it."
        if taken or turn_is_taken(self.book, position):
            follows = f"closes it, because another one {'is open there' if taken else 'was opened in its stead'}."
            position.naked_since = None
        else:
            self.move(position, Event.LATE_FILL)
            take_turn(self.book, position)
        text = f"{place_words(position)}: the entry thought lost was filled after all; the bot {follows}"
        self.note(position, "late_fill", text, Severity.WARNING)
        return position.phase is not Phase.FAILED

    def take_over(self, position: PositionRow) -> None:
        """Reckon a run anew after fills were given to it, and see that it is protected for all of it."""
        self.booked(position)
        self.feel_exposed(position)
        self.set_bracket(position)

    def feel_exposed(self, position: PositionRow) -> None:
        """Note since when the run may be open without a stop."""
        if position.naked_since is None and position.protected_at is None:
            position.naked_since = self.now

    def _say_opened(self, position: PositionRow) -> None:
        assert position.entry_price is not None
        price = price_words(position.entry_price, self.memory.rules.get(position.symbol))
        self.note(
            position,
            "opened",
            f"Opened {place_words(position)}: {format_quantity(position.entry_quantity)} at {price}.",
            Severity.GOOD,
            quantity=str(position.entry_quantity),
            entry_price=str(position.entry_price),
        )

    def set_bracket(self, position: PositionRow) -> None:
        """Work out where stop and target belong from what was actually filled."""
        rules = self.memory.rules.get(position.symbol)
        if rules is None or position.entry_price is None:
            return
        opening = [row for row in self.book.fills_of[position.id] if row.opening]
        commission = sum((f.commission for f in opening if f.commission_asset == "USDT"), Decimal(0))
        reading = self.memory.fresh_reading((position.symbol, position.side))
        placed = bracket_after_fill(
            EntryFill(position.side, position.entry_quantity, position.entry_price, commission),
            position_terms(self.book, position),
            rules,
            position.taker_rate,
            reading.liquidation_price if reading else position.liquidation_price,
            (reading.mark_price if reading else None) or position.entry_price,
        )
        position.stop_price = placed.stop_price
        position.target_price = placed.target_price
        for sentence in placed.notes:
            self.note(position, "bracket_adjusted", f"{place_words(position)}: {sentence}", Severity.WARNING)

    def entry_failed(self, position: PositionRow, event: Event, sentence: str) -> None:
        """End a run that never opened; the parent's reopening keeps its place so that it can be tried again."""
        was_entering = position.phase is Phase.ENTERING
        self.move(position, event)
        if not was_entering:
            return
        position.phase_note = sentence
        position.naked_since = None
        self.note(position, "not_opened", f"{place_words(position)} was not opened: {sentence}", Severity.WARNING)
        self._give_back(position, event, sentence)

    def _give_back(self, position: PositionRow, event: Event, sentence: str) -> None:
        """Give the chance to open again back to the run before, or pause the plan and say why."""
        plan = self.book.plan_of(position)
        if position.parent_position_id is None:
            plan.state, plan.state_reason = PlanState.ENDED, sentence
            return
        parent = self.book.session.get_one(PositionRow, position.parent_position_id)
        passing = event in (Event.ENTRY_EXPIRED, Event.ENTRY_ABSENT)
        if passing and parent.reopen_lapses_at is not None and self.now < parent.reopen_lapses_at:
            parent.reopen_state = ReopenState.WAITING
            parent.reopen_not_before = self.now + ENTRY_RETRY
            return
        parent.reopen_state = ReopenState.REFUSED
        plan.state, plan.state_reason = PlanState.PAUSED, sentence

    def protected(self, position: PositionRow, price: Decimal) -> None:
        """Note that a stop is known to rest."""
        if position.protected_at is None:
            position.protected_at = self.now
            words = price_words(price, self.memory.rules.get(position.symbol))
            took = (self.now - position.naked_since).total_seconds() if position.naked_since else 0.0
            self.note(
                position,
                "protected",
                f"Stop-loss of {place_words(position)} rests on the exchange at {words}.",
                seconds_without=f"{took:.3f}",
            )
        position.naked_since = None

    def unprotected(self, position: PositionRow, sentence: str | None) -> None:
        """Note that a stop is gone while the run still holds something; sentence None: nothing to tell the person."""
        resting = any(
            order.state is OrderState.WORKING and order.purpose in (Purpose.STOP, Purpose.BRIDGE)
            for order in self.book.orders_of[position.id]
        )
        if resting or position.phase not in (Phase.OPEN, Phase.CLOSING) or self.book.own_quantity(position) <= 0:
            return
        if position.protected_at is not None and sentence is not None:
            self.note(position, "stop_gone", f"{place_words(position)}: {sentence}", Severity.WARNING)
        position.protected_at = None
        self.feel_exposed(position)

    def settle_end(self, position: PositionRow) -> None:
        """Close the run when its own quantity is zero by fills and a position read agrees."""
        if position.phase not in (Phase.OPEN, Phase.CLOSING):
            return
        if self.book.own_quantity(position) > 0:
            self._close_anew(position)
            return
        if position.entry_quantity <= 0 or not self.book.entry_settled(position):
            return
        seen = self.memory.place_quantity((position.symbol, position.side))
        self._give_to_late_fills(position, seen)
        # More out than in: what somebody else had added to it is not known yet.
        if position.exit_quantity > position.entry_quantity or seen != self.book.others_quantity(position):
            return
        last = max(
            (f for f in self.book.fills_of[position.id] if not f.opening), key=lambda f: (f.traded_at, f.trade_id)
        )
        position.close_reason = self._reason(position, last)
        position.closed_at = last.traded_at
        position.naked_since = None
        position.protected_at = None
        self.move(position, Event.FLAT)
        self._schedule_reopen(position)
        severity = Severity.GOOD if (position.net_usdt or 0) >= 0 else Severity.INFO
        sentence = closed_sentence(position.close_reason, position.net_usdt)
        if (theirs := taken_along(self.book, position)) > 0:
            sentence += f". {format_quantity(theirs)} of somebody else's was closed along with it and is not in this"
        self.note(
            position, "closed", f"{place_words(position)}: {sentence}.", severity, net_usdt=str(position.net_usdt)
        )

    def _close_anew(self, position: PositionRow) -> None:
        """Go back to where a close can be sent when none is under way: it ended early, or took less than was ours."""
        closes = [order for order in self.book.orders_of[position.id] if order.purpose is Purpose.CLOSE]
        if position.phase is Phase.CLOSING and all(order.state in FINAL_STATES for order in closes):
            self.move(position, Event.CLOSE_ENDED_WITH_QUANTITY)
            self.memory.explained_at.pop(position.id, None)

    def _give_to_late_fills(self, position: PositionRow, seen: Decimal | None) -> None:
        """Give what the run's orders closed beyond its own to a run given up, filled late on the same place."""
        for late in self.book.given_up_at((position.symbol, position.side)):
            surplus = position.exit_quantity - position.entry_quantity
            along = min(surplus, self.book.own_quantity(late))
            if along <= 0 or seen != self.book.others_quantity(position) - along:
                continue
            give_along(self.book, position, late, along)
            self.reckon(position)
            self.reckon(late)
            sentence = "what was filled late was closed along with the run in its place."
            self.note(late, "late_fill_closed", f"{place_words(late)}: {sentence}", Severity.WARNING)

    def _reason(self, position: PositionRow, last: FillRow) -> CloseReason:
        order = self.book.orders.get(last.order_id) if last.order_id is not None else None
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
            plan_rule(self.book, position),
            position.reopen_count,
        )
        position.reopen_state = state
        position.reopen_not_before = not_before
        position.reopen_lapses_at = lapses_at
        plan = self.book.plan_of(position)
        if state is ReopenState.NONE and plan.state is PlanState.ACTIVE:
            plan.state = PlanState.ENDED

    def orders_all_final(self, place: Place) -> bool:
        """Whether every order of earlier runs on a place is final, so that a new run may follow."""
        return all(
            order.state in FINAL_STATES
            for position in self.book.runs_at[place]
            if position.phase not in LIVE_PHASES
            for order in self.book.orders_of[position.id]
        )


def _same(booked: Fill | None, fill: Fill) -> bool:
    """Whether a fill is booked already.

    Raises:
        LedgerConflict: it is, with other content.
    """
    if booked is None:
        return False
    if (booked.price, booked.quantity, booked.commission, booked.realized_pnl, booked.exchange_order_id) != (
        fill.price,
        fill.quantity,
        fill.commission,
        fill.realized_pnl,
        fill.exchange_order_id,
    ):
        raise LedgerConflict(f"trade {fill.trade_id} of {fill.symbol}")
    return True
