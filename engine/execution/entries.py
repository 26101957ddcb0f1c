"""Opening and opening again: what is checked before an entry, and the rows it begins with."""

import time
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import func, select

from domain.exchange import RequestUsage
from domain.lifecycle import Event
from domain.position_key import PositionKey
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
from engine.state.row_mapping import key_of
from engine.state.wording import position_name
from engine.state.working_set import StagedStop
from storage.tables import OrderRow, PlanRow, PositionRow

CONDITIONAL_ORDERS_MAX = 200
SLOTS_FOR_A_TRADE = 3
ORDERS_FOR_A_TRADE = 4
WEIGHT_SHARE_FOR_ENTRIES = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class EntryRejected:
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
        self.rows = positions.rows
        self.memory = positions.memory
        self.now = positions.now

    def refusal(self, facts: EntryFacts, position: PositionRow | None) -> tuple[EntryRejected | None, Preview | None]:
        """Return why these terms may not be sent now, or the figures to send them with.

        position is the trade that tries again, None for a new one.
        """
        rejected = self._room() or self._position_taken(facts, position)
        if rejected is not None:
            return rejected, None
        terms = facts.terms
        if terms.symbol not in self.memory.rules:
            return EntryRejected(EntryRefusal.TERMS_REFUSED, f"{terms.symbol} is not traded here."), None
        other = self._other_side(facts)
        figures, refusals = preview(
            terms,
            MarketNow(facts.book.bid, facts.book.ask, facts.mark_price),
            self.memory.rules[terms.symbol],
            facts.brackets,
            facts.rates,
            facts.balance,
            other_side_leverage=facts.settings.leverage if other else None,
            other_side=other,
            free_conditional_slots=CONDITIONAL_ORDERS_MAX - len(self.memory.resting),
        )
        if refusals or figures is None:
            lasting = [refusal.cause for refusal in refusals if not refusal.cause.is_passing]
            why = (lasting or [refusal.cause for refusal in refusals] or [EntryRefusal.TERMS_REFUSED])[0]
            return EntryRejected(why, " ".join(refusal.message for refusal in refusals)), None
        return self._wrong_side_of_mark(facts, figures), figures

    def _room(self) -> EntryRejected | None:
        """Room before risk: what the stop, the target and a close will need must be free."""
        if not self.around.hedge:
            return EntryRejected(EntryRefusal.MODE_WRONG, "the account is not in hedge mode.")
        checked = self.memory.last_full_check_at
        if checked is None or self.now - checked > FULL_CHECK_FRESH_FOR:
            return EntryRejected(
                EntryRefusal.NO_FRESH_CHECK, "the account could not be checked in the last 10 seconds."
            )
        if len(self.memory.resting) + SLOTS_FOR_A_TRADE > CONDITIONAL_ORDERS_MAX:
            return EntryRejected(
                EntryRefusal.NO_ROOM_FOR_STOPS, "the exchange has no room for another stop and target."
            )
        usage = self.around.usage
        if usage is None:
            return None
        if usage.blocked_until is not None and usage.blocked_until > self.now:
            return EntryRejected(EntryRefusal.NO_ROOM_FOR_REQUESTS, "the exchange asked for a pause.")
        full = (
            (usage.weight_1m or 0) > WEIGHT_SHARE_FOR_ENTRIES * usage.weight_limit_1m
            or (usage.orders_10s or 0) + ORDERS_FOR_A_TRADE > usage.orders_limit_10s
            or (usage.orders_1m or 0) + ORDERS_FOR_A_TRADE > usage.orders_limit_1m
        )
        return (
            EntryRejected(EntryRefusal.NO_ROOM_FOR_REQUESTS, "the exchange's request limits are nearly used up.")
            if full
            else None
        )

    def _position_taken(self, facts: EntryFacts, position: PositionRow | None) -> EntryRejected | None:
        key = key_of(facts.terms)
        if time.monotonic() - facts.read_at > ENTRY_FACTS_FRESH_FOR_SECONDS:
            return EntryRejected(EntryRefusal.NO_FRESH_CHECK, "the exchange answered too slowly.")
        live = self.rows.live_at(key)
        if live is not None and live is not position:
            return EntryRejected(EntryRefusal.PLACE_NOT_EMPTY, f"{position_name(live)} is open already.")
        other = self.rows.live_at(key.opposite)
        if other is not None and other.leverage != facts.terms.leverage:
            sentence = f"the other side of {key.symbol} is open at {other.leverage}x; both sides share it."
            return EntryRejected(EntryRefusal.LEVERAGE_TAKEN, sentence)
        if any(key_of(p) == key for p in facts.positions):
            return EntryRejected(
                EntryRefusal.PLACE_NOT_EMPTY, "the account holds a position there that this bot did not open."
            )
        if not self.positions.orders_all_final(key) or self._lost_entry_recently(key):
            return EntryRejected(EntryRefusal.EARLIER_ORDERS_OPEN, "an order of the trade before is not finished yet.")
        if facts.settings.leverage != facts.terms.leverage:
            return EntryRejected(
                EntryRefusal.LEVERAGE_TAKEN,
                f"the other side of {facts.terms.symbol} is open at {facts.settings.leverage}x; both sides share it.",
            )
        return None

    def _lost_entry_recently(self, key: PositionKey) -> bool:
        """An entry that never arrived keeps its position closed for a minute: it might still turn up."""
        lost = select(func.count()).where(
            OrderRow.account_id == self.rows.account_id,
            OrderRow.symbol == key.symbol,
            OrderRow.side == key.side,
            OrderRow.purpose == Purpose.ENTRY,
            OrderRow.state == OrderState.ABSENT,
            OrderRow.final_at > self.now - ABSENT_ENTRY_BLOCKS_FOR,
        )
        return bool(self.rows.session.scalar(lost))

    def _other_side(self, facts: EntryFacts) -> tuple[Decimal, Decimal] | None:
        other = facts.terms.side.opposite
        return next(((p.quantity, p.entry_price) for p in facts.positions if p.side is other), None)

    def _wrong_side_of_mark(self, facts: EntryFacts, figures: Preview) -> EntryRejected | None:
        """On test venues mark and last price drift apart; stops fire by the mark."""
        tick, mark, sign = self.memory.rules[facts.terms.symbol].tick_size, facts.mark_price, facts.terms.side.sign
        if sign * (mark - figures.stop_price) < tick or sign * (figures.target_price - mark) < tick:
            return EntryRejected(
                EntryRefusal.PRICES_APART, "market price and mark price are too far apart at the moment."
            )
        return None

    def begin(self, plan: PlanRow, parent: PositionRow | None, facts: EntryFacts, figures: Preview) -> Task:
        """Add a new trade with its entry, and its first stop and target staged; return the entry to send."""
        # A trade that never opened leaves its round to this one.
        sequence = self.rows.session.scalar(
            select(func.max(PositionRow.sequence)).where(
                PositionRow.plan_id == plan.id, PositionRow.phase != Phase.FAILED
            )
        )
        terms = facts.terms
        position = PositionRow(
            account_id=self.rows.account_id,
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
            external_quantity=Decimal(0),
            taker_rate=facts.rates.taker,
            stop_price=figures.stop_price,
            target_price=figures.target_price,
            liquidation_price=figures.liquidation_price,
            close_asked_by_person=False,
            result_final=False,
            reopen_state=ReopenState.NONE,
            created_at=self.now,
        )
        self.rows.session.add(position)
        self.rows.session.flush()
        self.rows.add_position(position, plan)
        if parent is not None:
            parent.reopen_state = ReopenState.DONE
        entry = self.writer.new_order(position, Purpose.ENTRY, quantity=figures.quantity, trigger_price=None)
        stop, _ = (
            self.writer.new_order(position, purpose, quantity=None, trigger_price=price, state=OrderState.STAGED)
            for purpose, price in ((Purpose.STOP, figures.stop_price), (Purpose.TARGET, figures.target_price))
        )
        self.memory.staged_stops[entry.id] = StagedStop(stop.id, intent_of(stop), terms, facts.rates.taker)
        self.positions.note(
            position, "opening", f"Opening {position_name(position)} at market.", quantity=str(entry.quantity)
        )
        return self.writer.send(entry)

    def again(self, position: PositionRow, figures: Preview) -> Task:
        """Send the entry of a trade that is still entering once more, under a new id."""
        position.stop_price = figures.stop_price
        position.target_price = figures.target_price
        return self.writer.send(
            self.writer.new_order(position, Purpose.ENTRY, quantity=figures.quantity, trigger_price=None)
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
        if decision is not ReopenDecision.DUE or self.around.opening_paused:
            return None
        return PrepareEntry(
            f"reopen-{position.id}", plan_terms(self.rows.plan_of(position), position_terms(self.rows, position))
        )

    def _again_task(self, position: PositionRow) -> PrepareEntry | None:
        if not self._tried_again(position):
            return None
        return PrepareEntry(f"again-{position.id}", position_terms(self.rows, position))

    def _tried_again(self, position: PositionRow) -> bool:
        """Whether a rejected entry is to be sent again now; one not wanted any more, or too late, is given up."""
        if position.phase is not Phase.ENTERING or not self.rows.entry_final(position):
            return False
        newest = [order for order in self.rows.orders_of[position.id] if order.purpose is Purpose.ENTRY][-1]
        if newest.state is not OrderState.REJECTED:
            return False
        if position.close_asked_by_person:
            self.positions.entry_failed(position, Event.ENTRY_REJECTED, "you asked to close it before it was open.")
            return False
        if self.now > position.created_at + ENTRY_TRIED_FOR:
            self.positions.entry_failed(
                position, Event.ENTRY_REJECTED, newest.answer_text or "the exchange refused it."
            )
            return False
        return newest.not_before is None or self.now >= newest.not_before

    def prepared(self, facts: EntryFacts) -> Task | None:
        """Take in the facts of a reopening or a second try: send it, wait, or give it up."""
        kind, _, number = facts.key.partition("-")
        position = self.rows.positions.get(int(number))
        if position is None:
            return None
        if kind == "again":
            if not self._tried_again(position):
                return None  # given up, or no longer wanted, while the facts were read
            rejected, figures = self.refusal(facts, position)
            if rejected is None and figures is not None:
                return self.again(position, figures)
            self._not_again(position, rejected)
            return None
        if position.reopen_state is not ReopenState.WAITING:
            return None
        rejected, figures = self.refusal(facts, None)
        if rejected is None and figures is not None:
            return self.begin(self.rows.plan_of(position), position, facts, figures)
        self._not_reopened(position, rejected)
        return None

    def not_prepared(self, answer: EntryNotPrepared) -> None:
        """Take in that the facts could not be read."""
        kind, _, number = answer.key.partition("-")
        position = self.rows.positions.get(int(number))
        if position is None:
            return
        rejected = EntryRejected(EntryRefusal.OTHER if answer.lasting else EntryRefusal.NOT_EXECUTED, answer.text)
        if kind == "again":
            self._not_again(position, rejected)
        else:
            self._not_reopened(position, rejected)

    def _not_again(self, position: PositionRow, rejected: EntryRejected | None) -> None:
        newest = [order for order in self.rows.orders_of[position.id] if order.purpose is Purpose.ENTRY][-1]
        if rejected is None or rejected.why.is_passing:
            newest.not_before = self.now + ENTRY_RETRY
            return
        self.positions.entry_failed(position, Event.ENTRY_REJECTED, rejected.sentence)

    def _not_reopened(self, position: PositionRow, rejected: EntryRejected | None) -> None:
        if rejected is None or rejected.why.is_passing:
            position.reopen_not_before = self.now + ENTRY_RETRY
            return
        self._pause(position, rejected.sentence, ReopenState.REJECTED)

    def _pause(self, position: PositionRow, sentence: str, state: ReopenState) -> None:
        position.reopen_state = state
        plan = self.rows.plan_of(position)
        plan.state, plan.state_reason = PlanState.PAUSED, sentence
        self.positions.note(
            position, "not_reopened", f"{position_name(position)} was not opened again: {sentence}", Severity.WARNING
        )


def plan_terms(plan: PlanRow, terms: TradeTerms) -> TradeTerms:
    """Return the terms of a plan's next trade: the plan as it stands now, not as the last trade was opened."""
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
