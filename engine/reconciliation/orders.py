"""Answers into order rows: what the exchange said becomes a state, and the trade behind it moves on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from functools import partial

from domain.exchange import ConditionalOrder, ConditionalStatus, ExchangeOrder, ExchangePosition, ExchangeStatus
from domain.journal.exit_facts import TargetHit
from domain.journal.facts import JournalFacts
from domain.journal.order_facts import OrderRejected, OrderUnanswered, RejectedAtTrigger, StopGone
from domain.journal.trade_facts import Closing, PartClosed
from domain.lifecycle import Event
from domain.rejections import Rejection
from domain.reopening import EntryRefusal, entry_refusal
from domain.terms import FINAL_STATES, LIVE_PHASES, CloseReason, Fill, OrderState, Phase, Purpose
from engine.reconciliation.lifecycle import Lifecycle
from engine.requests.reports import Cancelled, OrderAck, OrderNotFoundReport, OrderStatusReport, StagedSent
from engine.state.backoff import CLOSE_RETRY, ENDED_ORDERS_KEPT_FOR, FORGOTTEN_FOR, ORDER_QUERY, ORDER_RETRY
from engine.state.row_mapping import key_of, sent_order
from engine.state.wording import position_name
from exchange.error_codes import rejection_of
from storage.tables import OrderRow, PositionRow

CLEAR_REFUSAL_WITHOUT_CODE = -1
# What the pair's rules would have forbidden, had they been the present ones.
RULES_IN_DOUBT = (Rejection.PRECISION, Rejection.TERMS_REFUSED, Rejection.SYMBOL_RESTRICTED)

_MARKET_STATES = {
    ExchangeStatus.FILLED: OrderState.FILLED,
    ExchangeStatus.CANCELED: OrderState.CANCELLED,
    ExchangeStatus.REJECTED: OrderState.REJECTED,
    ExchangeStatus.EXPIRED: OrderState.EXPIRED,
    ExchangeStatus.EXPIRED_IN_MATCH: OrderState.EXPIRED,
}


# What has rested and does so no more never rests again.
_RESTED = (OrderState.TRIGGERED, OrderState.FILLED, OrderState.CANCELLED, OrderState.EXPIRED)


class OrderReconciler:
    """Applies answers about single orders to the rows of one cycle."""

    def __init__(self, lifecycle: Lifecycle) -> None:
        self.lifecycle = lifecycle
        self.journal = lifecycle.journal
        self.accounting = lifecycle.accounting
        self.protection = lifecycle.protection
        self.rows = lifecycle.rows
        self.state = lifecycle.state
        self.now = lifecycle.now

    def on_report(self, report: OrderAck | StagedSent | OrderStatusReport | OrderNotFoundReport | Cancelled) -> None:
        """Take in what is known of one order."""
        match report:
            case OrderAck():
                self.on_ack(report)
            case StagedSent():
                self.on_staged_sent(report)
            case OrderStatusReport():
                self.on_status(report)
            case OrderNotFoundReport():
                self.on_not_found(report)
            case Cancelled():
                self.on_cancelled(report)

    def on_ack(self, answer: OrderAck) -> None:
        """Take in what came back for an order that was sent."""
        row = self.rows.orders[answer.order_id]
        if row.state in FINAL_STATES and not answer.is_clear:
            return  # it was asked about meanwhile
        row.answer_text = answer.text
        if answer.order is not None:
            self._market(row, answer.order, answer.fills, answer.positions)
        elif answer.conditional is not None:
            self._conditional(row, answer.conditional, None, ())
        elif answer.code is None:
            row.not_before = self.now + ORDER_QUERY.after(0)
            self._note(row, OrderUnanswered)
        elif rejection_of(answer.code) is Rejection.DUPLICATE_ID:
            row.not_before = self.now  # it exists: the first try arrived
        else:
            self._rejected(row, answer)

    def on_staged_sent(self, report: StagedSent) -> None:
        """Take in that a staged order went out without the database; withdrawn by a lost commit, it may rest too."""
        row = self.rows.orders[report.order_id]
        if row.state in (OrderState.STAGED, OrderState.WITHDRAWN, OrderState.REJECTED):
            row.state, row.final_at = OrderState.UNKNOWN, None
            row.request_timestamp = report.request_timestamp  # of the first try that may have arrived
        row.trigger_price, row.quantity = report.trigger_price, report.quantity
        row.not_before = self.now + ORDER_QUERY.after(0)
        if row.purpose is Purpose.CLOSE:
            self._closing_without_database(self.rows.positions[row.position_id])

    def _closing_without_database(self, position: PositionRow) -> None:
        self.state.exchange.close_is_sent(key_of(position))
        if position.phase is Phase.OPEN:
            self.lifecycle.close_sent(position)
            self.journal.note(position, Closing(position_name(position), CloseReason.UNPROTECTED, late_fill=False))

    def on_status(self, report: OrderStatusReport) -> None:
        """Take in an order as the exchange holds it."""
        row = self.rows.orders[report.order_id]
        if report.conditional is not None:
            self._conditional(row, report.conditional, report.order, report.fills, report.positions)
        elif report.order is not None:
            self._market(row, report.order, report.fills, report.positions)

    def on_not_found(self, report: OrderNotFoundReport) -> None:
        """Take in "no such order": never proof by itself, a proof once history, trades and position agree."""
        row = self.rows.orders[report.order_id]
        if row.state in FINAL_STATES:
            return
        if row.state is OrderState.STAGED:
            row.not_before = None  # as was to be expected
            return
        position = self.rows.positions[row.position_id]
        not_found_since = self.state.retries.not_found_since.setdefault(row.id, self.now)
        if row.state is OrderState.TRIGGERED and self._is_let_go(position, not_found_since):
            self._finish(row, OrderState.ABSENT)
            return
        if row.state is OrderState.WORKING and row.query_count >= 1 and self._may_be_replaced(row, position):
            # It rested and cannot be found any more: another may be placed, the exchange takes only one.
            row.state = OrderState.UNKNOWN
            self.protection.stop_lost(position, StopGone.NOT_FOUND)
        row.query_count += 1
        row.not_before = self.now + ORDER_QUERY.after(row.query_count)
        if report.positions is not None:
            self.state.exchange.read_positions(report.positions, row.symbol)
        if not report.proof_read:
            return
        key = key_of(row)
        # What others hold once our trade has ended is theirs to change: nobody records it, and it says nothing of an
        # order that could only have closed. An entry of ours, though, may be what is held there.
        asked_of_key = row.purpose is Purpose.ENTRY or self.rows.live_at(key) is not None
        if asked_of_key and self.state.exchange.quantity_at(key) != self.rows.expected_quantity(key):
            return
        if row.algo_id is not None and row.quantity is not None and not self._is_forgotten(not_found_since):
            return  # it was accepted once: should it still rest, it would close the next trade
        self._finish(row, OrderState.ABSENT)
        if position.close_reason is CloseReason.LOST:
            return  # written off: whatever it did was on an account that is no more
        if row.purpose is Purpose.ENTRY:
            self.lifecycle.entry_failed(position, Event.ENTRY_ABSENT, "the order never arrived at the exchange.")
        elif row.purpose is Purpose.CLOSE:
            self.lifecycle.finalise_close(position)

    def _is_let_go(self, position: PositionRow, not_found_since: datetime) -> bool:
        """Whether nothing can be learnt any more of an order that fired, and nothing hangs on it.

        Its trade was written off, or all that it held was closed by other fills, and the order has been gone for long.
        """
        ended = position.phase is Phase.CLOSED and self._is_forgotten(not_found_since)
        return ended or position.close_reason is CloseReason.LOST

    def _is_forgotten(self, not_found_since: datetime) -> bool:
        return self.now >= not_found_since + FORGOTTEN_FOR

    def _may_be_replaced(self, row: OrderRow, position: PositionRow) -> bool:
        """Whether an accepted order that cannot be found may be given up: exchanges forget orders for a while.

        Of closePosition stops the exchange takes only one, so trying another is the best question there is; where our
        only stop is one with quantity, it is a closePosition stop that comes beside it. Everything else that was
        accepted counts as resting, until the exchange itself has a reason to know it no longer.
        """
        if row.purpose is Purpose.STOP or position.phase not in LIVE_PHASES:
            return True
        if row.purpose is Purpose.INTERIM and position.own_part_only:
            return True
        return self.now - row.created_at > ENDED_ORDERS_KEPT_FOR

    def on_cancelled(self, report: Cancelled) -> None:
        """Take in a confirmed cancel."""
        row = self.rows.orders[report.order_id]
        if row.state not in FINAL_STATES:
            self._finish(row, OrderState.CANCELLED)
            self.protection.stop_lost(self.rows.positions[row.position_id], StopGone.CANCELLED)

    def on_resting(self, row: OrderRow, conditional: ConditionalOrder) -> None:
        """Take in that a conditional order of ours is listed as resting, by whatever word."""
        if conditional.status is ConditionalStatus.UNKNOWN:
            conditional = replace(conditional, status=ConditionalStatus.NEW)
        if sent_order(row).may_be(conditional):
            self._conditional(row, conditional, None, ())

    def on_unseen_fill(self, row: OrderRow, fill: Fill) -> None:
        """Take in a fill of one of our orders that was found by trade, before the order itself could be read."""
        position = self.rows.positions[row.position_id]
        row.exchange_order_id = fill.exchange_order_id
        self.accounting.record_fills(position, row, [fill])
        if row.state in (OrderState.STAGED, OrderState.WITHDRAWN):
            row.state, row.final_at = OrderState.UNKNOWN, None  # sent by a process that could not record it any more
        if row.state not in FINAL_STATES:
            row.not_before = self.now
            if row.trigger_price is not None:
                row.state = OrderState.TRIGGERED
                row.triggered_at = row.triggered_at or self.now
        if row.purpose is Purpose.ENTRY:
            self.lifecycle.entry_progressed(position, filled=True)

    def _market(
        self,
        row: OrderRow,
        order: ExchangeOrder,
        fills: tuple[Fill, ...],
        positions: tuple[ExchangePosition, ...] | None,
    ) -> None:
        position = self.rows.positions[row.position_id]
        row.exchange_order_id = order.exchange_order_id
        filled = self._execution(row, position, order, fills, positions)
        state = _MARKET_STATES.get(order.status)
        if state is None or self.accounting.recorded_quantity(row) != row.executed_quantity:
            row.state = OrderState.WORKING
            self._query_later(row)
        else:
            self._finish(row, state)
        if row.purpose is Purpose.ENTRY:
            self._entry_progressed(row, position, filled=filled)
        elif row.state in FINAL_STATES:
            self._note_target(row, position)
            if position.close_quantity is not None and row.executed_quantity > 0 and not row.for_external_part:
                position.close_quantity = None
                self.journal.note(position, PartClosed(position_name(position), row.executed_quantity))
            self.lifecycle.finalise_close(position)

    def _entry_progressed(self, row: OrderRow, position: PositionRow, *, filled: bool) -> None:
        if row.executed_quantity > 0:
            # Even before its trades can be read, an executed entry counts as possibly open.
            self.protection.mark_unprotected(position)
            self.lifecycle.entry_progressed(position, filled=filled)
        elif row.state in FINAL_STATES:
            sentence = "nobody took the other side; the order expired unfilled."
            self.lifecycle.entry_failed(position, Event.ENTRY_EXPIRED, sentence)

    def _conditional(
        self,
        row: OrderRow,
        conditional: ConditionalOrder,
        child: ExchangeOrder | None,
        fills: tuple[Fill, ...],
        positions: tuple[ExchangePosition, ...] | None = None,
    ) -> None:
        position = self.rows.positions[row.position_id]
        row.algo_id = conditional.algo_id
        row.trigger_price = conditional.trigger_price
        row.query_count = 0
        self.state.retries.not_found_since.pop(row.id, None)
        match conditional.status:
            case ConditionalStatus.NEW if row.state in _RESTED:
                pass  # the answer is from before
            case ConditionalStatus.NEW:
                self._now_rests(row, position)
            case ConditionalStatus.UNKNOWN if conditional.child_order_id is None:
                self._query_later(row)  # a word that nobody here knows settles nothing
            case ConditionalStatus.CANCELED | ConditionalStatus.EXPIRED if conditional.child_order_id is None:
                cancelled = conditional.status is ConditionalStatus.CANCELED
                self._finish(row, OrderState.CANCELLED if cancelled else OrderState.EXPIRED)
                # A stop also expires when something else closed the position: no alarm before that is known.
                self.protection.stop_lost(position, StopGone.CANCELLED_ELSEWHERE if cancelled else None)
            case ConditionalStatus.REJECTED:
                row.triggered_at = row.triggered_at or self.now
                self._finish(row, OrderState.REJECTED)
                self._note(row, RejectedAtTrigger)
                self.protection.stop_lost(position, StopGone.REJECTED_AT_TRIGGER)
            case _:
                self._fired(row, position, conditional, child, fills, positions)

    def _now_rests(self, row: OrderRow, position: PositionRow) -> None:
        if row.state is not OrderState.WORKING:
            row.final_at = self.now
        row.state = OrderState.WORKING
        row.not_before = row.answer_code = None
        if row.purpose in (Purpose.STOP, Purpose.INTERIM) and row.trigger_price is not None:
            self.protection.stop_rests(position, row.trigger_price)

    def _fired(
        self,
        row: OrderRow,
        position: PositionRow,
        conditional: ConditionalOrder,
        child: ExchangeOrder | None,
        fills: tuple[Fill, ...],
        positions: tuple[ExchangePosition, ...] | None,
    ) -> None:
        row.state = OrderState.TRIGGERED
        row.triggered_at = row.triggered_at or conditional.triggered_at or self.now
        row.exchange_order_id = conditional.child_order_id
        self._query_later(row)
        if child is None:
            if position.close_reason is CloseReason.LOST:
                self._finish(row, OrderState.ABSENT)
            return
        self._execution(row, position, child, fills, positions)
        state = _MARKET_STATES.get(child.status)
        if state is not None and self.accounting.recorded_quantity(row) == row.executed_quantity:
            self._finish(row, state)
            self._note_target(row, position)
            of_stop = row.purpose is not Purpose.TARGET
            self.protection.stop_lost(position, StopGone.FILLED_IN_PART if of_stop else None)
        self.lifecycle.finalise_close(position)

    def _query_later(self, row: OrderRow) -> None:
        """Ask about an order under way again, more and more slowly, so that a question nobody answers stays cheap."""
        row.not_before = self.now + self.state.retries.next_query_after(row.id)

    def _execution(
        self,
        row: OrderRow,
        position: PositionRow,
        order: ExchangeOrder,
        fills: tuple[Fill, ...],
        positions: tuple[ExchangePosition, ...] | None,
    ) -> bool:
        """Record what an order has executed; return whether any of its fills was new."""
        known, row.executed_quantity = row.executed_quantity, max(order.executed_quantity, row.executed_quantity)
        filled = self.accounting.record_fills(position, row, fills)
        if row.purpose is Purpose.ENTRY and row.executed_quantity > known and self.rows.external_fills_of[position.id]:
            self.accounting.recorded(position)  # what its orders closed before that was known may be its own
        if positions is not None:
            self.state.exchange.read_positions(positions, row.symbol)
        return filled

    def _note_target(self, row: OrderRow, position: PositionRow) -> None:
        """Tell of a target that took a part of the trade."""
        if row.target_number is not None and row.executed_quantity > 0:
            facts = TargetHit(position_name(position), row.target_number, row.executed_quantity)
            self.journal.note(position, facts)

    def _rejected(self, row: OrderRow, answer: OrderAck) -> None:
        position = self.rows.positions[row.position_id]
        known = row.answer_code  # of an earlier try under the same id, while the database was away
        row.answer_code = answer.code if answer.executed_nothing else (answer.code or CLEAR_REFUSAL_WITHOUT_CODE)
        self._finish(row, OrderState.REJECTED)
        rejection = rejection_of(row.answer_code)
        self.state.flags.modes_in_doubt |= rejection is Rejection.MODE_WRONG
        if rejection in RULES_IN_DOUBT:
            self.state.schedule.rules_due = True
        backoff = CLOSE_RETRY if rejection is Rejection.NOTHING_TO_CLOSE else ORDER_RETRY
        row.not_before = self.now + (answer.retry_after or backoff.after(row.attempt - 1))
        before = self.rows.order_before(row)
        as_before = before is not None and (before.state, before.answer_code) == (row.state, row.answer_code)
        if not as_before and known != row.answer_code:
            self._note(row, partial(OrderRejected, reason=answer.text))
        if row.purpose is Purpose.CLOSE:
            # Something else may have closed it meanwhile: look before the next try.
            self.state.retries.needs_reconciliation.add(position.id)
            self.lifecycle.finalise_close(position)
        elif row.purpose is Purpose.ENTRY and not answer.executed_nothing:
            self._entry_rejected(row, position)

    def _entry_rejected(self, row: OrderRow, position: PositionRow) -> None:
        """End the trade unless its entry is to be tried again at once: where only closing is allowed, that lasts."""
        why = entry_refusal(rejection_of(row.answer_code))
        if why is EntryRefusal.SYMBOL_RESTRICTED or not why.is_passing:
            self.lifecycle.entry_failed(position, Event.ENTRY_REJECTED, row.answer_text or "", why)

    def _finish(self, row: OrderRow, state: OrderState) -> None:
        row.state = state
        self.state.retries.query_counts.pop(row.id, None)
        row.final_at = self.now
        row.not_before = None

    def _note(self, row: OrderRow, facts: Callable[[str, Purpose, str], JournalFacts]) -> None:
        position = self.rows.positions[row.position_id]
        self.journal.note(position, facts(position_name(position), row.purpose, row.client_order_id))
