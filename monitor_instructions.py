"""What people asked for: each instruction is consumed in the transaction that writes its effect."""

from decimal import Decimal

from sqlalchemy import select

from database import save_setting
from database_tables import InstructionRow, OrderRow, PlanRow, PositionRow
from domain.lifecycle import Event
from domain.reopening import EntryRefusal
from domain.terms import CloseReason, InstructionKind, Phase, PlanState, ReopenState, Severity
from domain.terms_json import BadTerms, terms_from_json
from monitor_entering import Entering, No, new_plan
from monitor_positions import place_words
from monitor_stuck import blaming
from monitor_tasks import EntryFacts, EntryNotPrepared, PrepareEntry, Task

TRIED_AGAIN = frozenset(
    {
        EntryRefusal.NOT_EXECUTED,
        EntryRefusal.NO_FRESH_CHECK,
        EntryRefusal.NO_ROOM_FOR_REQUESTS,
        EntryRefusal.PRICES_APART,
    }
)


class Instructions:
    """Carries out the waiting instructions of one account."""

    def __init__(self, entering: Entering) -> None:
        self.entering = entering
        self.positions = entering.positions
        self.book = entering.book
        self.now = entering.now

    def take(self, preparing: set[str]) -> list[Task]:
        """Carry out what can be done at once and return the preparations of trades to open."""
        waiting = self.book.session.scalars(
            select(InstructionRow)
            .where(InstructionRow.account_id == self.book.account_id, InstructionRow.consumed_at.is_(None))
            .order_by(InstructionRow.created_at)
        )
        tasks: list[Task] = []
        for row in waiting:
            if row.id in self.positions.memory.unworkable:
                self.consume(row, "The bot could not carry this out because of a fault of its own. Nothing was sent.")
            elif row.lapses_at is not None and self.now > row.lapses_at:
                self.consume(row, "Nothing was sent: the bot could not act on it within a minute.")
            elif row.kind is InstructionKind.OPEN:
                tasks += self._prepare(row, preparing)
            else:
                with blaming(instruction_id=row.id):
                    self._do(row)
                    self.book.session.flush()
        return tasks

    def consume(self, row: InstructionRow, outcome: str) -> None:
        """Mark an instruction as carried out, with what the person is told."""
        row.consumed_at = self.now
        row.outcome = outcome

    def _prepare(self, row: InstructionRow, preparing: set[str]) -> list[Task]:
        if row.id in preparing:
            return []
        try:
            return [PrepareEntry(row.id, terms_from_json(row.terms))]
        except BadTerms as wrong:
            self.consume(row, " ".join(wrong.messages))
            return []

    def prepared(self, facts: EntryFacts) -> Task | None:
        """Open the trade whose facts were read, or tell the person why not."""
        row = self.book.session.get(InstructionRow, facts.key)
        if row is None or row.consumed_at is not None:
            return None
        no, figures = self.entering.refusal(facts, None)
        if no is None and self.entering.around.opening_paused:
            no = No(EntryRefusal.OPENING_PAUSED, "opening is paused. Resume it first.")
        if no is not None or figures is None:
            self._not_opened(row, no)
            return None
        plan = new_plan(self.book.account_id, facts.terms, self.now)
        self.book.session.add(plan)
        self.book.session.flush()
        task = self.entering.begin(plan, None, facts, figures)
        row.plan_id = plan.id
        self.consume(row, f"{facts.terms.symbol} {facts.terms.side.value} is being opened.")
        return task

    def not_prepared(self, answer: EntryNotPrepared) -> None:
        """Tell the person, or try again while the instruction is fresh."""
        row = self.book.session.get(InstructionRow, answer.key)
        if row is not None and row.consumed_at is None:
            why = EntryRefusal.OTHER if answer.lasting else EntryRefusal.NOT_EXECUTED
            self._not_opened(row, No(why, answer.text))

    def _not_opened(self, row: InstructionRow, no: No | None) -> None:
        if no is None or no.why in TRIED_AGAIN:
            row.outcome = f"Not yet: {no.sentence}" if no else None
            return
        self.consume(row, f"Nothing was sent: {no.sentence}")

    def _do(self, row: InstructionRow) -> None:
        if row.kind in (InstructionKind.PAUSE_ALL, InstructionKind.RESUME_ALL):
            paused = row.kind is InstructionKind.PAUSE_ALL
            save_setting(self.book.session, f"opening_paused_{self.book.account_id}", {"on": paused})
            self.consume(row, "Opening is paused; open positions stay protected." if paused else "Opening goes on.")
        elif row.kind in (InstructionKind.PAUSE_PLAN, InstructionKind.RESUME_PLAN):
            self._plan(row)
        else:
            self._position(row)

    def _plan(self, row: InstructionRow) -> None:
        plan = self.book.session.get(PlanRow, row.plan_id)
        if plan is None:
            self.consume(row, "There is no such plan.")
            return
        if row.kind is InstructionKind.RESUME_PLAN:
            plan.state, plan.state_reason = PlanState.ACTIVE, None
            self.consume(row, "It opens again after it closes.")
            return
        plan.state, plan.state_reason = PlanState.PAUSED, "you paused it."
        for position in self.book.positions.values():
            if position.plan_id == plan.id and position.reopen_state is ReopenState.WAITING:
                position.reopen_state = ReopenState.SKIPPED
        self.consume(row, "It does not open again until you resume it. An open position stays protected.")

    def _position(self, row: InstructionRow) -> None:
        position = self.book.positions.get(row.position_id or 0) or self.book.session.get(PositionRow, row.position_id)
        if position is None or position.account_id != self.book.account_id:
            self.consume(row, "There is no such position on this account.")
            return
        if position.id not in self.book.positions:
            self._join(position)
        match row.kind:
            case InstructionKind.CLOSE:
                self._close(row, position)
            case InstructionKind.REOPEN_NOW:
                self._reopen_now(row, position)
            case InstructionKind.SKIP_REOPEN:
                self._skip(row, position)
            case InstructionKind.EDIT_PROTECTION:
                self._edit(row, position)
            case _:
                self._write_off(row, position)

    def _join(self, position: PositionRow) -> None:
        """Take a run that had nothing to do into this pass."""
        self.book.positions[position.id] = position
        plan = self.book.session.get(PlanRow, position.plan_id)
        assert plan is not None
        self.book.plans[plan.id] = plan
        for order in self.book.session.scalars(select(OrderRow).where(OrderRow.position_id == position.id)):
            if order.id not in self.book.orders:
                self.book.add_order(order)

    def _close(self, row: InstructionRow, position: PositionRow) -> None:
        if position.phase in (Phase.CLOSED, Phase.FAILED):
            self.consume(row, f"{place_words(position)} is closed already.")
            return
        position.close_asked_by_person = True
        self.positions.note(position, "close_asked", f"You asked to close {place_words(position)}.")
        self.consume(row, f"{place_words(position)} is being closed.")

    def _reopen_now(self, row: InstructionRow, position: PositionRow) -> None:
        if position.phase is not Phase.CLOSED or position.reopen_state is ReopenState.DONE:
            self.consume(row, f"{place_words(position)} has been opened again already.")
            return
        plan = self.book.plan_of(position)
        plan.state, plan.state_reason = PlanState.ACTIVE, None
        position.reopen_state = ReopenState.WAITING
        position.reopen_not_before = self.now
        left = row.lapses_at - self.now if row.lapses_at else None
        position.reopen_lapses_at = self.now + left if left else self.now
        self.consume(row, f"{place_words(position)} is being opened again.")

    def _skip(self, row: InstructionRow, position: PositionRow) -> None:
        if position.reopen_state is not ReopenState.WAITING:
            self.consume(row, f"{place_words(position)} is not waiting to open again.")
            return
        position.reopen_state = ReopenState.SKIPPED
        plan = self.book.plan_of(position)
        plan.state, plan.state_reason = PlanState.PAUSED, "you skipped opening it again."
        self.positions.note(position, "reopen_skipped", f"You skipped opening {place_words(position)} again.")
        self.consume(row, f"{place_words(position)} is not opened again until you say so.")

    def _edit(self, row: InstructionRow, position: PositionRow) -> None:
        if position.phase is not Phase.OPEN:
            self.consume(row, f"{place_words(position)} is not open; nothing was changed.")
            return
        if row.terms.get("stop_price") is not None:
            position.stop_price = Decimal(row.terms["stop_price"])
        if row.terms.get("target_price") is not None:
            position.target_price = Decimal(row.terms["target_price"])
        prices = f"{position.stop_price} and {position.target_price}"
        text = f"You changed stop and target of {place_words(position)}: {prices}."
        self.positions.note(position, "protection_edited", text)
        self.consume(row, "Stop and target are being moved; there is a stop on the exchange all the time.")

    def _write_off(self, row: InstructionRow, position: PositionRow) -> None:
        place = (position.symbol, position.side)
        if position.phase is not Phase.OPEN or self.positions.memory.place_quantity(place) != 0:
            self.consume(row, f"{place_words(position)} cannot be written off: the exchange still knows it.")
            return
        self.positions.move(position, Event.WRITTEN_OFF)
        position.close_reason, position.closed_at, position.net_usdt = CloseReason.LOST, self.now, None
        text = f"{place_words(position)} was written off: the exchange no longer knows it, its result is unknown."
        self.positions.note(position, "written_off", text, Severity.WARNING)
        self.consume(row, text)
