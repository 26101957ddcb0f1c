"""One run to the last digit: its orders, its fills, its share of the income, and what they add up to."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from database_tables import FillRow, IncomeRow, IncomeShareRow, OrderRow, PlanRow, PositionRow
from domain.terms import Phase
from services_history import closed_position
from services_views import Statement, StatementFill, StatementIncome, StatementOrder


def load_statement(session: Session, account_id: int | None, position_id: int) -> Statement | None:
    """Return everything of one closed run of the account, oldest first; None when there is no such run."""
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
    return Statement(
        position=closed_position(*found.tuple()),
        orders=_load_orders(session, position_id),
        fills=_load_fills(session, position_id),
        income=_load_income(session, position_id),
    )


def _load_orders(session: Session, position_id: int) -> tuple[StatementOrder, ...]:
    statement = select(OrderRow).where(OrderRow.position_id == position_id).order_by(OrderRow.created_at, OrderRow.id)
    return tuple(
        StatementOrder(
            purpose=row.purpose,
            attempt=row.attempt,
            state=row.state,
            quantity=row.quantity,
            trigger_price=row.trigger_price,
            executed_quantity=row.executed_quantity,
            client_order_id=row.client_order_id,
            answer_text=row.answer_text,
            created_at=row.created_at,
        )
        for row in session.scalars(statement)
    )


def _load_fills(session: Session, position_id: int) -> tuple[StatementFill, ...]:
    statement = select(FillRow).where(FillRow.position_id == position_id).order_by(FillRow.traded_at, FillRow.trade_id)
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
        )
        for row in session.scalars(statement)
    )


def _load_income(session: Session, position_id: int) -> tuple[StatementIncome, ...]:
    statement = (
        select(IncomeRow.occurred_at, IncomeRow.income_type, IncomeShareRow.amount)
        .join(IncomeRow, IncomeRow.id == IncomeShareRow.income_id)
        .where(IncomeShareRow.position_id == position_id)
        .order_by(IncomeRow.occurred_at, IncomeRow.id)
    )
    return tuple(StatementIncome(*row) for row in session.execute(statement))
