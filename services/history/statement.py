"""One trade to the last digit: its orders, its fills, its share of the income, and what they add up to."""

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from sqlalchemy import select
from sqlalchemy.orm import Session

from domain.pricing.exact import to_decimal
from domain.terms import OrderState, Phase, Purpose
from services.history.queries import closed_position
from services.history.views import Statement, StatementFill, StatementIncome, StatementOrder
from storage.income_tables import IncomeRow, IncomeShareRow
from storage.tables import FillRow, OrderRow, PlanRow, PositionRow


def load_statement(session: Session, account_id: int | None, position_id: int) -> Statement | None:
    """Return everything of one closed trade of the account, oldest first; None when there is no such trade."""
    found = session.execute(
        select(PositionRow, PlanRow)
        .join(PlanRow, PlanRow.id == PositionRow.plan_id)
        .where(
            PositionRow.id == position_id,
            PositionRow.account_id == account_id,
            PositionRow.phase == Phase.CLOSED,
            PositionRow.close_reason.is_not(None),
        )
    ).one_or_none()
    if found is None:
        return None
    trade, plan = found
    fills = session.scalars(
        select(FillRow).where(FillRow.position_id == position_id).order_by(FillRow.traded_at, FillRow.trade_id)
    ).all()
    # A spare stop that was never needed is nothing that happened.
    sent = (OrderRow.position_id == position_id, OrderRow.state.not_in((OrderState.STAGED, OrderState.WITHDRAWN)))
    orders = session.scalars(select(OrderRow).where(*sent).order_by(OrderRow.created_at, OrderRow.id)).all()
    return Statement(
        position=closed_position(trade, plan),
        orders=_orders(orders, fills),
        fills=_fills(fills, orders),
        income=_load_income(session, position_id),
    )


def slippage_usdt(order: OrderRow, fills: Sequence[FillRow]) -> Decimal | None:
    """Return what an order's fills brought more (less, negative) than its trigger price would have, USDT, exact.

    It is part of the gross result already. None for an order without trigger or fills, and for an entry.
    """
    trigger = order.trigger_price
    if trigger is None or not fills or order.purpose is Purpose.ENTRY:
        return None
    against = ((Fraction(fill.price) - Fraction(trigger)) * Fraction(fill.quantity) for fill in fills)
    return to_decimal(order.side.sign * sum(against, Fraction(0)))


def _orders(rows: Sequence[OrderRow], fills: Sequence[FillRow]) -> tuple[StatementOrder, ...]:
    return tuple(_order(row, [fill for fill in fills if fill.order_id == row.id]) for row in rows)


def _order(row: OrderRow, fills: Sequence[FillRow]) -> StatementOrder:
    return StatementOrder(
        purpose=row.purpose,
        attempt=row.attempt,
        state=row.state,
        quantity=row.quantity,
        trigger_price=row.trigger_price,
        executed_quantity=row.executed_quantity,
        client_order_id=row.client_order_id,
        answer_text=row.answer_text,
        created_at=row.created_at,
        average_price=_average_price(fills),
        slippage_usdt=slippage_usdt(row, fills),
    )


def _average_price(fills: Sequence[FillRow]) -> Decimal | None:
    quantity = sum((Fraction(fill.quantity) for fill in fills), Fraction(0))
    value = sum((Fraction(fill.quantity) * Fraction(fill.price) for fill in fills), Fraction(0))
    return to_decimal(value / quantity) if quantity else None


def _fills(rows: Sequence[FillRow], orders: Sequence[OrderRow]) -> tuple[StatementFill, ...]:
    ours = {order.id: order.client_order_id for order in orders}
    return tuple(
        StatementFill(
            traded_at=row.traded_at,
            opening=row.opening,
            ours=row.order_id is not None,
            price=row.price,
            quantity=row.quantity,
            commission=row.commission,
            realized_pnl=row.realized_pnl,
            trade_id=row.trade_id,
            client_order_id=row.client_order_id if row.order_id is None else ours.get(row.order_id),
            commission_asset=row.commission_asset,
            fee_usdt=row.fee_usdt,
        )
        for row in rows
    )


def _load_income(session: Session, position_id: int) -> tuple[StatementIncome, ...]:
    statement = (
        select(IncomeRow.occurred_at, IncomeRow.income_type, IncomeShareRow.amount)
        .join(IncomeRow, IncomeRow.id == IncomeShareRow.income_id)
        .where(IncomeShareRow.position_id == position_id)
        .order_by(IncomeRow.occurred_at, IncomeRow.id)
    )
    return tuple(StatementIncome(*row) for row in session.execute(statement))
