"""Opening and opening again: which entries are due, and the rows that each begins with."""

import time
from dataclasses import replace
from decimal import Decimal

from sqlalchemy import func, select

from decisions.reconciliation.effects import CountRestriction
from decisions.reconciliation.reopening import given_up, opened_again, tried_again
from decisions.spares import CLOSES_AHEAD
from domain.journal.trade_facts import Opening
from domain.lifecycle import Event
from domain.position_key import PositionKey
from domain.preview.draft import MarketNow
from domain.preview.preview import Preview
from domain.reopening import EntryRefusal, ReopenDecision, reopen_due
from domain.terms import OrderState, Phase, Purpose, ReopenState
from engine.execution.entry_checks import AccountSetting, EntryRejected, Neighbours, check_entry
from engine.execution.order_writer import OrderWriter
from engine.execution.risk_gate import RiskGate
from engine.requests.catalogue import Task
from engine.requests.entry import PrepareEntry
from engine.requests.reports import EntryFacts, EntryNotPrepared
from engine.state.backoff import ABSENT_ENTRY_BLOCKS_FOR, ENTRY_RETRY, ENTRY_TRIED_FOR, LIMIT_RETRY, SILENCE_RETRY
from engine.state.row_mapping import active_rule, intent_of, key_of
from engine.state.staged_stop import StagedOrder, StagedStop
from engine.state.wording import position_name
from storage.mapping import exits_of, new_position, trade_terms
from storage.tables import OrderRow, PlanRow, PositionRow

HELD_BACK = frozenset({EntryRefusal.LIMIT_REACHED, EntryRefusal.SYMBOL_RESTRICTED})

PLAN_EXPIRED = "the plan has expired; it opens nothing more."


