"""Exits that move: what plans and trades ask for, how far each trade has come, and trades that had their time."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

REASONS = ("TP", "SL", "MANUAL", "TIME", "UNPROTECTED", "LIQUIDATION", "ADL", "SETTLEMENT", "EXTERNAL", "LOST")


def upgrade() -> None:
    for table in ("plans", "positions"):
        op.add_column(table, sa.Column("exits", postgresql.JSONB(none_as_null=True), nullable=True))
    op.add_column("orders", sa.Column("target_number", sa.BigInteger(), nullable=True))
    moment = postgresql.TIMESTAMP(timezone=True)
    op.create_table(
        "exit_progress",
        sa.Column("position_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("best_mark", sa.Numeric(), nullable=True),
        sa.Column("moved_at", moment, nullable=True),
        sa.Column("move_reason", sa.Text(), nullable=True),
        sa.Column("not_before", moment, nullable=True),
        sa.Column("hand_best_mark", sa.Numeric(), nullable=True),
        sa.Column("hand_targets_reached", sa.BigInteger(), nullable=True),
        sa.Column("dropped_targets", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.ForeignKeyConstraint(["position_id"], ["positions.id"]),
        sa.PrimaryKeyConstraint("position_id"),
    )
    listed = ", ".join(f"'{reason}'" for reason in REASONS)
    for table, column in (("positions", "close_reason"), ("result_shares", "reason")):
        op.drop_constraint(f"{column}_is_known", table, type_="check")
        op.create_check_constraint(f"{column}_is_known", table, f"{column} IN ({listed})")
