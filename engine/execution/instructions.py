"""What people asked for: each instruction is consumed in the transaction that writes its effect."""

from decimal import Decimal

from sqlalchemy import select

from domain.position_key import PositionKey
from domain.preview.preview import Preview
from domain.reopening import EntryRefusal
from domain.terms import InstructionKind, Side
from domain.terms_json import BadTerms, terms_from_json
from domain.wording import counted
from engine.execution.entries import Entries, rejection_of
from engine.execution.entry_checks import EntryRejected
from engine.execution.external_quantity import ExternalQuantity
from engine.execution.plan_instructions import PlanInstructions
from engine.execution.trade_instructions import TradeInstructions, why_not_yet
from engine.reconciliation.adoption import Adopter
from engine.requests.adoption import Adoption, AdoptionFacts, AdoptionFailed, ReadAdoption
from engine.requests.catalogue import Task
from engine.requests.entry import PrepareEntry
from engine.requests.reports import EntryFacts, EntryNotPrepared
from engine.state.backoff import ENTRY_RETRY
from engine.state.quarantine import isolating
from storage.account_settings import save_ignored, save_opening_paused
from storage.bot_tables import InstructionRow
from storage.mapping import new_plan
from storage.tables import PositionRow

TRIED_AGAIN = frozenset(
    {
        EntryRefusal.NOT_EXECUTED,
        EntryRefusal.NO_FRESH_CHECK,
        EntryRefusal.NO_ROOM_FOR_REQUESTS,
        EntryRefusal.PRICES_APART,
    }
)
OF_PLANS = (InstructionKind.PAUSE_PLAN, InstructionKind.RESUME_PLAN, InstructionKind.EDIT_PLAN)


