"""Opening and opening again: what is checked before an entry, and the rows it begins with."""

import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from domain.exchange import RequestUsage
from domain.lifecycle import Event
from domain.preview.draft import MarketNow
from domain.preview.preview import Preview, preview
from domain.reopening import EntryRefusal, ReopenDecision, reopen_due
from domain.terms import (
    OrderState,
    Phase,
    PlanState,
    Purpose,
    ReopenState,
    Severity,
    Side,
    TradeTerms,
)
from engine.execution.order_writer import Writer, intent_of
from engine.reconciliation.positions import Positions, position_terms
from engine.requests.catalogue import Task
from engine.requests.entry import PrepareEntry
from engine.requests.reports import EntryFacts, EntryNotPrepared
from engine.state.backoff import (
    ABSENT_ENTRY_BLOCKS_FOR,
    ENTRY_FACTS_FRESH_FOR_SECONDS,
    ENTRY_RETRY,
    ENTRY_TRIED_FOR,
    FULL_CHECK_FRESH_FOR,
)
from engine.state.wording import place_words
from engine.state.working_set import Reserve
from storage.tables import OrderRow, PlanRow, PositionRow

CONDITIONAL_ORDERS_MAX = 200
SLOTS_FOR_A_TRADE = 3
ORDERS_FOR_A_TRADE = 4
WEIGHT_SHARE_FOR_ENTRIES = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class No:
    """An entry that may not be sent now."""

    why: EntryRefusal
    sentence: str


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What is known of the account and the connection when an entry is considered."""

    hedge: bool
    opening_paused: bool
    usage: RequestUsage | None


class Entering:
    """Sends entries of new plans, reopenings and second tries, each only after every check."""

    def __init__(self, positions: Positions, writer: Writer, around: Surroundings) -> None:
        self.positions = positions
        self.writer = writer
        self.around = around
        self.book = positions.book
        self.memory = positions.memory
        self.now = positions.now

    def refusal(self, facts: EntryFacts, position: PositionRow | None) -> tuple[No | None, Preview | None]:
        """Return why these terms may not be sent now, or the figures to send them with.

        position is the run that tries again, None for a new one.
        """
        no = self._no_room() or self._place_taken(facts, position)
        if no is not None:
            return no, None
        terms = facts.terms
        if terms.symbol not in self.memory.rules:
            return No(EntryRefusal.TERMS_REFUSED, f"{terms.symbol} is not traded here."), None
        figures, refusals = preview(
            terms,
            MarketNow(facts.book.bid, facts.book.ask, facts.mark_price),
            self.memory.rules[terms.symbol],
            facts.brackets,
            facts.rates,
            facts.balance,
            other_side_leverage=facts.settings.leverage if self._other_side_open(facts) else None,
            positions=facts.positions,
            free_conditional_slots=CONDITIONAL_ORDERS_MAX - len(self.memory.resting),
        )
        if refusals or figures is None:
            lasting = [refusal.cause for refusal in refusals if not refusal.cause.is_passing]
            why = (lasting or [refusal.cause for refusal in refusals] or [EntryRefusal.TERMS_REFUSED])[0]
            return No(why, " ".join(refusal.message for refusal in refusals)), None
        return self._wrong_side_of_mark(facts, figures), figures

    def _no_room(self) -> No | None:
        """Room before risk: what the stop, the target and a close will need must be free."""
        if not self.around.hedge:
            return No(EntryRefusal.MODE_WRONG, "the account is not in hedge mode.")
        checked = self.memory.last_full_check_at
        if checked is None or self.now - checked > FULL_CHECK_FRESH_FOR:
            return No(EntryRefusal.NO_FRESH_CHECK, "the account could not be checked in the last 10 seconds.")
        if len(self.memory.resting) + SLOTS_FOR_A_TRADE > CONDITIONAL_ORDERS_MAX:
            return No(EntryRefusal.NO_ROOM_FOR_STOPS, "the exchange has no room for another stop and target.")
        usage = self.around.usage
        if usage is None:
            return None
        if usage.blocked_until is not None and usage.blocked_until > self.now:
            return No(EntryRefusal.NO_ROOM_FOR_REQUESTS, "the exchange asked for a pause.")
        full = (
            (usage.weight_1m or 0) > WEIGHT_SHARE_FOR_ENTRIES * usage.weight_limit_1m
            or (usage.orders_10s or 0) + ORDERS_FOR_A_TRADE > usage.orders_limit_10s
            or (usage.orders_1m or 0) + ORDERS_FOR_A_TRADE > usage.orders_limit_1m
        )
        return (
            No(EntryRefusal.NO_ROOM_FOR_REQUESTS, "the exchange's request limits are nearly used up.") if full else None
        )

    def _place_taken(self, facts: EntryFacts, position: PositionRow | None) -> No | None:
        place = (facts.terms.symbol, facts.terms.side)
        if time.monotonic() - facts.read_at > ENTRY_FACTS_FRESH_FOR_SECONDS:
            return No(EntryRefusal.NO_FRESH_CHECK, "the exchange answered too slowly.")
        live = self.book.live_at(place)
        if live is not None and live is not position:
            return No(EntryRefusal.PLACE_NOT_EMPTY, f"{place_words(live)} is open already.")
        other = self.book.live_at((place[0], place[1].opposite))
        if other is not None and other.leverage != facts.terms.leverage:
            sentence = f"the other side of {place[0]} is open at {other.leverage}x; both sides share it."
            return No(EntryRefusal.LEVERAGE_TAKEN, sentence)
        if any((p.symbol, p.side) == place for p in facts.positions):
            return No(EntryRefusal.PLACE_NOT_EMPTY, "the account holds a position there that this bot did not open.")
        if not self.positions.orders_all_final(place) or self._lost_entry_recently(place):
            return No(EntryRefusal.EARLIER_ORDERS_OPEN, "an order of the run before is not finished yet.")
        if facts.settings.leverage != facts.terms.leverage:
            return No(
                EntryRefusal.LEVERAGE_TAKEN,
                f"the other side of {facts.terms.symbol} is open at {facts.settings.leverage}x; both sides share it.",
            )
        return None

    def _lost_entry_recently(self, place: tuple[str, Side]) -> bool:
        """An entry that never arrived keeps its place closed for a minute: it might still turn up."""
        lost = select(func.count()).where(
            OrderRow.account_id == self.book.account_id,
            OrderRow.symbol == place[0],
            OrderRow.side == place[1],
            OrderRow.purpose == Purpose.ENTRY,
            OrderRow.state == OrderState.ABSENT,
            OrderRow.settled_at > self.now - ABSENT_ENTRY_BLOCKS_FOR,
        )
        return bool(self.book.session.scalar(lost))

    def _other_side_open(self, facts: EntryFacts) -> bool:
        other = (facts.terms.symbol, facts.terms.side.opposite)
        return any((held.symbol, held.side) == other for held in facts.positions)

    def _wrong_side_of_mark(self, facts: EntryFacts, figures: Preview) -> No | None:
        """On test venues mark and last price drift apart; stops fire by the mark."""
        tick, mark, sign = self.memory.rules[facts.terms.symbol].tick_size, facts.mark_price, facts.terms.side.sign
        if sign * (mark - figures.stop_price) < tick or sign * (figures.target_price - mark) < tick:
            return No(EntryRefusal.PRICES_APART, "market price and mark price are too far apart at the moment.")
        return None

    def begin(self, plan: PlanRow, parent: PositionRow | None, facts: EntryFacts, figures: Preview) -> Task:
        """Add a new run with its entry, and its first stop and target in reserve; return the entry to send."""
        # A run that never opened leaves its turn to this one.
        sequence = self.book.session.scalar(
            select(func.max(PositionRow.sequence)).where(
                PositionRow.plan_id == plan.id, PositionRow.phase != Phase.FAILED
            )
        )
        terms = facts.terms
        position = PositionRow(
            account_id=self.book.account_id,
            plan_id=plan.id,
            parent_position_id=parent.id if parent else None,
            sequence=(sequence or 0) + 1,
            reopen_count=parent.reopen_count + 1 if parent else 0,
            symbol=terms.symbol,
            side=terms.side,
            amount_usdt=terms.amount_usdt,
            leverage=terms.leverage,
            tp_usdt=terms.tp_usdt,
            sl_usdt=terms.sl_usdt,
            basis=terms.basis,
            phase=Phase.ENTERING,
            entry_quantity=Decimal(0),
            exit_quantity=Decimal(0),
            foreign_quantity=Decimal(0),
            taker_rate=facts.rates.taker,
            stop_price=figures.stop_price,
            target_price=figures.target_price,
            liquidation_price=figures.liquidation_price,
            close_asked_by_person=False,
            result_final=False,
            reopen_state=ReopenState.NONE,
            created_at=self.now,
        )
        self.book.session.add(position)
        self.book.session.flush()
        self.book.add_run(position, plan)
        if parent is not None:
            parent.reopen_state = ReopenState.DONE
        entry = self.writer.new_order(position, Purpose.ENTRY, quantity=figures.quantity, trigger_price=None)
        stop, _ = (
            self.writer.new_order(position, purpose, quantity=None, trigger_price=price, state=OrderState.RESERVED)
            for purpose, price in ((Purpose.STOP, figures.stop_price), (Purpose.TARGET, figures.target_price))
        )
        self.memory.reserves[entry.id] = Reserve(stop.id, intent_of(stop), terms, facts.rates.taker)
        self.positions.note(
            position, "opening", f"Opening {place_words(position)} at market.", quantity=str(entry.quantity)
        )
        return self.writer.send(entry)

    def again(self, position: PositionRow, figures: Preview) -> Task:
        """Send the entry of a run that is still entering once more, under a new id."""
        position.stop_price = figures.stop_price
        position.target_price = figures.target_price
        return self.writer.send(
            self.writer.new_order(position, Purpose.ENTRY, quantity=figures.quantity, trigger_price=None)
        )

    def due(self, preparing: set[str]) -> list[Task]:
        """Return the preparations that are due: waiting reopens and entries to be tried again."""
        tasks: list[Task] = []
        for position in list(self.book.positions.values()):
            task = self._reopen_task(position) or self._again_task(position)
            if task is not None and task.key not in preparing:
                tasks.append(task)
        return tasks

    def _reopen_task(self, position: PositionRow) -> PrepareEntry | None:
        decision = reopen_due(position.reopen_state, position.reopen_not_before, position.reopen_lapses_at, self.now)
        if decision is ReopenDecision.LAPSED:
            self._pause(position, "it could not be opened again in time.", ReopenState.LAPSED)
        if decision is not ReopenDecision.DUE or self.around.opening_paused:
            return None
        return PrepareEntry(
            f"reopen-{position.id}", plan_terms(self.book.plan_of(position), position_terms(self.book, position))
        )

    def _again_task(self, position: PositionRow) -> PrepareEntry | None:
        if not self._tried_again(position):
            return None
        return PrepareEntry(f"again-{position.id}", position_terms(self.book, position))

    def _tried_again(self, position: PositionRow) -> bool:
        """Whether a refused entry is to be sent again now; what is not wanted any more or took too long is given up."""
        if position.phase is not Phase.ENTERING or not self.book.entry_settled(position):
            return False
        newest = [order for order in self.book.orders_of[position.id] if order.purpose is Purpose.ENTRY][-1]
        if newest.state is not OrderState.REFUSED:
            return False
        if position.close_asked_by_person:
            self.positions.entry_failed(position, Event.ENTRY_REFUSED, "you asked to close it before it was open.")
            return False
        if self.now > position.created_at + ENTRY_TRIED_FOR:
            self.positions.entry_failed(position, Event.ENTRY_REFUSED, newest.answer_text or "the exchange refused it.")
            return False
        return newest.not_before is None or self.now >= newest.not_before

    def prepared(self, facts: EntryFacts) -> Task | None:
        """Take in the facts of a reopening or a second try: send it, wait, or give it up."""
        kind, _, number = facts.key.partition("-")
        position = self.book.positions.get(int(number))
        if position is None:
            return None
        if kind == "again":
            if not self._tried_again(position):
                return None  # given up, or no longer wanted, while the facts were read
            no, figures = self.refusal(facts, position)
            if no is None and figures is not None:
                return self.again(position, figures)
            self._not_again(position, no)
            return None
        if position.reopen_state is not ReopenState.WAITING:
            return None
        no, figures = self.refusal(facts, None)
        if no is None and figures is not None:
            return self.begin(self.book.plan_of(position), position, facts, figures)
        self._not_reopened(position, no)
        return None

    def not_prepared(self, answer: EntryNotPrepared) -> None:
        """Take in that the facts could not be read."""
        kind, _, number = answer.key.partition("-")
        position = self.book.positions.get(int(number))
        if position is None:
            return
        no = No(EntryRefusal.OTHER if answer.lasting else EntryRefusal.NOT_EXECUTED, answer.text)
        if kind == "again":
            self._not_again(position, no)
        else:
            self._not_reopened(position, no)

    def _not_again(self, position: PositionRow, no: No | None) -> None:
        newest = [order for order in self.book.orders_of[position.id] if order.purpose is Purpose.ENTRY][-1]
        if no is None or no.why.is_passing:
            newest.not_before = self.now + ENTRY_RETRY
            return
        self.positions.entry_failed(position, Event.ENTRY_REFUSED, no.sentence)

    def _not_reopened(self, position: PositionRow, no: No | None) -> None:
        if no is None or no.why.is_passing:
            position.reopen_not_before = self.now + ENTRY_RETRY
            return
        self._pause(position, no.sentence, ReopenState.REFUSED)

    def _pause(self, position: PositionRow, sentence: str, state: ReopenState) -> None:
        position.reopen_state = state
        plan = self.book.plan_of(position)
        plan.state, plan.state_reason = PlanState.PAUSED, sentence
        self.positions.note(
            position, "not_reopened", f"{place_words(position)} was not opened again: {sentence}", Severity.WARNING
        )


def plan_terms(plan: PlanRow, terms: TradeTerms) -> TradeTerms:
    """Return the terms of a plan's next run: the plan as it stands now, not as the last run was opened."""
    return TradeTerms(
        symbol=plan.symbol,
        side=plan.side,
        amount_usdt=plan.amount_usdt,
        leverage=plan.leverage,
        tp_usdt=plan.tp_usdt,
        sl_usdt=plan.sl_usdt,
        basis=plan.basis,
        reopen=terms.reopen,
    )


def new_plan(account_id: int, terms: TradeTerms, now: datetime) -> PlanRow:
    """Return the row of a plan that begins."""
    return PlanRow(
        account_id=account_id,
        symbol=terms.symbol,
        side=terms.side,
        amount_usdt=terms.amount_usdt,
        leverage=terms.leverage,
        tp_usdt=terms.tp_usdt,
        sl_usdt=terms.sl_usdt,
        basis=terms.basis,
        reopen_enabled=terms.reopen.enabled,
        reopen_delay_seconds=int(terms.reopen.delay.total_seconds()),
        reopen_maximum=terms.reopen.maximum,
        reopen_after_target=terms.reopen.after_target,
        reopen_after_stop=terms.reopen.after_stop,
        state=PlanState.ACTIVE,
        created_at=now,
    )
