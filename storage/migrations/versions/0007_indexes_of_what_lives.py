"""Indexes of what a cycle and a snapshot look for, however many closed trades there are."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

LIVE = "phase IN ('ENTERING', 'OPEN', 'CLOSING')"


def upgrade() -> None:
    op.create_index("live_positions", "positions", ["account_id"], postgresql_where=sa.text(LIVE))
    op.create_index(
        "positions_waiting_to_reopen",
        "positions",
        ["account_id"],
        postgresql_where=sa.text("reopen_state = 'WAITING'"),
    )
    op.create_index(
        "positions_filled_late",
        "positions",
        ["account_id"],
        postgresql_where=sa.text("phase = 'FAILED' AND entry_quantity > exit_quantity"),
    )
    op.create_index(
        "results_not_final",
        "positions",
        ["account_id", "closed_at"],
        postgresql_where=sa.text("phase = 'CLOSED' AND NOT result_final"),
    )
    op.create_index("positions_by_plan", "positions", ["plan_id", "sequence"])
    op.create_index("fills_by_trade", "fills", ["account_id", "symbol", "traded_at"])
