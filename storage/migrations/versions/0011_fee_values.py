"""What a fee in another asset was worth in USDT when it was paid."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("fills", sa.Column("fee_usdt", sa.Numeric()))
    op.execute("UPDATE fills SET fee_usdt = commission WHERE commission_asset = 'USDT'")
    op.create_index(
        "fills_without_fee_value",
        "fills",
        ["account_id"],
        postgresql_where=sa.text("fee_usdt IS NULL"),
    )
