"""One cycle: what was received goes into the rows, what follows is decided and written, all in one transaction."""

import logging
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from decisions.deadlines import TRY_EVERY
from decisions.reconciliation.fills import LedgerConflict
from domain.exchange import RequestUsage
from domain.terms import FINAL_STATES, LIVE_PHASES, Phase, ReopenState
from engine.execution.account_epochs import AccountEpochs
from engine.execution.entries import Entries
from engine.execution.entry_checks import AccountSetting
from engine.execution.instructions import Instructions
from engine.execution.order_writer import OrderWriter
from engine.execution.venue_probes import VenueProbes
from engine.reconciliation.account import AccountReconciler
from engine.reconciliation.external_fills import ExternalFills
from engine.reconciliation.income import IncomeLedger
from engine.reconciliation.lifecycle import Lifecycle
from engine.reconciliation.orders import OrderReconciler
from engine.reconciliation.retention import thin_equity, thin_journal
from engine.requests.account import ReadAccount, ReadBalance, ReadBrackets, ReadRules, ReadSymbol
from engine.requests.adoption import AdoptionFacts, AdoptionFailed
from engine.requests.catalogue import Task
from engine.requests.history import VerifyHistory
from engine.requests.orders import CancelOrder, QueryOrder
from engine.requests.probe import CleanProbe, ProbeVenue
from engine.requests.reports import (
    AccountRead,
    BalanceRead,
    BracketsRead,
    Cancelled,
    EntryFacts,
    EntryNotPrepared,
    FeesValued,
    HistoryVerified,
    IncomeRead,
    Observation,
    OrderAck,
    OrderNotFoundReport,
    OrderStatusReport,
    PositionReconciled,
    ProbeCleaned,
    RulesRead,
    StagedSent,
    SymbolRead,
    TaskFailed,
    VenueProbed,
)
from engine.state.backoff import OVERDUE_RETRY, READ_RETRY
from engine.state.context import CycleContext
from engine.state.engine_state import EngineState
from engine.state.quarantine import isolating
from engine.state.staged_stop import SpareStops, spare_stops
from engine.state.views import build_views
from engine.state.working_set import WorkingSet
from storage.account_settings import load_opening_paused
from storage.symbol_rules import save_listing
from storage.tables import AccountRow, OrderRow
from strategy import Try1Strategy

log = logging.getLogger(__name__)


