"""Actions into rows and tasks: every order is a committed row before it becomes a request."""

import time
from decimal import Decimal

from decisions.actions import (
    AbandonTarget,
    Action,
    Cancel,
    Close,
    MoveStop,
    PlaceProtection,
    Query,
    ReadPosition,
    ReadResting,
    Reconcile,
    RejectMove,
    Stage,
    Withdraw,
)
from domain.client_ids import client_order_id
from domain.journal.order_facts import MoveRejected, TargetRejected
from domain.journal.trade_facts import Closing
from domain.terms import CloseReason, OrderState, Phase, Purpose
from engine.execution.moving_exits import MovingExitRows
from engine.reconciliation.lifecycle import Lifecycle
from engine.requests.account import ReadSymbol, ReconcilePosition
from engine.requests.catalogue import Task
from engine.requests.orders import ABSENT_AFTER, CancelOrder, QueryOrder, SendOrder
from engine.state.backoff import LOOKED_BEFORE, ORDER_QUERY, UNANSWERED_CANCEL, UNANSWERED_QUERY
from engine.state.quarantine import isolating
from engine.state.row_mapping import intent_of, key_of, sent_order
from engine.state.wording import position_name, tick_size_of
from storage.tables import OrderRow, PositionRow


class OrderWriter:
    """Writes what was decided and hands back the requests to run once it is committed."""

    def __init__(self, lifecycle: Lifecycle, install: str) -> None:
        self.lifecycle = lifecycle
        self.journal = lifecycle.journal
        self.rows = lifecycle.rows
        self.state = lifecycle.state
        self.now = lifecycle.now
        self.install = install
        self.exits = MovingExitRows(lifecycle.context, lifecycle.journal)

    def write(self, actions: list[Action]) -> list[Task]:
        """Write all actions; return their tasks in the same order."""
        tasks: list[Task] = []
        for action in actions:
            with isolating(position_id=self._position_of(action)):
                task = self._one(action)
                self.rows.session.flush()
            if task is not None:
                tasks.append(task)
        return tasks

    def _position_of(self, action: Action) -> int:
        if isinstance(action, Query | Cancel | Withdraw):
            return self.rows.orders[action.order_id].position_id
        return action.position_id

    def _one(self, action: Action) -> Task | None:
        match action:
            case Query():
                return self._query(self.rows.orders[action.order_id])
            case PlaceProtection():
                return self._protect(action)
            case Close():
                return self._close(action)
            case Cancel():
                return self._cancel(self.rows.orders[action.order_id])
            case ReadResting() | ReadPosition():
                position = self.rows.positions[action.position_id]
                return ReadSymbol(position.symbol, isinstance(action, ReadResting), urgent=_is_urgent(position))
            case Reconcile():
                return self._reconcile(self.rows.positions[action.position_id])
            case _:
                self._apply_here(action)
                return None

    def new_order(
        self,
        position: PositionRow,
        purpose: Purpose,
        *,
        quantity: Decimal | None,
        trigger_price: Decimal | None,
        reason: CloseReason | None = None,
        state: OrderState = OrderState.UNKNOWN,
        target_number: int | None = None,
    ) -> OrderRow:
        """Add an order row with its id; UNKNOWN rows carry the timestamp they will be signed with."""
        attempt = sum(1 for order in self.rows.orders_of[position.id] if order.purpose is purpose) + 1
        sent = state is OrderState.UNKNOWN
        row = OrderRow(
            account_id=self.rows.account_id,
            position_id=position.id,
            client_order_id=client_order_id(self.install, position.id, purpose, attempt),
            purpose=purpose,
            attempt=attempt,
            symbol=position.symbol,
            side=position.side,
            quantity=quantity,
            trigger_price=trigger_price,
            target_number=target_number,
            close_reason=reason,
            state=state,
            request_timestamp=self.now if sent else None,
            executed_quantity=Decimal(0),
            not_before=self.now + ORDER_QUERY.after(0) if sent else None,
            query_count=0,
            created_at=self.now,
        )
        self.rows.session.add(row)
        self.rows.session.flush()
        self.rows.add_order(row)
        return row

    def stage(
        self, position: PositionRow, purpose: Purpose, quantity: Decimal | None, trigger_price: Decimal | None
    ) -> OrderRow:
        """Add an order that is written ahead; a close is sent as it is only where no stop can be placed."""
        reason = CloseReason.UNPROTECTED if purpose is Purpose.CLOSE else None
        return self.new_order(
            position,
            purpose,
            quantity=quantity,
            trigger_price=trigger_price,
            reason=reason,
            state=OrderState.STAGED,
        )

    def send(self, row: OrderRow) -> SendOrder:
        """Return the request of a row that is about to be committed."""
        assert row.request_timestamp is not None
        return SendOrder(row.id, intent_of(row), row.request_timestamp, time.monotonic())

    def _protect(self, action: PlaceProtection) -> SendOrder:
        position = self.rows.positions[action.position_id]
        if action.staged_id is None:
            row = self.new_order(
                position,
                action.purpose,
                quantity=action.quantity,
                trigger_price=action.trigger_price,
                target_number=action.target_number,
            )
        else:
            row = self.rows.orders[action.staged_id]
            row.trigger_price = action.trigger_price
            self._is_sent(row)
        return self.send(row)

    def _close(self, action: Close) -> SendOrder:
        position = self.rows.positions[action.position_id]
        row = self._staged_close(action) or self.new_order(
            position, Purpose.CLOSE, quantity=action.quantity, trigger_price=None
        )
        row.close_reason, row.target_number = action.reason, action.target_number
        self.state.exchange.close_is_sent(key_of(position))
        self.lifecycle.close_sent(position)
        before = self.rows.order_before(row)
        if before is None or before.state not in (OrderState.REJECTED, OrderState.UNKNOWN):
            late_fill = position.phase is Phase.FAILED
            self.journal.note(position, Closing(position_name(position), action.reason, late_fill))
        return self.send(row)

    def _staged_close(self, action: Close) -> OrderRow | None:
        """Return a close that was written ahead and has the quantity asked for, now counted as sent.

        Those of another quantity are given up: the newest order is the one that was sent last.
        """
        orders = self.rows.orders_of[action.position_id]
        staged = [o for o in orders if o.purpose is Purpose.CLOSE and o.state is OrderState.STAGED]
        fitting = [row for row in staged if row.quantity == action.quantity]
        for row in staged if not fitting else ():
            self._apply_here(Withdraw(row.id))
        for row in fitting[:1]:
            self._is_sent(row)
        return fitting[0] if fitting else None

    def _is_sent(self, row: OrderRow) -> None:
        """Note that a staged order goes out with what is committed next."""
        row.state = OrderState.UNKNOWN
        row.request_timestamp = self.now
        row.not_before = self.now + ORDER_QUERY.after(0)

    def _query(self, row: OrderRow) -> QueryOrder:
        self.state.inbox.named_orders.discard(row.client_order_id)
        row.not_before = self.now + UNANSWERED_QUERY  # should this question go unanswered
        provable = row.state is OrderState.UNKNOWN
        urgent = _is_urgent(self.rows.positions[row.position_id])
        return QueryOrder(sent_order(row), row.sent_at + ABSENT_AFTER if provable else None, urgent)

    def _cancel(self, row: OrderRow) -> CancelOrder:
        row.not_before = self.now + UNANSWERED_CANCEL
        return CancelOrder(row.id, row.client_order_id, time.monotonic())

    def _reconcile(self, position: PositionRow) -> ReconcilePosition:
        retries = self.state.retries
        retries.reconciled_at[position.id] = self.now
        retries.reconcile_counts[position.id] = retries.reconcile_counts.get(position.id, 0) + 1
        orders = self.rows.orders_of[position.id]
        entered = any(order.purpose is Purpose.ENTRY for order in orders)  # not taken over
        return ReconcilePosition(
            position.id,
            position.symbol,
            position.side,
            since=position.created_at - LOOKED_BEFORE if entered else position.created_at,
            known_order_ids=frozenset(o.exchange_order_id for o in orders if o.exchange_order_id is not None),
            known_trade_ids=frozenset(f.trade_id for f in self.rows.fills_of[position.id]),
        )

    def _apply_here(self, action: Action) -> None:
        match action:
            case Withdraw():
                self.rows.orders[action.order_id].state = OrderState.WITHDRAWN
                self.rows.orders[action.order_id].final_at = self.now
            case MoveStop():
                self.exits.move(action)
            case Stage():
                position = self.rows.positions[action.position_id]
                self.stage(position, action.purpose, action.quantity, action.trigger_price)
            case RejectMove() if action.purpose is Purpose.TARGET:
                self._keep_target(self.rows.positions[action.position_id], action.resting_price)
            case RejectMove():
                self._keep_stop(self.rows.positions[action.position_id], action.resting_price)
            case AbandonTarget():
                position = self.rows.positions[action.position_id]
                position.target_price = None
                if action.target_number is not None:
                    self.exits.drop_target(position, action.target_number)
                code = self.rows.orders[action.order_id].answer_code
                self.journal.note(position, TargetRejected(position_name(position), code))
            case _:
                raise TypeError(f"no way to write {action!r}")

    def _keep_target(self, position: PositionRow, resting_price: Decimal) -> None:
        position.target_price = resting_price
        tick_size = tick_size_of(self.state.exchange, position)
        facts = MoveRejected(position_name(position), resting_price, tick_size, closes_external=False, of_target=True)
        self.journal.note(position, facts)

    def _keep_stop(self, position: PositionRow, resting_price: Decimal) -> None:
        position.stop_price = resting_price
        self.exits.refused(position)
        resting = [order for order in self.rows.orders_of[position.id] if order.state is OrderState.WORKING]
        own = self.rows.own_quantity(position)
        closes_external = position.own_part_only and not any(
            order.purpose is Purpose.INTERIM and order.quantity == own for order in resting
        )
        if closes_external:
            position.own_part_only = False
        tick_size = tick_size_of(self.state.exchange, position)
        self.journal.note(position, MoveRejected(position_name(position), resting_price, tick_size, closes_external))


def _is_urgent(position: PositionRow) -> bool:
    """Whether what is asked about a trade is asked for one that may be open without a stop."""
    return position.phase is not Phase.CLOSED and position.protected_at is None
