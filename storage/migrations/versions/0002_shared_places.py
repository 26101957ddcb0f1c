"""Places shared with somebody else: parts of trades, and a run that protects only its own quantity."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "positions", sa.Column("own_part_only", sa.Boolean(), nullable=False, server_default=sa.text("false"))
    )
    op.alter_column("positions", "own_part_only", server_default=None)
    op.drop_constraint("positions_plan_id_sequence_key", "positions", type_="unique")
    op.create_index(
        "one_opened_run_per_turn",
        "positions",
        ["plan_id", "sequence"],
        unique=True,
        postgresql_where=sa.text("phase IN ('OPEN', 'CLOSING', 'CLOSED')"),
    )
    op.add_column("fills", sa.Column("beside_position_id", sa.BigInteger(), nullable=True))
    op.create_foreign_key(None, "fills", "positions", ["beside_position_id"], ["id"])
    op.execute(
        """
        UPDATE fills SET beside_position_id = (
            SELECT positions.id FROM positions
            WHERE positions.account_id = fills.account_id
                AND positions.symbol = fills.symbol
                AND positions.side = fills.side
                AND positions.created_at <= fills.traded_at
                AND (positions.closed_at IS NULL OR fills.traded_at <= positions.closed_at)
            ORDER BY positions.id DESC LIMIT 1
        )
        WHERE position_id IS NULL
        """
    )
    op.drop_constraint("fills_account_id_symbol_trade_id_key", "fills", type_="unique")
    op.create_unique_constraint(None, "fills", ["account_id", "symbol", "trade_id", "position_id"])
    op.create_index(
        "one_foreign_part_per_trade",
        "fills",
        ["account_id", "symbol", "trade_id"],
        unique=True,
        postgresql_where=sa.text("position_id IS NULL"),
    )
    op.create_index("fills_beside_position", "fills", ["beside_position_id"], unique=False)
