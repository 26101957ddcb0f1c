"""Answers into order rows: what the exchange said becomes a state, and the run behind it moves on."""

from domain.exchange import ConditionalOrder, ConditionalStatus, ExchangeOrder, ExchangePosition, ExchangeStatus
from domain.lifecycle import Event
from domain.reopening import entry_refusal
from domain.terms import FINAL_STATES, LIVE_PHASES, Fill, OrderState, Purpose, Severity
from engine.reconciliation.positions import Positions
from engine.requests.reports import Cancelled, OrderAnswer, OrderMissing, OrderSeen
from engine.state.backoff import CLOSE_RETRY, ENDED_ORDERS_KEPT_FOR, FORGOTTEN_FOR, ORDER_QUERY, ORDER_RETRY
from engine.state.row_mapping import sent_order
from engine.state.wording import place_words
from exchange.error_codes import rejection_of
from storage.tables import OrderRow, PositionRow

DUPLICATE_ID = -4116
WRONG_MODE = (-4060, -4061)
CLEAR_REFUSAL_WITHOUT_CODE = -1
NOTHING_TO_CLOSE = -2022

_MARKET_STATES = {
    ExchangeStatus.FILLED: OrderState.FILLED,
    ExchangeStatus.CANCELED: OrderState.CANCELLED,
    ExchangeStatus.REJECTED: OrderState.REFUSED,
    ExchangeStatus.EXPIRED: OrderState.EXPIRED,
    ExchangeStatus.EXPIRED_IN_MATCH: OrderState.EXPIRED,
}


