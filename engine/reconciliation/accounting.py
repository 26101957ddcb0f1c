"""Fills into figures: each is recorded once, and what it makes of a trade is worked out anew from all of them."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy import func, select

from domain.pricing.pnl import position_result
from domain.terms import Fill
from engine.reconciliation.attribution import attribute_fills, recorded_trades
from engine.state.context import CycleContext
from engine.state.row_mapping import fill_of, fill_row, key_of
from storage.income_tables import IncomeShareRow
from storage.tables import OrderRow, PositionRow


class LedgerConflict(Exception):
    """The exchange shows a row we have recorded with other content: nothing may be recorded over it."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the exchange now shows other figures for {what}")
        self.what = what


class Accounting:
    """Quantities, averages and money of the trades of one cycle."""

    def __init__(self, context: CycleContext) -> None:
        self.context = context
        self.rows = context.rows

    def record_fills(self, position: PositionRow, order: OrderRow, fills: Iterable[Fill]) -> bool:
        """Record fills of one order of the trade; return whether any was new.

        Raises:
            LedgerConflict: a trade id that is recorded already has other content.
        """
        known = recorded_trades(self.rows, position)
        new = [fill for fill in fills if not _same(known.get(fill.trade_id), fill)]
        for fill in new:
            row = fill_row(self.rows.account_id, fill)
            row.position_id, row.order_id = position.id, order.id
            self.rows.session.add(row)
            self.rows.fills_of[position.id].append(row)
        if new:
            self.recorded(position)
        return bool(new)

    def recorded(self, position: PositionRow) -> None:
        """Take in that fills were recorded at the trade's key: whose they are, and what that makes of the trade."""
        self.context.state.exchange.forget_quantity_at(key_of(position))
        self.context.money_moved = True
        attribute_fills(self.rows, position)
        self.recalculate(position)

    def recorded_quantity(self, order: OrderRow) -> Decimal:
        """Return how much of an order's execution is recorded, base units, whoever it belongs to."""
        everywhere = (self.rows.fills_of, self.rows.external_fills_of, self.rows.surplus_fills_of)
        fills = (fill for fills_of in everywhere for fill in fills_of[order.position_id])
        return sum((fill.quantity for fill in fills if fill.order_id == order.id), Decimal(0))

    def recalculate(self, position: PositionRow) -> None:
        """Work out quantities, averages and money of a trade anew from its fills and its share of funding."""
        fills = [(fill_of(row), row.opening) for row in self.rows.fills_of[position.id]]
        result = position_result(fills, self.funding(position))
        position.entry_quantity = result.entry_quantity
        position.entry_price = result.entry_price
        position.exit_quantity = result.exit_quantity
        position.exit_price = result.exit_price
        position.gross_usdt = result.gross
        # A fee whose value is not known leaves the result unknown: without it there is no "after fees".
        known = not result.other_fees
        position.fees_usdt = result.fees if known else None
        position.funding_usdt = result.net - result.gross + result.fees
        position.net_usdt = result.net if known else None
        position.opened_at = result.opened_at

    def funding(self, position: PositionRow) -> Decimal:
        """Return the trade's share of income without an order, USDT, positive when received."""
        share = select(func.coalesce(func.sum(IncomeShareRow.amount), Decimal(0))).where(
            IncomeShareRow.position_id == position.id
        )
        return Decimal(self.rows.session.scalar(share) or 0)


def _same(recorded: Fill | None, fill: Fill) -> bool:
    """Whether a fill is recorded already.

    Raises:
        LedgerConflict: it is, with other content.
    """
    if recorded is None:
        return False
    if (recorded.price, recorded.quantity, recorded.commission, recorded.realized_pnl, recorded.exchange_order_id) != (
        fill.price,
        fill.quantity,
        fill.commission,
        fill.realized_pnl,
        fill.exchange_order_id,
    ):
        raise LedgerConflict(f"trade {fill.trade_id} of {fill.symbol}")
    return True