class Instructions:
    """Carries out the waiting instructions of one account."""

    def __init__(self, entries: Entries) -> None:
        self.entries = entries
        self.rows = entries.rows
        self.state = entries.state
        self.now = entries.now

    def take(self, preparing: set[str]) -> list[Task]:
        """Carry out what can be done at once and return the preparations of trades to open."""
        waiting = self.rows.session.scalars(
            select(InstructionRow)
            .where(InstructionRow.account_id == self.rows.account_id, InstructionRow.consumed_at.is_(None))
            .order_by(InstructionRow.created_at)
        )
        tasks: list[Task] = []
        for row in waiting:
            if row.id in self.state.quarantine.instructions:
                self.consume(row, "The bot could not carry this out because of a fault of its own. Nothing was sent.")
            elif row.lapses_at is not None and self.now > row.lapses_at:
                self.consume(row, "Nothing was sent: the bot could not act on it within a minute.")
            elif row.kind is InstructionKind.OPEN:
                tasks += self._prepare(row, preparing)
            elif row.kind is InstructionKind.CLOSE_EXTERNAL and (live := self.rows.live_at(_key(row))) is not None:
                with isolating(instruction_id=row.id):
                    tasks += self._close_external(row, live)
                    self.rows.session.flush()
            elif row.kind in (InstructionKind.ADOPT, InstructionKind.CLOSE_EXTERNAL):
                tasks += self._prepare_adoption(row, preparing)
            else:
                with isolating(instruction_id=row.id):
                    self.consume(row, self._carry_out(row))
                    self.rows.session.flush()
        return tasks

    def consume(self, row: InstructionRow, outcome: str) -> None:
        """Mark an instruction as carried out, with what the person is told."""
        row.consumed_at = self.now
        row.outcome = outcome

    def _prepare(self, row: InstructionRow, preparing: set[str]) -> list[Task]:
        if row.id in preparing or self.now < self.state.retries.open_again_at.get(row.id, self.now):
            return []
        try:
            return [PrepareEntry(row.id, terms_from_json(row.terms))]
        except BadTerms as wrong:
            self.consume(row, " ".join(wrong.messages))
            return []

    def _close_external(self, row: InstructionRow, live: PositionRow) -> list[Task]:
        outcome, task = ExternalQuantity(self.entries.writer).close_it(live, row.id)
        if outcome is not None:
            self.consume(row, outcome)
        return [] if task is None else [task]

    def _prepare_adoption(self, row: InstructionRow, preparing: set[str]) -> list[Task]:
        if row.id in preparing:
            return []
        close = row.kind is InstructionKind.CLOSE_EXTERNAL
        tp, sl = (Decimal(row.terms.get(name, "1")) for name in ("tp_usdt", "sl_usdt"))
        return [ReadAdoption(Adoption(row.id, row.terms["symbol"], Side(row.terms["side"]), tp, sl, close))]

    def adopted(self, facts: AdoptionFacts | AdoptionFailed) -> None:
        """Carry out an adoption whose facts were read."""
        row = self.rows.session.get(InstructionRow, facts.adoption.instruction_id)
        if row is None or row.consumed_at is not None:
            return
        if isinstance(facts, AdoptionFailed):
            self.consume(row, f"Nothing was done: the exchange did not answer ({facts.text}).")
            return
        self.consume(row, Adopter(self.entries.lifecycle).adopt(facts))

    def prepared(self, facts: EntryFacts) -> Task | None:
        """Open the trade whose facts were read, or tell the person why not."""
        row = self.rows.session.get(InstructionRow, facts.key)
        if row is None or row.consumed_at is not None:
            return None
        checked = self.entries.check(facts, None, None)
        if isinstance(checked, Preview) and self.entries.account.opening_paused:
            checked = EntryRejected(EntryRefusal.OPENING_PAUSED, "opening is paused. Resume it first.")
        if isinstance(checked, EntryRejected):
            self._not_opened(row, checked)
            return None
        plan = new_plan(self.rows.account_id, facts.terms, self.now)
        self.rows.session.add(plan)
        self.rows.session.flush()
        task = self.entries.begin(plan, None, facts, checked)
        row.plan_id = plan.id
        self.consume(row, f"{facts.terms.symbol} {facts.terms.side.value} is being opened.")
        return task

    def not_prepared(self, answer: EntryNotPrepared) -> None:
        """Tell the person, or try again while the instruction is fresh."""
        row = self.rows.session.get(InstructionRow, answer.key)
        if row is not None and row.consumed_at is None:
            self._not_opened(row, rejection_of(answer))

    def _not_opened(self, row: InstructionRow, rejected: EntryRejected) -> None:
        if rejected.why in TRIED_AGAIN:
            self.state.retries.open_again_at[row.id] = self.now + ENTRY_RETRY
            row.outcome = f"Not yet: {rejected.sentence}"
            return
        self.consume(row, f"Nothing was sent: {rejected.sentence}")

    def _carry_out(self, row: InstructionRow) -> str:
        if row.kind in (InstructionKind.PAUSE_ALL, InstructionKind.RESUME_ALL):
            paused = row.kind is InstructionKind.PAUSE_ALL
            save_opening_paused(self.rows.session, self.rows.account_id, paused)
            self.state.flags.opening_paused = paused
            return "Opening is paused; open positions stay protected." if paused else "Opening resumed."
        if row.kind is InstructionKind.CLOSE_ALL:
            return self._close_everything()
        if row.kind is InstructionKind.IGNORE_EXTERNAL:
            return self._ignore(row)
        if row.kind is InstructionKind.PROBE_VENUE:
            self.state.probe.wanted = True
            return "The exchange is measured as soon as no trade needs it. The report comes here."
        if row.kind is InstructionKind.REOPEN_NOW and (held := self._held_by_limits(row)) is not None:
            return f"Nothing was sent. {held}"
        if row.kind in OF_PLANS:
            return PlanInstructions(self.entries.lifecycle.effects, self.now).carry_out(row)
        return TradeInstructions(self.entries.lifecycle).carry_out(row)

    def _close_everything(self) -> str:
        """Close what is open, skip what waits to open again, and pause opening, all in one transaction."""
        save_opening_paused(self.rows.session, self.rows.account_id, True)
        self.state.flags.opening_paused = True
        trades = TradeInstructions(self.entries.lifecycle)
        closing = sum(trades.close_or_skip(position) for position in list(self.rows.positions.values()))
        if not closing:
            return "Nothing is open, and nothing more opens until you press Resume."
        held_up = why_not_yet(self.state.exchange.check_failure)
        closed = counted(closing, "position is", "positions are")
        sentence = f"{closed} {'to be' if held_up else 'being'} closed, and nothing more opens until you press Resume."
        return f"{sentence} {held_up}" if held_up else sentence

    def _held_by_limits(self, row: InstructionRow) -> str | None:
        position = self.rows.session.get(PositionRow, row.position_id)
        rejected = None if position is None else self.entries.gate.blocking(position.plan_id)
        return None if rejected is None else rejected.sentence

    def _ignore(self, row: InstructionRow) -> str:
        key = _key(row)
        readings, ignored = self.state.exchange.readings, self.state.flags.ignored
        if row.terms.get("heed"):
            ignored.pop(key, None)
            save_ignored(self.rows.session, self.rows.account_id, ignored)
            return f"{key} is asked about again."
        live = self.rows.live_at(key)
        if live is not None:
            return ExternalQuantity(self.entries.writer).leave_it(live)
        ignored[key] = readings[key].quantity if key in readings else Decimal(0)
        save_ignored(self.rows.session, self.rows.account_id, ignored)
        return f"{key} is left alone until its size changes."


def _key(row: InstructionRow) -> PositionKey:
    return PositionKey(row.terms["symbol"], Side(row.terms["side"]))
