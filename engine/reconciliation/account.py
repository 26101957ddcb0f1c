"""Reads of the whole account into the rows: what is held, what rests, and what is missing there."""

from collections.abc import Mapping

from sqlalchemy import select

from decisions.reconciliation.effects import SetNote
from decisions.reconciliation.phases import gone_missing
from domain.client_ids import parse_client_order_id
from domain.exchange import ConditionalOrder
from domain.history import HISTORY_ASKED_FOR
from domain.journal.order_facts import StopGone
from domain.journal.texts import MISSING_NOTE
from domain.terms import FINAL_STATES, LIVE_PHASES, OrderState, Phase, Purpose
from engine.reconciliation.orders import OrderReconciler
from engine.requests.reports import AccountRead, SymbolRead
from engine.state.backoff import ABSENT_ENTRY_WATCHED_FOR
from engine.state.row_mapping import key_of
from engine.state.wording import position_name
from storage.tables import OrderRow, PositionRow

# Of these an order may be listed that a row does not know to rest; staged ones are sent without the database at times.
_MAY_REST_UNKNOWN = (OrderState.UNKNOWN, OrderState.ABSENT, OrderState.STAGED, OrderState.WITHDRAWN)


class AccountReconciler:
    """Compares what the exchange shows with what the rows say."""

    def __init__(self, orders: OrderReconciler) -> None:
        self.orders = orders
        self.protection = orders.protection
        self.rows = orders.rows
        self.state = orders.state
        self.now = orders.now

    def on_account(self, report: AccountRead) -> None:
        """Take in a full check."""
        exchange = self.state.exchange
        if exchange.read_batch < exchange.full_batch:
            return  # overtaken by a newer one
        exchange.read_positions(report.positions, None, report.unread)
        exchange.read_resting(report.resting, None, self.now)
        exchange.last_full_check_at = self.now
        self.state.schedule.full_check_done(self.now)
        listed = {order.client_order_id: order for order in report.resting}
        self._bring_back(listed)
        self._query_late_entries()
        for row in list(self.rows.orders.values()):
            if row.client_order_id in listed:
                if _may_rest_unknown(row):
                    self.orders.on_resting(row, listed[row.client_order_id])
            elif row.state is OrderState.WORKING and row.trigger_price is not None:
                # It ought to rest and is not listed: query it by name.
                row.not_before = row.not_before or self.now
        for key, price in exchange.liquidation_prices().items():
            live = self.rows.live_at(key)
            if live is not None:
                live.liquidation_price = price

    def on_symbol(self, report: SymbolRead) -> None:
        """Take in the positions of one symbol, and its resting orders where they were read."""
        self.state.exchange.read_positions(report.positions, report.symbol)
        if report.resting is None:
            return
        self.state.exchange.read_resting(report.resting, report.symbol, self.now)
        listed = {order.client_order_id: order for order in report.resting}
        for row in list(self.rows.orders.values()):
            if row.client_order_id in listed and row.state not in FINAL_STATES:
                self.orders.on_resting(row, listed[row.client_order_id])

    def _bring_back(self, listed: Mapping[str, ConditionalOrder]) -> None:
        """Take in the trades of orders that rest although they counted as absent: exchanges forget for a while."""
        known = {row.client_order_id for row in self.rows.orders.values()}
        parsed = [parse_client_order_id(name) for name in listed.keys() - known]
        self.rows.include(name.position_id for name in parsed if name is not None)

    def _query_late_entries(self) -> None:
        """Query entries that counted as absent once more when a key holds something that no trade explains."""
        exchange = self.state.exchange
        unexplained = {
            key for key in exchange.held_keys() if exchange.quantity_at(key) != self.rows.expected_quantity(key)
        }
        if not unexplained:
            return
        absent = select(OrderRow.position_id, OrderRow.client_order_id, OrderRow.symbol, OrderRow.side).where(
            OrderRow.account_id == self.rows.account_id,
            OrderRow.purpose == Purpose.ENTRY,
            OrderRow.state == OrderState.ABSENT,
            OrderRow.final_at > self.now - ABSENT_ENTRY_WATCHED_FOR,
        )
        late = [row for row in self.rows.session.execute(absent) if (row.symbol, row.side) in unexplained]
        self.rows.include(row.position_id for row in late)
        self.state.inbox.named_orders |= {row.client_order_id for row in late}

    def watch_for_missing(self) -> None:
        """Note trades of which the exchange shows nothing though no fill says why: test accounts are wiped at times."""
        since = self.state.retries.missing_at_exchange_since
        for position in self.rows.positions.values():
            if position.phase not in LIVE_PHASES:
                since.pop(position.id, None)
                continue
            quantity = self.state.exchange.quantity_at(key_of(position))
            if quantity == self.rows.own_quantity(position) + self.rows.others_quantity(position):
                self.state.retries.reconcile_counts.pop(position.id, None)  # nothing is unexplained any more
            if quantity or self.rows.own_quantity(position) <= 0:
                since.pop(position.id, None)
                self._found_again(position)
            elif quantity is not None:
                since.setdefault(position.id, self.now)
                self._missing(position)

    def _unreadable(self, position: PositionRow) -> bool:
        """Whether a trade is missing, its trades were asked for since, and they reach back less far than it does."""
        retries = self.state.retries
        since, answered = retries.missing_at_exchange_since[position.id], retries.reconcile_answered_at.get(position.id)
        older = position.created_at < self.now - HISTORY_ASKED_FOR
        is_missing = retries.is_missing(position.id, self.now) and position.phase is Phase.OPEN
        return older and is_missing and answered is not None and answered >= since

    def _found_again(self, position: PositionRow) -> None:
        if position.phase_note == MISSING_NOTE:
            self.orders.lifecycle.apply((SetNote(position.id, None),))
            self.protection.stop_lost(position, StopGone.POSITION_BACK)

    def _missing(self, position: PositionRow) -> None:
        if self._unreadable(position):
            self.orders.lifecycle.give_up(position)
            return
        if position.phase_note is None and self.state.retries.is_missing(position.id, self.now):
            self.orders.lifecycle.apply(gone_missing(position.id, position_name(position)))


def _may_rest_unknown(row: OrderRow) -> bool:
    """Whether an order may rest although its row says otherwise.

    One that was refused may have been delivered twice, and the refusal be of the second: exchanges do not agree on a
    code for that. One that was refused when it fired has rested already.
    """
    return row.state in _MAY_REST_UNKNOWN or (row.state is OrderState.REJECTED and row.triggered_at is None)
