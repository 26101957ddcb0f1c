"""Indexes of the closed positions by what History sorts them by."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

SORTS = {
    "pair": "symbol",
    "result": "net_usdt",
    "reason": "close_reason",
    "gross": "gross_usdt",
    "fees": "fees_usdt",
    "funding": "funding_usdt",
    "duration": "(closed_at - opened_at)",
    "run": "sequence",
}


def upgrade() -> None:
    for name, figure in SORTS.items():
        op.create_index(
            f"closed_by_{name}",
            "positions",
            ["account_id", sa.text(figure), "closed_at", "id"],
            postgresql_where=sa.text("phase = 'CLOSED'"),
        )
