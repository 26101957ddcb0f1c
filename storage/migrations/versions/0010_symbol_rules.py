"""The rules of every pair, kept: a trade whose pair leaves the listing lives on by them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

NUMBERS = (
    "tick_size",
    "min_price",
    "max_price",
    "step_size",
    "min_quantity",
    "max_quantity",
    "min_notional",
    "multiplier_up",
    "multiplier_down",
    "market_take_bound",
)


def upgrade() -> None:
    op.create_table(
        "symbol_rules",
        sa.Column("family", sa.Text(), primary_key=True),
        sa.Column("symbol", sa.Text(), primary_key=True),
        sa.Column("base_asset", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Numeric(), nullable=False) for name in NUMBERS),
        sa.Column("trading", sa.Boolean(), nullable=False),
        sa.Column("liquidation_fee", sa.Numeric()),
        sa.Column("delivers_at", postgresql.TIMESTAMP(timezone=True)),
        sa.Column("listed", sa.Boolean(), nullable=False),
        sa.Column("read_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
    )
