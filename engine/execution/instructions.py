"""What people asked for: each instruction is consumed in the transaction that writes its effect."""

from decimal import Decimal

from sqlalchemy import select

from domain.lifecycle import Event
from domain.reopening import EntryRefusal
from domain.terms import CloseReason, InstructionKind, Phase, PlanState, ReopenState, Severity, Side
from domain.terms_json import BadTerms, terms_from_json
from domain.wording import format_quantity
from engine.execution.entries import Entering, No, new_plan
from engine.execution.external_quantity import Joined
from engine.reconciliation.adoption import Adopting
from engine.requests.adoption import Adoption, AdoptionFacts, AdoptionFailed, ReadAdoption
from engine.requests.catalogue import Task
from engine.requests.entry import PrepareEntry
from engine.requests.reports import EntryFacts, EntryNotPrepared
from engine.state.backoff import ENTRY_RETRY
from engine.state.quarantine import blaming
from engine.state.wording import place_words, price_words
from storage.account_settings import save_ignored, save_opening_paused
from storage.tables import InstructionRow, OrderRow, PlanRow, PositionRow

TRIED_AGAIN = frozenset(
    {
        EntryRefusal.NOT_EXECUTED,
        EntryRefusal.NO_FRESH_CHECK,
        EntryRefusal.NO_ROOM_FOR_REQUESTS,
        EntryRefusal.PRICES_APART,
    }
)

