"""Rounds of a plan: each is opened once, however often it is tried."""

from sqlalchemy import or_, select

from domain.terms import Phase
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