class Cycle:
    """Works on one account once; what it changes is rows and state, nothing else outlives it."""

    def __init__(self, session: Session, account_id: int, state: EngineState, now: datetime) -> None:
        self.session = session
        self.state = state
        self.now = now
        self.rows = WorkingSet.load(session, account_id, state.inbox.named_positions())
        self.context = CycleContext(self.rows, state, now)
        self.lifecycle = Lifecycle(self.context)
        self.orders = OrderReconciler(self.lifecycle)
        self.account = AccountReconciler(self.orders)
        self.income = IncomeLedger(self.context, self.lifecycle.accounting)
        self.probes = VenueProbes(self.lifecycle, "")
        self.epochs = AccountEpochs(self.lifecycle)
        self.next_wake: datetime | None = None
        self.spare_stops: dict[int, SpareStops] = {}  # to be used once this is committed

    @property
    def conflicts(self) -> list[str]:
        """Figures that the exchange has changed since they were recorded."""
        return self.context.conflicts

    def run(self, strategy: Try1Strategy, install: str, hedge: bool, usage: RequestUsage | None) -> list[Task]:
        """Apply, decide, write; return the requests to run once this is committed, most urgent first."""
        state = self.state
        state.flags.opening_paused = load_opening_paused(self.session, self.rows.account_id)
        writer = OrderWriter(self.lifecycle, install)
        entries = Entries(writer, AccountSetting(hedge, state.flags.opening_paused, usage))
        instructions = Instructions(entries)
        self.probes.install = install
        sending: list[Task] = []
        self._include_positions_of_reports()
        for number, item in enumerate(state.received):
            state.exchange.take_in(item.batch)
            with isolating(report_number=number):
                sending += self._take(item.observation, entries, instructions)
                self.session.flush()
        self._finalise_closes()
        state.exchange.note_closes_over(self.rows.closes_over(self.now))
        writer.exits.look()
        if self._limits_due():
            entries.gate.watch()
        self.account.watch_for_missing()
        to_prepare = instructions.take(state.schedule.preparing)
        state.inbox.know(self.rows.open_orders(), self.rows.live_keys())
        writing = writer.write(strategy.decide(build_views(self.rows, state, self.now), self.now))
        to_prepare += entries.due(state.schedule.preparing)
        state.inbox.named_orders.clear()  # what was named is queried now, or final
        self.next_wake = self._next_wake(writer.exits.next_moments())
        self.spare_stops = spare_stops(self.rows, state.exchange.batch)
        if state.schedule.take_retention():
            thin_equity(self.session, self.rows.account_id, self.now)
            thin_journal(self.session, self.rows.account_id, self.now)
        return writing + sending + to_prepare + self._routine() + self.epochs.due() + self.probes.due()

    def _include_positions_of_reports(self) -> None:
        """Load the trades that reports are about, also those that had ended before they were asked about."""
        reports = [item.observation for item in self.state.received]
        about = (OrderAck, StagedSent, OrderStatusReport, OrderNotFoundReport, Cancelled)
        orders = {report.order_id for report in reports if isinstance(report, about)} - self.rows.orders.keys()
        positions = {report.position_id for report in reports if isinstance(report, PositionReconciled)}
        if orders:
            positions |= set(self.session.scalars(select(OrderRow.position_id).where(OrderRow.id.in_(orders))))
        self.rows.include(positions)

    def _next_wake(self, moments: list[datetime]) -> datetime | None:
        """Return the next moment at which something falls due by itself."""
        moments += [
            row.not_before
            for row in self.rows.orders.values()
            if row.not_before is not None and row.state not in FINAL_STATES
        ]
        moments += [
            position.reopen_not_before
            for position in self.rows.positions.values()
            if position.reopen_state is ReopenState.WAITING and position.reopen_not_before is not None
        ]
        moments += self._next_tries()
        if self.state.schedule.rules_due and self.state.schedule.rules_not_before is not None:
            moments.append(self.state.schedule.rules_not_before)
        # What is overdue waits for something else than time: look again soon, not at once.
        return max(min(moments), self.now + OVERDUE_RETRY) if moments else None

    def _next_tries(self) -> list[datetime]:
        """Return when something is to be tried again for trades without a stop, whatever the last try became."""
        without = [
            p
            for p in self.rows.positions.values()
            if (p.phase in LIVE_PHASES and p.unprotected_since)
            or (p.phase is Phase.FAILED and self.rows.own_quantity(p) > 0)
        ]
        tries = [order.sent_at + TRY_EVERY for p in without for order in self.rows.orders_of[p.id]]
        return [moment for moment in tries if moment > self.now]

    def _take(self, report: Observation, entries: Entries, instructions: Instructions) -> list[Task]:
        try:
            return self._apply(report, entries, instructions)
        except LedgerConflict as conflict:
            log.error("record refused reason=%s", conflict)
            self.context.conflicts.append(str(conflict))
            return []

    def _apply(self, report: Observation, entries: Entries, instructions: Instructions) -> list[Task]:
        match report:
            case OrderAck() | StagedSent() | OrderStatusReport() | OrderNotFoundReport() | Cancelled():
                self.orders.on_report(report)
            case AccountRead():
                self.account.on_account(report)
            case SymbolRead():
                self.account.on_symbol(report)
            case PositionReconciled():
                ExternalFills(self.orders).on_reconciled(report)
            case FeesValued() | IncomeRead():
                self._income(report)
            case BalanceRead() | BracketsRead() | RulesRead():
                self._keep(report)
            case EntryFacts() | EntryNotPrepared() | AdoptionFacts() | AdoptionFailed():
                return self._prepared(report, entries, instructions)
            case HistoryVerified():
                self.epochs.on_verified(report)
            case VenueProbed():
                self.probes.on_probed(report)
            case ProbeCleaned():
                self.probes.on_cleaned(report)
            case TaskFailed():
                self._failed(report)
        return []

    def _income(self, report: FeesValued | IncomeRead) -> None:
        if isinstance(report, FeesValued):
            self.income.on_fees_valued(report)
            return
        self.income.on_income(report)
        self.state.schedule.income_done(report.until, self.now)

    def _prepared(
        self,
        report: EntryFacts | EntryNotPrepared | AdoptionFacts | AdoptionFailed,
        entries: Entries,
        instructions: Instructions,
    ) -> list[Task]:
        if isinstance(report, AdoptionFacts | AdoptionFailed):
            instructions.adopted(report)
            return []
        if isinstance(report, EntryFacts):
            self.state.exchange.brackets[report.terms.symbol] = report.brackets
        of_trade = report.key.startswith(("reopen-", "again-"))
        handler = entries if of_trade else instructions
        if isinstance(report, EntryNotPrepared):
            handler.not_prepared(report)
            return []
        task = handler.prepared(report)
        return [] if task is None else [task]

    def _keep(self, report: BalanceRead | BracketsRead | RulesRead) -> None:
        if isinstance(report, RulesRead):
            account = self.session.get_one(AccountRow, self.rows.account_id)
            self.state.exchange.rules = save_listing(self.session, account.family, report.listed, self.now)
            return
        if isinstance(report, BracketsRead):
            self.state.exchange.brackets[report.symbol] = report.brackets
            self.state.schedule.brackets_done()
            return
        self.income.record_balance(report)
        self.state.exchange.balance = report.balance
        self.state.schedule.balance_done(self.now)

    def _failed(self, report: TaskFailed) -> None:
        if isinstance(report.task, QueryOrder | CancelOrder):
            row = self.rows.orders.get(report.task.order_id)
            if row is not None and row.state not in FINAL_STATES:
                row.not_before = self.now + READ_RETRY
        elif isinstance(report.task, ProbeVenue | CleanProbe):
            self.probes.failed(report.task)
        elif isinstance(report.task, VerifyHistory):
            self.epochs.failed()
        else:
            self.state.schedule.failed(report.task, self.now)

    def _finalise_closes(self) -> None:
        for position in self.rows.positions.values():
            if position.phase in LIVE_PHASES:
                with isolating(position_id=position.id):
                    self.lifecycle.finalise_close(position)
                    self.lifecycle.protection.quantity_changed(position)
                    self.session.flush()
        if self.context.money_moved:
            self.state.schedule.balance_at = None

    def _limits_due(self) -> bool:
        """Whether the figures that limits are judged by may have changed since the last cycle."""
        reads = (AccountRead, BalanceRead, IncomeRead)
        return self.context.money_moved or any(isinstance(item.observation, reads) for item in self.state.received)

    def _routine(self) -> list[Task]:
        """Return the routine reads that are due; they are asked for again only once answered."""
        schedule = self.state.schedule
        tasks: list[Task] = [ReadSymbol(symbol, with_resting=False) for symbol in self.state.inbox.take_symbols()]
        if schedule.take_full_check(self.now):
            tasks.append(ReadAccount())
        if schedule.take_balance(self.now):
            tasks.append(ReadBalance())
        unknown = self.state.exchange.symbol_without_brackets()
        if unknown is not None and schedule.take_brackets(self.now):
            tasks.append(ReadBrackets(unknown))
        if schedule.take_rules(self.now):
            tasks.append(ReadRules())
        if schedule.take_income(self.now):
            tasks.append(self.income.next_read())
            if (fees := self.income.unvalued_fees()) is not None:
                tasks.append(fees)
        return tasks
