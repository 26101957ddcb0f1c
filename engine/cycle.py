"""One pass: what was seen goes into the rows, what follows is decided and written, all in one transaction."""

import logging
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.client_ids import parse_client_order_id
from domain.exchange import ConditionalOrder, RequestUsage
from domain.terms import FINAL_STATES, LIVE_PHASES, OrderState, Phase, Purpose, ReopenState, Severity
from engine.execution.entries import Entering, Surroundings
from engine.execution.instructions import Instructions
from engine.execution.order_writer import Writer
from engine.reconciliation.external_fills import Strangers
from engine.reconciliation.income import Ledger
from engine.reconciliation.orders import Orders
from engine.reconciliation.positions import LedgerConflict, Positions
from engine.requests.account import ReadAccount, ReadBalance, ReadIncome, ReadSymbol
from engine.requests.adoption import AdoptionFacts, AdoptionFailed
from engine.requests.catalogue import Task
from engine.requests.orders import AskOrder, CancelOrder
from engine.requests.reports import (
    AccountRead,
    BalanceRead,
    Cancelled,
    EntryFacts,
    EntryNotPrepared,
    IncomeRead,
    Observation,
    OrderAnswer,
    OrderMissing,
    OrderSeen,
    PlaceExplained,
    Received,
    SymbolRead,
    TaskFailed,
)
from engine.state.backoff import (
    ABSENT_ENTRY_WATCHED_FOR,
    BALANCE_EVERY,
    FULL_CHECK_EVERY,
    INCOME_AFTER_CLOSE,
    INCOME_EVERY,
    MISSING_AFTER,
    OVERDUE_RETRY,
    READ_RETRY,
    READ_UNANSWERED,
)
from engine.state.quarantine import blaming
from engine.state.schedule import Schedule
from engine.state.wording import place_words
from engine.state.working_set import Book, Memory
from storage.account_settings import load_opening_paused
from storage.tables import OrderRow
from strategy import Try1Strategy

log = logging.getLogger(__name__)

VANISHED = (
    "the exchange no longer shows this position and no trade says why. The bot sends nothing more for it. "
    "If the test account was reset, write the position off."
)


