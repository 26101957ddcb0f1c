"""Rounds of a plan: each is opened once, however often it is tried."""

from sqlalchemy import or_, select

from domain.terms import Phase, PlanState, ReopenState
from engine.state.working_set import WorkingSet
from storage.tables import PositionRow


def round_is_claimed(rows: WorkingSet, position: PositionRow) -> bool:
    """Whether another try of the same round of the plan has opened."""
    same_round = PositionRow.sequence == position.sequence
    if position.parent_position_id is not None:
        same_round = or_(same_round, PositionRow.parent_position_id == position.parent_position_id)
    others = select(PositionRow.id).where(
        PositionRow.plan_id == position.plan_id,
        PositionRow.id != position.id,
        PositionRow.phase != Phase.FAILED,
        same_round,
    )
    return rows.session.scalar(others.limit(1)) is not None


def claim_round(rows: WorkingSet, position: PositionRow) -> None:
    """Let a trade that opened late have its round: nothing else may be opened in it any more.

    The reopening that was to be tried again is done; a plan that was ended because its first entry seemed lost goes on.
    """
    if position.parent_position_id is None:
        plan = rows.plan_of(position)
        if plan.state is PlanState.ENDED:
            plan.state, plan.state_reason = PlanState.ACTIVE, None
        return
    parent = rows.session.get_one(PositionRow, position.parent_position_id)
    if parent.reopen_state is ReopenState.WAITING:
        parent.reopen_state = ReopenState.DONE