class Entries:
    """Sends entries of new plans, reopenings and second tries, each only after every check."""

    def __init__(self, writer: OrderWriter, account: AccountSetting) -> None:
        self.writer = writer
        self.account = account
        self.lifecycle = writer.lifecycle
        self.journal = writer.journal
        self.rows = writer.rows
        self.state = writer.state
        self.now = writer.now
        self.gate = RiskGate(writer.lifecycle.context, writer.journal)

    def check(self, facts: EntryFacts, position: PositionRow | None, plan_id: int | None) -> EntryRejected | Preview:
        """Return why these terms may not be sent now, or the figures to send them with.

        Args:
            facts: read for this entry.
            position: the trade that tries again, None for a new one.
            plan_id: of the plan that opens it, None for a new plan.
        """
        if facts.terms.exits.expired(self.now):
            return EntryRejected(EntryRefusal.TERMS_REFUSED, PLAN_EXPIRED)
        key = key_of(facts.terms)
        live = self.rows.live_at(key)
        neighbours = Neighbours(
            live=None if live is position else live,
            opposite=self.rows.live_at(key.opposite),
            earlier_orders_open=not self.lifecycle.orders_all_final(key) or self._lost_entry_recently(key),
        )
        checked = check_entry(facts, self.state.exchange, self.account, neighbours, self.now, time.monotonic())
        if isinstance(checked, EntryRejected):
            return checked
        market = MarketNow(facts.book.bid, facts.book.ask, facts.mark_price)
        entering_id = None if position is None else position.id
        return self.gate.check(facts.terms, checked, market, plan_id, entering_id) or checked

    def _lost_entry_recently(self, key: PositionKey) -> bool:
        """Whether an entry that never arrived keeps its key closed: it might still turn up."""
        lost = select(func.count()).where(
            OrderRow.account_id == self.rows.account_id,
            OrderRow.symbol == key.symbol,
            OrderRow.side == key.side,
            OrderRow.purpose == Purpose.ENTRY,
            OrderRow.state == OrderState.ABSENT,
            OrderRow.final_at > self.now - ABSENT_ENTRY_BLOCKS_FOR,
        )
        return bool(self.rows.session.scalar(lost))

    def begin(self, plan: PlanRow, parent: PositionRow | None, facts: EntryFacts, figures: Preview) -> Task:
        """Add a new trade with its entry, with stop, target and closes staged; return the entry to send."""
        position = self._new_trade(plan, parent, facts, figures)
        if parent is not None:
            self.lifecycle.apply((opened_again(parent.id),))
        entry = self.writer.new_order(position, Purpose.ENTRY, quantity=figures.quantity, trigger_price=None)
        self.writer.stage(position, Purpose.STOP, None, figures.stop_price)
        for _ in range(CLOSES_AHEAD):
            self.writer.stage(position, Purpose.CLOSE, entry.quantity, None)
        if not facts.terms.exits.targets:  # several are split over what will have been filled
            self.writer.stage(position, Purpose.TARGET, None, figures.target_price)
        self._stand_by(position, entry)
        self.journal.note(position, Opening(position_name(position), entry.quantity))
        return self.writer.send(entry)

    def _new_trade(self, plan: PlanRow, parent: PositionRow | None, facts: EntryFacts, figures: Preview) -> PositionRow:
        # A trade that never opened leaves its round to this one.
        sequence = self.rows.session.scalar(
            select(func.max(PositionRow.sequence)).where(
                PositionRow.plan_id == plan.id, PositionRow.phase != Phase.FAILED
            )
        )
        entering, number = Phase.ENTERING, (sequence or 0) + 1
        position = new_position(plan, facts.terms, phase=entering, sequence=number, created_at=self.now)
        position.taker_rate = facts.rates.taker
        position.stop_price = figures.stop_price
        position.target_price = figures.target_price
        position.liquidation_price = figures.liquidation_price
        if parent is not None:
            position.parent_position_id = parent.id
            position.reopen_count = parent.reopen_count + 1
        self.rows.session.add(position)
        self.rows.session.flush()
        self.rows.add_position(position, plan)
        self.gate.opened()
        return position

    def again(self, position: PositionRow, figures: Preview) -> Task:
        """Send the entry of a trade that is still entering once more, under a new id."""
        position.stop_price = figures.stop_price
        position.target_price = figures.target_price
        entry = self.writer.new_order(position, Purpose.ENTRY, quantity=figures.quantity, trigger_price=None)
        self._stand_by(position, entry)
        return self.writer.send(entry)

    def _stand_by(self, position: PositionRow, entry: OrderRow) -> None:
        """Let the staged stop, and the closes, go out should this entry fill while the database is away."""
        staged = [o for o in self.rows.orders_of[position.id] if o.state is OrderState.STAGED]
        stop = next((o for o in staged if o.purpose is Purpose.STOP), None)
        if stop is None:
            return  # after a change of process it counts as perhaps sent
        self.state.staged_stops[entry.id] = StagedStop(
            order_id=stop.id,
            intent=replace(intent_of(stop), trigger_price=position.stop_price),
            terms=trade_terms(position, active_rule(self.rows.plan_of(position))),
            taker_rate=position.taker_rate or Decimal(0),
            position_id=position.id,
            closes=tuple(StagedOrder(o.id, intent_of(o)) for o in staged if o.purpose is Purpose.CLOSE),
        )

    def due(self, preparing: set[str]) -> list[Task]:
        """Return the preparations that are due: waiting reopens and entries to be tried again."""
        tasks: list[Task] = []
        for position in list(self.rows.positions.values()):
            task = self._reopen_task(position) or self._again_task(position)
            if task is not None and task.key not in preparing:
                tasks.append(task)
        return tasks

    def _reopen_task(self, position: PositionRow) -> PrepareEntry | None:
        decision = reopen_due(position.reopen_state, position.reopen_not_before, position.reopen_lapses_at, self.now)
        if decision is ReopenDecision.LAPSED:
            self._pause(position, "it could not be opened again in time.", ReopenState.LAPSED)
        if decision is not ReopenDecision.DUE or self.account.opening_paused:
            return None
        held = self.gate.blocking(position.plan_id)
        if held is not None:
            self._hold_back(position, held)
            return None
        # The plan as it stands now, not as the last trade was opened.
        plan = self.rows.plan_of(position)
        if exits_of(plan).expired(self.now):
            self._pause(position, PLAN_EXPIRED, ReopenState.REJECTED)
            return None
        return PrepareEntry(f"reopen-{position.id}", trade_terms(plan, active_rule(plan)))

    def _again_task(self, position: PositionRow) -> PrepareEntry | None:
        if not self._tried_again(position):
            return None
        terms = trade_terms(position, active_rule(self.rows.plan_of(position)))
        return PrepareEntry(f"again-{position.id}", terms)

    def _tried_again(self, position: PositionRow) -> bool:
        """Whether a rejected entry is to be sent again now; one not wanted any more, or too late, is given up."""
        if position.phase is not Phase.ENTERING or not self.rows.entry_final(position):
            return False
        newest = self._newest_entry(position)
        if newest.state is not OrderState.REJECTED:
            return False
        if position.close_asked_by_person:
            sentence = "you asked to close it before it was open."
            self.lifecycle.entry_failed(position, Event.ENTRY_REJECTED, sentence)
            return False
        if self.now > position.created_at + ENTRY_TRIED_FOR:
            sentence = newest.answer_text or "the exchange refused it."
            self.lifecycle.entry_failed(position, Event.ENTRY_REJECTED, sentence)
            return False
        return newest.not_before is None or self.now >= newest.not_before

    def _newest_entry(self, position: PositionRow) -> OrderRow:
        return [order for order in self.rows.orders_of[position.id] if order.purpose is Purpose.ENTRY][-1]

    def prepared(self, facts: EntryFacts) -> Task | None:
        """Take in the facts of a reopening or a second try: send it, wait, or give it up."""
        kind, _, number = facts.key.partition("-")
        position = self.rows.positions.get(int(number))
        if position is None:
            return None
        if kind == "again":
            return self._try_again(position, facts)
        if position.reopen_state is not ReopenState.WAITING:
            return None
        checked = self.check(facts, None, position.plan_id)
        if isinstance(checked, Preview):
            return self.begin(self.rows.plan_of(position), position, facts, checked)
        self._not_reopened(position, checked)
        return None

    def _try_again(self, position: PositionRow, facts: EntryFacts) -> Task | None:
        if not self._tried_again(position):
            return None  # given up, or no longer wanted, while the facts were read
        checked = self.check(facts, position, position.plan_id)
        if isinstance(checked, Preview):
            return self.again(position, checked)
        self._not_again(position, checked)
        return None

    def not_prepared(self, answer: EntryNotPrepared) -> None:
        """Take in that the facts could not be read."""
        kind, _, number = answer.key.partition("-")
        position = self.rows.positions.get(int(number))
        if position is None:
            return
        rejected = rejection_of(answer)
        if kind == "again":
            self._not_again(position, rejected)
        else:
            self._not_reopened(position, rejected)

    def _not_again(self, position: PositionRow, rejected: EntryRejected) -> None:
        if rejected.why.is_passing and rejected.why is not EntryRefusal.SYMBOL_RESTRICTED:
            self._newest_entry(position).not_before = self.now + ENTRY_RETRY
            return
        self.lifecycle.entry_failed(position, Event.ENTRY_REJECTED, rejected.sentence, rejected.why)

    def _not_reopened(self, position: PositionRow, rejected: EntryRejected) -> None:
        if rejected.why in HELD_BACK or (
            rejected.why is EntryRefusal.NOT_EXECUTED and self.state.exchange.check_failure is not None
        ):
            self._hold_back(position, rejected)
            return
        if rejected.why.is_passing:
            again = tried_again(position.id, self.now + ENTRY_RETRY, position.reopen_lapses_at)
            self.lifecycle.apply((again,))
            return
        self._pause(position, rejected.sentence, ReopenState.REJECTED)

    def _hold_back(self, position: PositionRow, rejected: EntryRejected) -> None:
        match rejected.why:
            case EntryRefusal.LIMIT_REACHED:
                until = max(rejected.until or self.now, self.now + LIMIT_RETRY)
            case EntryRefusal.SYMBOL_RESTRICTED:
                until = self.now + self.state.retries.restricted_for(position.id)
                self.lifecycle.apply((CountRestriction(position.id),))
            case _:
                until = self.now + SILENCE_RETRY
        self.lifecycle.hold_back(position, rejected.sentence, until)

    def _pause(self, position: PositionRow, sentence: str, state: ReopenState) -> None:
        self.lifecycle.apply(given_up(position.id, position.plan_id, position_name(position), sentence, state))


def rejection_of(answer: EntryNotPrepared) -> EntryRejected:
    """Return what facts that could not be read mean for the entry they were for."""
    return EntryRejected(EntryRefusal.OTHER if answer.lasting else EntryRefusal.NOT_EXECUTED, answer.text)