class Pass:
    """Works on one account once; what it changes is rows and memory, nothing else outlives it."""

    def __init__(self, session: Session, account_id: int, memory: Memory, schedule: Schedule, now: datetime) -> None:
        self.session = session
        self.memory = memory
        self.schedule = schedule
        self.now = now
        self.book = Book.load(session, account_id, _named_positions(memory))
        self.positions = Positions(self.book, memory, now)
        self.orders = Orders(self.positions)
        self.ledger = Ledger(self.positions)
        self.conflicts: list[str] = []
        self.next_wake: datetime | None = None

    def run(
        self, seen: list[Received], strategy: Try1Strategy, install: str, hedge: bool, usage: RequestUsage | None
    ) -> list[Task]:
        """Apply, decide, write; return the requests to run once this is committed, most urgent first."""
        writer = Writer(self.positions, install)
        self.memory.opening_paused = load_opening_paused(self.session, self.book.account_id)
        entering = Entering(self.positions, writer, Surroundings(hedge, self.memory.opening_paused, usage))
        instructions = Instructions(entering)
        entries: list[Task] = []
        self._load_runs_of(seen)
        for number, item in enumerate(seen):
            self.memory.batch = max(self.memory.batch, item.batch)
            self.memory.read_batch = item.batch
            with blaming(seen_number=number):
                entries += self._take(item.observation, entering, instructions)
                self.session.flush()
        self._settle_ends()
        self._watch_for_vanished()
        to_prepare = instructions.take(self.schedule.preparing)
        writing = writer.write(strategy.decide(self.book.views(self.memory, self.now), self.now))
        to_prepare += entering.due(self.schedule.preparing)
        self.memory.touched.clear()  # what was named is asked about now, or final
        self.next_wake = self._next_wake()
        return writing + entries + to_prepare + self._routine()

    def _load_runs_of(self, seen: list[Received]) -> None:
        """Load the runs that answers are about, also those that had ended before they were asked about."""
        answers = [item.observation for item in seen]
        about = (OrderAnswer, OrderSeen, OrderMissing, Cancelled)
        orders = {answer.order_id for answer in answers if isinstance(answer, about)} - self.book.orders.keys()
        runs = {answer.position_id for answer in answers if isinstance(answer, PlaceExplained)}
        if orders:
            runs |= set(self.session.scalars(select(OrderRow.position_id).where(OrderRow.id.in_(orders))))
        self.book.join(runs)

    def _symbols_to_look_at(self) -> set[str]:
        """Return the symbols of live runs on which somebody else has traded."""
        named = self.memory.touched_symbols & {symbol for symbol, _ in self.memory.our_places}
        self.memory.touched_symbols.clear()
        return named

    def _next_wake(self) -> datetime | None:
        """Return the next moment at which something falls due by itself."""
        moments = [
            row.not_before
            for row in self.book.orders.values()
            if row.not_before is not None and row.state not in (OrderState.RESERVED, *FINAL_STATES)
        ]
        moments += [
            position.reopen_not_before
            for position in self.book.positions.values()
            if position.reopen_state is ReopenState.WAITING and position.reopen_not_before is not None
        ]
        # What is overdue waits for something else than time: look again soon, not at once.
        return max(min(moments), self.now + OVERDUE_RETRY) if moments else None

    def _take(self, seen: Observation, entering: Entering, instructions: Instructions) -> list[Task]:
        try:
            return self._apply(seen, entering, instructions)
        except LedgerConflict as conflict:
            log.error("booking refused reason=%s", conflict)
            self.conflicts.append(str(conflict))
            return []

    def _apply(self, seen: Observation, entering: Entering, instructions: Instructions) -> list[Task]:
        match seen:
            case OrderAnswer():
                self.orders.answered(seen)
            case OrderSeen():
                self.orders.seen(seen)
            case OrderMissing():
                self.orders.missing(seen)
            case Cancelled():
                self.orders.cancelled(seen)
            case AccountRead():
                self._account(seen)
            case SymbolRead():
                self._symbol(seen)
            case PlaceExplained():
                Strangers(self.orders).explained(seen)
            case IncomeRead():
                self.ledger.read(seen)
                ended = self.schedule.income_after
                late = ended is not None and seen.until < ended
                self.schedule.income_at = self.now + INCOME_AFTER_CLOSE if late else seen.until + INCOME_EVERY
            case BalanceRead():
                self._balance(seen)
            case EntryFacts() | EntryNotPrepared() | AdoptionFacts() | AdoptionFailed():
                return self._prepared(seen, entering, instructions)
            case TaskFailed():
                self._failed(seen)
        return []

    def _prepared(
        self,
        seen: EntryFacts | EntryNotPrepared | AdoptionFacts | AdoptionFailed,
        entering: Entering,
        instructions: Instructions,
    ) -> list[Task]:
        if isinstance(seen, AdoptionFacts | AdoptionFailed):
            instructions.adopted(seen)
            return []
        of_run = seen.key.startswith(("reopen-", "again-"))
        handler = entering if of_run else instructions
        if isinstance(seen, EntryNotPrepared):
            handler.not_prepared(seen)
            return []
        task = handler.prepared(seen)
        return [] if task is None else [task]

    def _account(self, seen: AccountRead) -> None:
        self.memory.read_positions(seen.positions, None)
        self.memory.resting = seen.resting
        self.memory.resting_read_at = self.memory.last_full_check_at = self.now
        self.schedule.full_check_at = self.now + FULL_CHECK_EVERY
        listed = {order.client_order_id: order for order in seen.resting}
        self._bring_back(listed)
        self._look_for_late_entries()
        for row in list(self.book.orders.values()):
            if row.client_order_id in listed:
                if row.state in (OrderState.UNKNOWN, OrderState.ABSENT):
                    self.orders.rests(row, listed[row.client_order_id])
            elif row.state is OrderState.WORKING and row.trigger_price is not None:
                # It ought to rest and is not listed: ask about it by name.
                row.not_before = row.not_before or self.now
        for position in seen.positions:
            run = self.book.live_at((position.symbol, position.side))
            if run is not None:
                run.liquidation_price = position.liquidation_price

    def _bring_back(self, listed: Mapping[str, ConditionalOrder]) -> None:
        """Take in the runs of orders that rest although they counted as absent: exchanges forget for a while."""
        known = {row.client_order_id for row in self.book.orders.values()}
        parsed = [parse_client_order_id(name) for name in listed.keys() - known]
        self.book.join(name.position_id for name in parsed if name is not None)

    def _look_for_late_entries(self) -> None:
        """Ask again about entries that counted as absent when a place holds something that no run explains."""
        held = {place for place, reading in self.memory.places.items() if reading.batch >= self.memory.batch}
        unexplained = {p for p in held if self.memory.place_quantity(p) != self.book.explained_quantity(p)}
        if not unexplained:
            return
        absent = select(OrderRow.position_id, OrderRow.client_order_id, OrderRow.symbol, OrderRow.side).where(
            OrderRow.account_id == self.book.account_id,
            OrderRow.purpose == Purpose.ENTRY,
            OrderRow.state == OrderState.ABSENT,
            OrderRow.settled_at > self.now - ABSENT_ENTRY_WATCHED_FOR,
        )
        late = [row for row in self.session.execute(absent) if (row.symbol, row.side) in unexplained]
        self.book.join(row.position_id for row in late)
        self.memory.touched |= {row.client_order_id for row in late}

    def _symbol(self, seen: SymbolRead) -> None:
        self.memory.read_positions(seen.positions, seen.symbol)
        if seen.resting is None:
            return
        others = tuple(order for order in self.memory.resting if order.symbol != seen.symbol)
        self.memory.resting = others + seen.resting
        self.memory.resting_read_at = self.now
        by_id = {order.client_order_id: order for order in seen.resting}
        for row in list(self.book.orders.values()):
            if row.client_order_id in by_id and row.state not in FINAL_STATES:
                self.orders.rests(row, by_id[row.client_order_id])

    def _balance(self, seen: BalanceRead) -> None:
        self.ledger.balance(seen)
        self.memory.balance = seen.balance
        self.memory.balance_read_at = self.now
        self.schedule.balance_at = self.now + BALANCE_EVERY

    def _failed(self, seen: TaskFailed) -> None:
        soon = self.now + READ_RETRY
        match seen.task:
            case ReadAccount():
                self.schedule.full_check_at = soon
            case ReadBalance():
                self.schedule.balance_at = soon
            case ReadIncome():
                self.schedule.income_at = soon
            case AskOrder() | CancelOrder():
                row = self.book.orders.get(seen.task.order_id)
                if row is not None and row.state not in FINAL_STATES:
                    row.not_before = soon
            case _:
                pass  # the strategy asks again on its own

    def _settle_ends(self) -> None:
        for position in self.book.positions.values():
            was = position.phase
            if was in LIVE_PHASES:
                with blaming(position_id=position.id):
                    self.positions.settle_end(position)
                    self.session.flush()
            if position.phase is not was:
                self.schedule.income_at = self.now + INCOME_AFTER_CLOSE
                self.schedule.income_after = self.now
        if self.positions.money_moved:
            self.schedule.balance_at = None

    def _watch_for_vanished(self) -> None:
        """Note runs whose place reads empty though no trade says why: test accounts are wiped now and then."""
        for position in self.book.positions.values():
            if position.phase not in (Phase.OPEN, Phase.CLOSING):
                self.memory.gone_since.pop(position.id, None)
                continue
            quantity = self.memory.place_quantity((position.symbol, position.side))
            if quantity or self.book.own_quantity(position) <= 0:
                self.memory.gone_since.pop(position.id, None)
                if position.phase_note == VANISHED:
                    position.phase_note = None
                    self.positions.unprotected(position, "it is there again; the bot takes care of it.")
            elif quantity is not None:
                since = self.memory.gone_since.setdefault(position.id, self.now)
                if self.now >= since + MISSING_AFTER and position.phase_note is None:
                    position.phase_note = VANISHED
                    position.naked_since = None
                    self.positions.note(position, "vanished", f"{place_words(position)}: {VANISHED}", Severity.DANGER)

    def _routine(self) -> list[Task]:
        """Return the routine reads that are due; they are asked for again only once answered."""
        tasks: list[Task] = [ReadSymbol(symbol, with_resting=False) for symbol in self._symbols_to_look_at()]
        later = self.now + READ_UNANSWERED
        if self.schedule.full_check_at is None or self.now >= self.schedule.full_check_at:
            self.schedule.full_check_at = later
            tasks.append(ReadAccount())
        if self.schedule.balance_at is None or self.now >= self.schedule.balance_at:
            self.schedule.balance_at = later
            tasks.append(ReadBalance())
        if self.schedule.income_at is None or self.now >= self.schedule.income_at:
            self.schedule.income_at = later
            tasks.append(self.ledger.next_read())
        return tasks


def _named_positions(memory: Memory) -> set[int]:
    """Return the runs whose orders events have named, ended ones included."""
    parsed = [parse_client_order_id(text) for text in memory.touched]
    return {name.position_id for name in parsed if name is not None}
