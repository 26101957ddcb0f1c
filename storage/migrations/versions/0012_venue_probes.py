"""Measurements of how an exchange behaves, the instruction to make one, and the decimals of prices."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

KINDS = (
    "OPEN",
    "CLOSE",
    "REOPEN_NOW",
    "SKIP_REOPEN",
    "PAUSE_PLAN",
    "RESUME_PLAN",
    "PAUSE_ALL",
    "RESUME_ALL",
    "CLOSE_ALL",
    "EDIT_PROTECTION",
    "EDIT_PLAN",
    "ADOPT",
    "CLOSE_FOREIGN",
    "IGNORE_FOREIGN",
    "WRITE_OFF",
    "PROBE_VENUE",
)


def upgrade() -> None:
    op.create_table(
        "venue_probes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("began_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("measured_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("finished_at", sa.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("findings", JSONB(), nullable=True),
        sa.Column("heard", JSONB(), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("venue_probes_by_time", "venue_probes", ["account_id", "began_at"])
    op.create_index(
        "venue_probes_unfinished", "venue_probes", ["account_id"], postgresql_where=sa.text("finished_at IS NULL")
    )
    op.add_column("symbol_rules", sa.Column("price_precision", sa.BigInteger()))
    op.drop_constraint("kind_is_known", "instructions", type_="check")
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    op.create_check_constraint("kind_is_known", "instructions", f"kind IN ({listed})")
