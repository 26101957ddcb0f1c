"""Fills into rows: each is recorded once, and what it makes of a trade is worked out anew from all of them."""

from collections.abc import Iterable
from decimal import Decimal

from decisions.reconciliation.effects import AttributeAnew, Recalculate
from decisions.reconciliation.fills import recorded
from domain.terms import Fill
from engine.reconciliation.effects import EffectWriter
from engine.reconciliation.fill_rows import recorded_trades
from engine.state.context import CycleContext
from storage.tables import OrderRow, PositionRow


class Accounting:
    """Records the fills of one cycle's trades."""

    def __init__(self, context: CycleContext, effects: EffectWriter) -> None:
        self.context = context
        self.effects = effects
        self.rows = context.rows

    def record_fills(self, position: PositionRow, order: OrderRow, fills: Iterable[Fill]) -> bool:
        """Record fills of one order of the trade; return whether any was new.

        Raises:
            LedgerConflict: a trade id that is recorded already has other content.
        """
        new = recorded(position.id, order.id, recorded_trades(self.rows, position), fills)
        self.effects.apply(new)
        return bool(new)

    def recorded(self, position: PositionRow) -> None:
        """Take in that fills were recorded at the trade's key: whose they are, and what that makes of the trade."""
        self.effects.apply((AttributeAnew(position.id),))

    def recorded_quantity(self, order: OrderRow) -> Decimal:
        """Return how much of an order's execution is recorded, base units, whoever it belongs to."""
        everywhere = (self.rows.fills_of, self.rows.external_fills_of, self.rows.surplus_fills_of)
        fills = (fill for fills_of in everywhere for fill in fills_of[order.position_id])
        return sum((fill.quantity for fill in fills if fill.order_id == order.id), Decimal(0))

    def recalculate(self, position: PositionRow) -> None:
        """Work out quantities, averages and money of a trade anew from its fills and its share of funding."""
        self.effects.apply((Recalculate(position.id),))
