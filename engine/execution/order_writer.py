"""Actions into rows and tasks: every order is a committed row before it becomes a request."""

import time
from decimal import Decimal

from decisions.view import (
    Action,
    Ask,
    Cancel,
    Close,
    Explain,
    GiveUpTarget,
    PlaceProtection,
    ReadPlace,
    ReadResting,
    RefuseMove,
    Withdraw,
)
from domain.client_ids import client_order_id
from domain.lifecycle import Event
from domain.terms import CloseReason, OrderIntent, OrderState, Phase, Purpose, Severity
from engine.reconciliation.positions import Positions
from engine.requests.account import ExplainPlace, ReadSymbol
from engine.requests.catalogue import Task
from engine.requests.orders import ABSENT_AFTER, AskOrder, CancelOrder, SendOrder
from engine.state.backoff import LOOKED_BEFORE, ORDER_QUERY, UNANSWERED_CANCEL, UNANSWERED_QUERY
from engine.state.quarantine import blaming
from engine.state.row_mapping import sent_order
from engine.state.wording import place_words, price_words
from storage.tables import OrderRow, PositionRow


class Writer:
    """Writes what was decided and hands back the requests to run once it is committed."""

    def __init__(self, positions: Positions, install: str) -> None:
        self.positions = positions
        self.book = positions.book
        self.memory = positions.memory
        self.now = positions.now
        self.install = install

    def write(self, actions: list[Action]) -> list[Task]:
        """Write all actions; return their tasks in the same order."""
        tasks: list[Task] = []
        for action in actions:
            with blaming(position_id=self._run_of(action)):
                task = self._one(action)
                self.book.session.flush()
            if task is not None:
                tasks.append(task)
        return tasks

    def _run_of(self, action: Action) -> int:
        if isinstance(action, Ask | Cancel | Withdraw):
            return self.book.orders[action.order_id].position_id
        return action.position_id

    def _one(self, action: Action) -> Task | None:
        match action:
            case Ask():
                return self._ask(self.book.orders[action.order_id])
            case PlaceProtection():
                return self._protect(action)
            case Close():
                return self._close(action)
            case Cancel():
                return self._cancel(self.book.orders[action.order_id])
            case ReadResting() | ReadPlace():
                position = self.book.positions[action.position_id]
                return ReadSymbol(position.symbol, with_resting=isinstance(action, ReadResting))
            case Explain():
                return self._explain(self.book.positions[action.position_id])
            case _:
                self._settle_here(action)
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
    ) -> OrderRow:
        """Add an order row with its id; UNKNOWN rows carry the stamp they will be signed with."""
        attempt = sum(1 for order in self.book.orders_of[position.id] if order.purpose is purpose) + 1
        sent = state is OrderState.UNKNOWN
        row = OrderRow(
            account_id=self.book.account_id,
            position_id=position.id,
            client_order_id=client_order_id(self.install, position.id, purpose, attempt),
            purpose=purpose,
            attempt=attempt,
            symbol=position.symbol,
            side=position.side,
            quantity=quantity,
            trigger_price=trigger_price,
            close_reason=reason,
            state=state,
            stamp=self.now if sent else None,
            executed_quantity=Decimal(0),
            not_before=self.now + ORDER_QUERY.after(0) if sent else None,
            ask_count=0,
            created_at=self.now,
        )
        self.book.session.add(row)
        self.book.session.flush()
        self.book.add_order(row)
        return row

    def send(self, row: OrderRow) -> SendOrder:
        """Return the request of a row that is about to be committed."""
        assert row.stamp is not None
        return SendOrder(row.id, intent_of(row), row.stamp, time.monotonic())

    def _protect(self, action: PlaceProtection) -> SendOrder:
        position = self.book.positions[action.position_id]
        if action.reserved_id is None:
            row = self.new_order(position, action.purpose, quantity=action.quantity, trigger_price=action.trigger_price)
        else:
            row = self.book.orders[action.reserved_id]
            row.state = OrderState.UNKNOWN
            row.trigger_price = action.trigger_price
            row.stamp = self.now
            row.not_before = self.now + ORDER_QUERY.after(0)
        return self.send(row)

    def _close(self, action: Close) -> SendOrder:
        position = self.book.positions[action.position_id]
        row = self.new_order(
            position, Purpose.CLOSE, quantity=action.quantity, trigger_price=None, reason=action.reason
        )
        if position.phase is Phase.OPEN:
            self.positions.move(position, Event.CLOSE_INTENT)
        sentence = {
            CloseReason.MANUAL: "closing at market, as you asked.",
            CloseReason.TP: "the target price is already reached; closing at market.",
        }.get(action.reason, "no stop-loss can be kept on the exchange; closing at market to be safe.")
        severity = Severity.DANGER if action.reason is CloseReason.UNPROTECTED else Severity.INFO
        if position.phase is Phase.FAILED:
            sentence, severity = "closing at market what was filled late.", Severity.WARNING
        before = self.book.order_before(row)
        if before is None or before.state is not OrderState.REFUSED:
            self.positions.note(position, "closing", f"{place_words(position)}: {sentence}", severity)
        return self.send(row)

    def _ask(self, row: OrderRow) -> AskOrder:
        self.memory.touched.discard(row.client_order_id)
        row.not_before = self.now + UNANSWERED_QUERY  # should this question go unanswered
        provable = row.state is OrderState.UNKNOWN
        return AskOrder(sent_order(row), row.sent_at + ABSENT_AFTER if provable else None)

    def _cancel(self, row: OrderRow) -> CancelOrder:
        row.not_before = self.now + UNANSWERED_CANCEL
        return CancelOrder(row.id, row.client_order_id, time.monotonic())

    def _explain(self, position: PositionRow) -> ExplainPlace:
        self.memory.explained_at[position.id] = self.now
        orders = self.book.orders_of[position.id]
        entered = any(order.purpose is Purpose.ENTRY for order in orders)  # not taken over
        return ExplainPlace(
            position.id,
            position.symbol,
            position.side,
            since=position.created_at - LOOKED_BEFORE if entered else position.created_at,
            known_order_ids=frozenset(o.exchange_order_id for o in orders if o.exchange_order_id is not None),
            known_trade_ids=frozenset(f.trade_id for f in self.book.fills_of[position.id]),
        )

    def _settle_here(self, action: Action) -> None:
        match action:
            case Withdraw():
                self.book.orders[action.order_id].state = OrderState.WITHDRAWN
                self.book.orders[action.order_id].settled_at = self.now
            case RefuseMove():
                self._keep_stop(self.book.positions[action.position_id], action.resting_price)
            case GiveUpTarget():
                position = self.book.positions[action.position_id]
                position.target_price = None
                sentence = f"{place_words(position)}: the exchange does not take this target; the stop-loss stays."
                self.positions.note(position, "target_refused", sentence, Severity.WARNING, code=str(action.code))
            case _:
                raise TypeError(f"no way to write {action!r}")

    def _keep_stop(self, position: PositionRow, resting_price: Decimal) -> None:
        position.stop_price = resting_price
        price = price_words(resting_price, self.memory.rules.get(position.symbol))
        sentence = f"{place_words(position)}: the new stop-loss was refused; the old one stays at {price}."
        resting = [order for order in self.book.orders_of[position.id] if order.state is OrderState.WORKING]
        own = self.book.own_quantity(position)
        if position.own_part_only and not any(o.purpose is Purpose.BRIDGE and o.quantity == own for o in resting):
            position.own_part_only = False
            sentence += " It closes what somebody else added as well."
        self.positions.note(position, "move_refused", sentence, Severity.WARNING)


def intent_of(row: OrderRow) -> OrderIntent:
    """Return an order row as the intent the client sends."""
    return OrderIntent(
        client_order_id=row.client_order_id,
        purpose=row.purpose,
        symbol=row.symbol,
        side=row.side,
        quantity=row.quantity,
        trigger_price=row.trigger_price,
        close_position=row.quantity is None,
    )
