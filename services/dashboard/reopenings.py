"""What is not open: closed trades waiting to open again, and plans that will not by themselves."""

from datetime import datetime
from typing import cast

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from domain.terms import LIVE_PHASES, CloseReason, Phase, PlanState, ReopenState
from services.dashboard.views import PausedPlan, WaitingReopen
from storage.tables import PlanRow, PositionRow


def load_waiting(session: Session, account_id: int) -> tuple[WaitingReopen, ...]:
    """Return the closed trades whose plan opens again, the next due first."""
    statement = (
        select(PositionRow)
        .join(PlanRow, PlanRow.id == PositionRow.plan_id)
        .where(
            PositionRow.account_id == account_id,
            PositionRow.reopen_state == ReopenState.WAITING,
            PositionRow.reopen_not_before.is_not(None),
            PositionRow.close_reason.is_not(None),
            PlanRow.state == PlanState.ACTIVE,
        )
        .order_by(PositionRow.reopen_not_before, PositionRow.id)
    )
    return tuple(_waiting(row) for row in session.scalars(statement))


def load_paused(session: Session, account_id: int) -> tuple[PausedPlan, ...]:
    """Return paused plans with nothing live, the latest first; Reopen now goes on from their last closed trade."""
    trade = aliased(PositionRow)
    last_closed = (
        select(trade.id)
        .where(trade.plan_id == PlanRow.id, trade.phase == Phase.CLOSED)
        .order_by(trade.sequence.desc())
        .limit(1)
        .correlate(PlanRow)
        .scalar_subquery()
    )
    live = select(trade.id).where(trade.plan_id == PlanRow.id, trade.phase.in_(LIVE_PHASES)).correlate(PlanRow).exists()
    statement = (
        select(PlanRow, last_closed)
        .where(PlanRow.account_id == account_id, PlanRow.state == PlanState.PAUSED, ~live)
        .order_by(PlanRow.id.desc())
    )
    return tuple(
        PausedPlan(
            plan_id=plan.id,
            last_position_id=last_position_id,
            symbol=plan.symbol,
            side=plan.side,
            leverage=plan.leverage,
            reason=_sentence(plan.state_reason or "you paused it."),
        )
        for plan, last_position_id in session.execute(statement)
    )


def _waiting(row: PositionRow) -> WaitingReopen:
    not_before = cast(datetime, row.reopen_not_before)
    return WaitingReopen(
        position_id=row.id,
        plan_id=row.plan_id,
        symbol=row.symbol,
        side=row.side,
        leverage=row.leverage,
        reason=cast(CloseReason, row.close_reason),
        net_usdt=row.net_usdt,
        not_before=not_before,
        lapses_at=row.reopen_lapses_at or not_before,
        held_because=row.phase_note,
    )


def _sentence(reason: str) -> str:
    """Return a reason as it stands alone; it is kept as the end of a sentence."""
    return reason[:1].upper() + reason[1:]