EDITABLE = (
    "amount_usdt",
    "leverage",
    "tp_usdt",
    "sl_usdt",
    "basis",
    "reopen_enabled",
    "reopen_delay_seconds",
    "reopen_maximum",
    "reopen_after_target",
    "reopen_after_stop",
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
            elif row.kind is InstructionKind.CLOSE_FOREIGN and (live := self._live_at(row)) is not None:
                with blaming(instruction_id=row.id):
                    tasks += self._close_joined(row, live)
                    self.book.session.flush()
            elif row.kind in (InstructionKind.ADOPT, InstructionKind.CLOSE_FOREIGN):
                tasks += self._prepare_adoption(row, preparing)
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
        if row.id in preparing or self.now < self.positions.memory.open_again_at.get(row.id, self.now):
            return []
        try:
            return [PrepareEntry(row.id, terms_from_json(row.terms))]
        except BadTerms as wrong:
            self.consume(row, " ".join(wrong.messages))
            return []

    def _live_at(self, row: InstructionRow) -> PositionRow | None:
        return self.book.live_at((row.terms["symbol"], Side(row.terms["side"])))

    def _close_joined(self, row: InstructionRow, live: PositionRow) -> list[Task]:
        outcome, task = Joined(self.entering.writer).close_it(live, row.id)
        if outcome is not None:
            self.consume(row, outcome)
        return [] if task is None else [task]

    def _prepare_adoption(self, row: InstructionRow, preparing: set[str]) -> list[Task]:
        if row.id in preparing:
            return []
        close = row.kind is InstructionKind.CLOSE_FOREIGN
        tp, sl = (Decimal(row.terms.get(name, "1")) for name in ("tp_usdt", "sl_usdt"))
        return [ReadAdoption(Adoption(row.id, row.terms["symbol"], Side(row.terms["side"]), tp, sl, close))]

    def adopted(self, facts: AdoptionFacts | AdoptionFailed) -> None:
        """Carry out an adoption whose facts were read."""
        row = self.book.session.get(InstructionRow, facts.wanted.instruction_id)
        if row is None or row.consumed_at is not None:
            return
        if isinstance(facts, AdoptionFailed):
            self.consume(row, f"Nothing was done: the exchange did not answer ({facts.text}).")
            return
        self.consume(row, Adopting(self.positions).adopt(facts))

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
            self.positions.memory.open_again_at[row.id] = self.now + ENTRY_RETRY
            row.outcome = f"Not yet: {no.sentence}" if no else None
            return
        self.consume(row, f"Nothing was sent: {no.sentence}")

    def _do(self, row: InstructionRow) -> None:
        if row.kind in (InstructionKind.PAUSE_ALL, InstructionKind.RESUME_ALL):
            paused = row.kind is InstructionKind.PAUSE_ALL
            save_opening_paused(self.book.session, self.book.account_id, paused)
            self.positions.memory.opening_paused = paused
            self.consume(row, "Opening is paused; open positions stay protected." if paused else "Opening goes on.")
        elif row.kind is InstructionKind.IGNORE_FOREIGN:
            self._ignore(row)
        elif row.kind in (InstructionKind.PAUSE_PLAN, InstructionKind.RESUME_PLAN, InstructionKind.EDIT_PLAN):
            self._plan(row)
        else:
            self._position(row)

    def _ignore(self, row: InstructionRow) -> None:
        live = self._live_at(row)
        if live is not None:
            self.consume(row, Joined(self.entering.writer).leave_it(live))
            return
        place = (row.terms["symbol"], Side(row.terms["side"]))
        memory = self.positions.memory
        memory.ignored[place] = memory.places[place].quantity if place in memory.places else Decimal(0)
        save_ignored(self.book.session, self.book.account_id, memory.ignored)
        self.consume(row, f"{place[0]} {place[1].value} is left alone until its size changes.")

    def _plan(self, row: InstructionRow) -> None:
        plan = self.book.session.get(PlanRow, row.plan_id)
        if plan is None:
            self.consume(row, "There is no such plan.")
            return
        if row.kind is InstructionKind.EDIT_PLAN:
            self._edit_plan(row, plan)
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

    def _edit_plan(self, row: InstructionRow, plan: PlanRow) -> None:
        try:
            terms = terms_from_json(row.terms)
        except BadTerms as wrong:
            self.consume(row, " ".join(wrong.messages))
            return
        if (terms.symbol, terms.side) != (plan.symbol, plan.side):
            self.consume(row, "Pair and direction of a plan stay as they are; open a new trade instead.")
            return
        changed = new_plan(plan.account_id, terms, self.now)
        for column in EDITABLE:
            setattr(plan, column, getattr(changed, column))
        self.consume(row, "The next round opens with the new figures. The position open now stays as it is.")

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
        plan = self.book.session.get(PlanRow, position.plan_id)
        assert plan is not None
        self.book.add_run(position, plan)
        for order in self.book.session.scalars(select(OrderRow).where(OrderRow.position_id == position.id)):
            if order.id not in self.book.orders:
                self.book.add_order(order)

    def _close(self, row: InstructionRow, position: PositionRow) -> None:
        if position.phase in (Phase.CLOSED, Phase.FAILED):
            self.consume(row, f"{place_words(position)} is closed already.")
            return
        if "share" in row.terms:
            self._close_part(row, position, Decimal(row.terms["share"]))
            return
        position.close_asked_by_person = True
        self.positions.note(position, "close_asked", f"You asked to close {place_words(position)}.")
        self.consume(row, f"{place_words(position)} is being closed.")

    def _close_part(self, row: InstructionRow, position: PositionRow, share: Decimal) -> None:
        rules = self.positions.memory.rules[position.symbol]
        wanted = self.book.own_quantity(position) * share
        part = wanted - wanted % rules.step_size
        if position.phase is not Phase.OPEN or part <= 0 or part >= self.book.own_quantity(position):
            self.consume(row, f"That part of {place_words(position)} cannot be closed; close all of it instead.")
            return
        position.close_quantity = part
        text = f"You asked to close {format_quantity(part)} of {place_words(position)}."
        self.positions.note(position, "close_part_asked", text)
        self.consume(
            row, f"{format_quantity(part)} of {place_words(position)} is being closed, the rest stays protected."
        )

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
        rules = self.positions.memory.rules.get(position.symbol)
        prices = [price_words(price, rules) for price in (position.stop_price, position.target_price) if price]
        text = f"You changed stop and target of {place_words(position)}: {' and '.join(prices)}."
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