class Orders:
    """Applies answers about single orders to the rows of one pass."""

    def __init__(self, positions: Positions) -> None:
        self.positions = positions
        self.book = positions.book
        self.memory = positions.memory
        self.now = positions.now

    def answered(self, answer: OrderAnswer) -> None:
        """Take in what came back for an order that was sent."""
        row = self.book.orders[answer.order_id]
        row.answer_text = answer.text
        if answer.order is not None:
            self._market(row, answer.order, answer.fills, answer.positions)
        elif answer.conditional is not None:
            self._conditional(row, answer.conditional, None, ())
        elif answer.code is None:
            row.not_before = self.now + ORDER_QUERY.after(0)
            self._say(row, "no_answer", "no answer yet; the bot asks until it knows.", Severity.WARNING)
        elif answer.code == DUPLICATE_ID:
            row.not_before = self.now  # it exists: the first try arrived
        else:
            self._refused(row, answer)

    def seen(self, seen: OrderSeen) -> None:
        """Take in an order as the exchange holds it."""
        row = self.book.orders[seen.order_id]
        if seen.conditional is not None:
            self._conditional(row, seen.conditional, seen.order, seen.fills, seen.positions)
        elif seen.order is not None:
            self._market(row, seen.order, seen.fills, seen.positions)

    def missing(self, missing: OrderMissing) -> None:
        """Take in "no such order": never proof by itself, a proof once history, trades and position agree."""
        row = self.book.orders[missing.order_id]
        if row.state in FINAL_STATES:
            return
        position = self.book.positions[row.position_id]
        missing_since = self.memory.missing_since.setdefault(row.id, self.now)
        if row.state is OrderState.WORKING and row.ask_count >= 1 and self._may_be_replaced(row, position):
            # It rested and cannot be found any more: another may be placed, the exchange takes only one.
            row.state = OrderState.UNKNOWN
            self.positions.unprotected(position, "the exchange cannot find the stop-loss; the bot places it again.")
        row.ask_count += 1
        row.not_before = self.now + ORDER_QUERY.after(row.ask_count)
        if missing.positions is not None:
            self.memory.read_positions(missing.positions, row.symbol)
        if not missing.proof_read:
            return
        place = (row.symbol, row.side)
        # What others hold once our run has ended is theirs to change: nobody books it, and it says nothing of an order
        # that could only have closed. An entry of ours, though, may be what the place holds.
        asked_of_place = row.purpose is Purpose.ENTRY or self.book.live_at(place) is not None
        if asked_of_place and self.memory.place_quantity(place) != self.book.explained_quantity(place):
            return
        if row.algo_id is not None and row.quantity is not None and self.now < missing_since + FORGOTTEN_FOR:
            return  # it was accepted once: should it still rest, it would close the next run
        self._finish(row, OrderState.ABSENT)
        if row.purpose is Purpose.ENTRY:
            self.positions.entry_failed(position, Event.ENTRY_ABSENT, "the order never arrived at the exchange.")
        elif row.purpose is Purpose.CLOSE:
            self.positions.settle_end(position)

    def _may_be_replaced(self, row: OrderRow, position: PositionRow) -> bool:
        """Whether an accepted order that cannot be found may be given up: exchanges forget orders for a while.

        Of closePosition stops the exchange takes only one, so trying another is the best question there is; where our
        only stop is one with quantity, it is a closePosition stop that comes beside it. Everything else that was
        accepted counts as resting, until the exchange itself has a reason to know it no longer.
        """
        if row.purpose is Purpose.STOP or position.phase not in LIVE_PHASES:
            return True
        if row.purpose is Purpose.BRIDGE and position.own_part_only:
            return True
        return self.now - row.created_at > ENDED_ORDERS_KEPT_FOR

    def cancelled(self, cancelled: Cancelled) -> None:
        """Take in a confirmed cancel."""
        row = self.book.orders[cancelled.order_id]
        if row.state not in FINAL_STATES:
            self._finish(row, OrderState.CANCELLED)
            self.positions.unprotected(self.book.positions[row.position_id], "its stop-loss was cancelled.")

    def rests(self, row: OrderRow, conditional: ConditionalOrder) -> None:
        """Take in that a conditional order of ours is listed as resting."""
        if sent_order(row).may_be(conditional):
            self._conditional(row, conditional, None, ())

    def executed_unseen(self, row: OrderRow, fill: Fill) -> None:
        """Take in a fill of one of our orders that was found by trade, before the order itself could be read."""
        position = self.book.positions[row.position_id]
        row.exchange_order_id = fill.exchange_order_id
        self.positions.book_fills(position, row, [fill])
        if row.state not in FINAL_STATES:
            row.not_before = self.now
            if row.trigger_price is not None:
                row.state = OrderState.TRIGGERED
                row.triggered_at = row.triggered_at or self.now
        if row.purpose is Purpose.ENTRY:
            self.positions.entry_progressed(position)

    def _market(
        self,
        row: OrderRow,
        order: ExchangeOrder,
        fills: tuple[Fill, ...],
        positions: tuple[ExchangePosition, ...] | None,
    ) -> None:
        position = self.book.positions[row.position_id]
        row.exchange_order_id = order.exchange_order_id
        self._execution(row, position, order, fills, positions)
        state = _MARKET_STATES.get(order.status)
        if state is None or self.positions.booked_quantity(row) != order.executed_quantity:
            row.state = OrderState.WORKING
            self._ask_later(row)
        else:
            self._finish(row, state)
        if row.purpose is Purpose.ENTRY:
            self._entry_progressed(row, position)
        elif row.state in FINAL_STATES:
            if position.close_quantity is not None and row.executed_quantity > 0 and not row.for_foreign_part:
                position.close_quantity = None
            self.positions.settle_end(position)

    def _entry_progressed(self, row: OrderRow, position: PositionRow) -> None:
        if row.executed_quantity > 0:
            # Even before its trades can be read, an executed entry counts as possibly open.
            self.positions.feel_exposed(position)
            self.positions.entry_progressed(position)
        elif row.state in FINAL_STATES:
            sentence = "nobody took the other side; the order expired unfilled."
            self.positions.entry_failed(position, Event.ENTRY_EXPIRED, sentence)

    def _conditional(
        self,
        row: OrderRow,
        conditional: ConditionalOrder,
        child: ExchangeOrder | None,
        fills: tuple[Fill, ...],
        positions: tuple[ExchangePosition, ...] | None = None,
    ) -> None:
        position = self.book.positions[row.position_id]
        row.algo_id = conditional.algo_id
        row.trigger_price = conditional.trigger_price
        row.ask_count = 0
        self.memory.missing_since.pop(row.id, None)
        match conditional.status:
            case ConditionalStatus.NEW:
                self._now_rests(row, position)
            case ConditionalStatus.CANCELED | ConditionalStatus.EXPIRED if conditional.child_order_id is None:
                cancelled = conditional.status is ConditionalStatus.CANCELED
                self._finish(row, OrderState.CANCELLED if cancelled else OrderState.EXPIRED)
                # A stop also expires when something else closed the position: no alarm before that is known.
                words = "its stop-loss was cancelled on the exchange; the bot places it again." if cancelled else None
                self.positions.unprotected(position, words)
            case ConditionalStatus.REJECTED:
                row.triggered_at = row.triggered_at or self.now
                self._finish(row, OrderState.REFUSED)
                self._say(row, "rejected_at_trigger", "the exchange refused it when it fired.", Severity.DANGER)
                self.positions.unprotected(position, "its stop-loss was refused when it fired.")
            case _:
                self._fired(row, position, conditional, child, fills, positions)

    def _now_rests(self, row: OrderRow, position: PositionRow) -> None:
        if row.state is not OrderState.WORKING:
            row.settled_at = self.now
        row.state = OrderState.WORKING
        row.not_before = None
        if row.purpose in (Purpose.STOP, Purpose.BRIDGE) and row.trigger_price is not None:
            self.positions.protected(position, row.trigger_price)

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
        self._ask_later(row)
        if child is None:
            return
        self._execution(row, position, child, fills, positions)
        state = _MARKET_STATES.get(child.status)
        if state is not None and self.positions.booked_quantity(row) == child.executed_quantity:
            self._finish(row, state)
            self.positions.unprotected(
                position, "its stop-loss fired and did not fill completely; the bot closes the rest."
            )
        self.positions.settle_end(position)

    def _ask_later(self, row: OrderRow) -> None:
        """Ask about an order under way again, more and more slowly, so that a question nobody answers stays cheap."""
        asked = self.memory.times_asked.get(row.id, 0)
        self.memory.times_asked[row.id] = asked + 1
        row.not_before = self.now + ORDER_QUERY.after(asked)

    def _execution(
        self,
        row: OrderRow,
        position: PositionRow,
        order: ExchangeOrder,
        fills: tuple[Fill, ...],
        positions: tuple[ExchangePosition, ...] | None,
    ) -> None:
        row.executed_quantity = order.executed_quantity
        self.positions.book_fills(position, row, fills)
        if positions is not None:
            self.memory.read_positions(positions, row.symbol)

    def _refused(self, row: OrderRow, answer: OrderAnswer) -> None:
        position = self.book.positions[row.position_id]
        row.answer_code = answer.code if answer.executed_nothing else (answer.code or CLEAR_REFUSAL_WITHOUT_CODE)
        self._finish(row, OrderState.REFUSED)
        self.memory.modes_in_doubt |= row.answer_code in WRONG_MODE
        backoff = CLOSE_RETRY if answer.code == NOTHING_TO_CLOSE else ORDER_RETRY
        row.not_before = self.now + (answer.retry_after or backoff.after(row.attempt - 1))
        before = self.book.order_before(row)
        if before is None or (before.state, before.answer_code) != (row.state, row.answer_code):
            self._say(row, "refused", f"the exchange refused it: {answer.text}", Severity.WARNING)
        if row.purpose is Purpose.CLOSE:
            # Something else may have closed it meanwhile: look before the next try.
            self.memory.suspicious.add(position.id)
            self.positions.settle_end(position)
        elif row.purpose is Purpose.ENTRY and not (
            answer.executed_nothing or entry_refusal(rejection_of(row.answer_code)).is_passing
        ):
            self.positions.entry_failed(position, Event.ENTRY_REFUSED, f"{answer.text}")

    def _finish(self, row: OrderRow, state: OrderState) -> None:
        row.state = state
        self.memory.times_asked.pop(row.id, None)
        row.settled_at = self.now
        row.not_before = None

    def _say(self, row: OrderRow, event: str, text: str, severity: Severity) -> None:
        position = self.book.positions[row.position_id]
        sentence = f"{row.purpose.value.capitalize()} order of {place_words(position)}: {text}"
        self.positions.note(position, event, sentence, severity, client_order_id=row.client_order_id)
