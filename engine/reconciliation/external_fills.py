"""What somebody else did on a trade's position: recorded by order, given to whom it belongs, and said."""

from collections.abc import Sequence
from decimal import Decimal
from functools import partial

from sqlalchemy import select

from decisions.reconciliation.effects import AttributeAnew, RecordExternalFill
from domain.closing import close_reason
from domain.journal.external_facts import ExternalTrade
from domain.pricing.attribution import before_empty
from domain.terms import CloseReason, Fill, OrderState, Purpose
from engine.reconciliation.orders import OrderReconciler
from engine.requests.reports import TIMESTAMP_AHEAD_AT_MOST, ExternalFill, PositionReconciled
from engine.state.wording import position_name
from storage.tables import FillRow, OrderRow, PositionRow


def may_have_traded(row: OrderRow, fill: Fill) -> bool:
    """Whether a fill can be of an order of ours: the id alone may be of somebody else's older one."""
    return fill.traded_at >= row.sent_at - TIMESTAMP_AHEAD_AT_MOST


class ExternalFills:
    """Records the fills that say why a position holds another quantity than our own orders say."""

    def __init__(self, orders: OrderReconciler) -> None:
        self.orders = orders
        self.lifecycle = orders.lifecycle
        self.journal = orders.journal
        self.rows = orders.rows
        self.state = orders.state
        self.now = orders.now

    def on_reconciled(self, report: PositionReconciled) -> None:
        """Record what is new among all fills at a trade's key, oldest first."""
        position = self.rows.positions[report.position_id]
        self.state.exchange.read_positions(report.positions, position.symbol)
        self.state.retries.needs_reconciliation.discard(report.position_id)
        self.state.retries.reconcile_answered_at[report.position_id] = self.now
        if report.external_fills:
            self.state.retries.reconcile_counts.pop(report.position_id, None)
        for external_fill in self._since_empty(position, report.external_fills):
            self._one(position, external_fill)
        self.lifecycle.finalise_close(position)

    def _since_empty(self, position: PositionRow, external_fills: Sequence[ExternalFill]) -> list[ExternalFill]:
        """Return the fills since the position was empty, oldest first.

        It was read as empty shortly before the trade entered it, and somebody may have traded in between. What was
        taken over is not asked about from before: its fills are all recorded.
        """
        ordered = sorted(external_fills, key=lambda s: (s.fill.traded_at, s.fill.trade_id))
        before = [s.fill for s in ordered if s.fill.traded_at < position.created_at]
        return ordered[before_empty([fill.quantity * (1 if fill.opening else -1) for fill in before]) :]

    def _one(self, position: PositionRow, external_fill: ExternalFill) -> None:
        fill = external_fill.fill
        recorded = select(FillRow.id).where(
            FillRow.account_id == self.rows.account_id,
            FillRow.symbol == fill.symbol,
            FillRow.trade_id == fill.trade_id,
        )
        if self.rows.session.scalar(recorded.limit(1)) is not None:
            return
        own = [row for row in self.rows.orders_of[position.id] if row.client_order_id == external_fill.client_order_id]
        if own and may_have_traded(own[0], fill):
            self.orders.on_unseen_fill(own[0], fill)
        elif external_fill.client_order_id is None and self._may_be_named(position, fill):
            return
        elif own or not self._of_another_trade(external_fill):
            self._record(position, fill, external_fill.client_order_id)

    def _may_be_named(self, position: PositionRow, fill: Fill) -> bool:
        """Whether it may yet be learnt whose a fill is: the order behind it can be read later than the fill.

        That lasts as long as an order of the trade is under way that may have made it: exchanges forget for a while.
        """
        may_be_named = self.state.retries.may_be_named(fill.trade_id, self.now)
        under_way = any(
            row.state in (OrderState.UNKNOWN, OrderState.TRIGGERED) and (row.purpose is Purpose.ENTRY) == fill.opening
            for row in self.rows.orders_of[position.id]
        )
        return under_way or may_be_named

    def _of_another_trade(self, external_fill: ExternalFill) -> bool:
        """Whether a fill belongs to an order of another trade of ours, which then is asked about."""
        row = self.rows.session.scalars(
            select(OrderRow).where(
                OrderRow.account_id == self.rows.account_id, OrderRow.client_order_id == external_fill.client_order_id
            )
        ).first()
        if row is None or not may_have_traded(row, external_fill.fill):
            return False
        self.rows.include([row.position_id])
        self.state.inbox.named_orders.add(row.client_order_id)
        return True

    def _record(self, position: PositionRow, fill: Fill, client_order_id: str | None) -> None:
        self.state.retries.unnamed_since.pop(fill.trade_id, None)
        held, closed = position.external_quantity, position.exit_quantity
        record = RecordExternalFill(position.id, fill, client_order_id)
        self.lifecycle.apply((record, AttributeAnew(position.id)))
        self._say(position, position.external_quantity - held, position.exit_quantity - closed, client_order_id)

    def _say(self, position: PositionRow, external: Decimal, ours: Decimal, client_order_id: str | None) -> None:
        """Say what changed: by how much the external part grew or shrank, and how much of ours was closed."""
        by_exchange = close_reason(None, client_order_id or "", None) is not CloseReason.EXTERNAL
        facts = partial(
            ExternalTrade,
            trade=position_name(position),
            by_exchange=by_exchange,
            client_order_id=client_order_id or "unknown",
        )
        if external:
            self.journal.note(position, facts(external_change=external, own_closed=Decimal(0)))
        if ours > 0:
            self.journal.note(position, facts(external_change=Decimal(0), own_closed=ours))
