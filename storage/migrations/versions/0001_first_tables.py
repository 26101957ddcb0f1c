"""The tables of the first version."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("alias", sa.Text(), nullable=False),
        sa.Column("first_seen_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("family", "alias"),
    )
    op.create_table(
        "api_credentials",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("family", sa.Text(), nullable=False),
        sa.Column("api_key_token", sa.Text(), nullable=False),
        sa.Column("api_secret_token", sa.Text(), nullable=False),
        sa.Column("last_four", sa.Text(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("family"),
    )
    op.create_table(
        "lease",
        sa.Column("id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.Column("instance", sa.Text(), nullable=False),
        sa.Column("cycle_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name="one_row"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", postgresql.JSONB(), nullable=False),
        sa.Column("changed_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )
    op.create_table(
        "equity",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("wallet_usdt", sa.Numeric(), nullable=False),
        sa.Column("unrealised_usdt", sa.Numeric(), nullable=False),
        sa.Column("available_usdt", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("equity_by_time", "equity", ["account_id", "at"], unique=False)
    op.create_table(
        "income",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("income_type", sa.Text(), nullable=False),
        sa.Column("tran_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.Column("asset", sa.Text(), nullable=False),
        sa.Column("trade_id", sa.BigInteger(), nullable=True),
        sa.Column("occurred_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "income_type", "tran_id"),
    )
    op.create_index("income_by_time", "income", ["account_id", "occurred_at"], unique=False)
    op.create_table(
        "plans",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("amount_usdt", sa.Numeric(), nullable=False),
        sa.Column("leverage", sa.BigInteger(), nullable=False),
        sa.Column("tp_usdt", sa.Numeric(), nullable=False),
        sa.Column("sl_usdt", sa.Numeric(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("reopen_enabled", sa.Boolean(), nullable=False),
        sa.Column("reopen_delay_seconds", sa.BigInteger(), nullable=False),
        sa.Column("reopen_maximum", sa.BigInteger(), nullable=True),
        sa.Column("reopen_after_target", sa.Boolean(), nullable=False),
        sa.Column("reopen_after_stop", sa.Boolean(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("basis IN ('net', 'gross')", name="basis_is_known"),
        sa.CheckConstraint("side IN ('LONG', 'SHORT')", name="side_is_known"),
        sa.CheckConstraint("state IN ('ACTIVE', 'PAUSED', 'ENDED')", name="state_is_known"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_plans_account_id"), "plans", ["account_id"], unique=False)
    op.create_table(
        "positions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("plan_id", sa.BigInteger(), nullable=False),
        sa.Column("parent_position_id", sa.BigInteger(), nullable=True),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.Column("reopen_count", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("amount_usdt", sa.Numeric(), nullable=False),
        sa.Column("leverage", sa.BigInteger(), nullable=False),
        sa.Column("tp_usdt", sa.Numeric(), nullable=False),
        sa.Column("sl_usdt", sa.Numeric(), nullable=False),
        sa.Column("basis", sa.Text(), nullable=False),
        sa.Column("phase", sa.Text(), nullable=False),
        sa.Column("phase_note", sa.Text(), nullable=True),
        sa.Column("entry_quantity", sa.Numeric(), nullable=False),
        sa.Column("entry_price", sa.Numeric(), nullable=True),
        sa.Column("foreign_quantity", sa.Numeric(), nullable=False),
        sa.Column("exit_quantity", sa.Numeric(), nullable=False),
        sa.Column("exit_price", sa.Numeric(), nullable=True),
        sa.Column("taker_rate", sa.Numeric(), nullable=False),
        sa.Column("stop_price", sa.Numeric(), nullable=True),
        sa.Column("target_price", sa.Numeric(), nullable=True),
        sa.Column("liquidation_price", sa.Numeric(), nullable=True),
        sa.Column("protected_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("naked_since", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("close_quantity", sa.Numeric(), nullable=True),
        sa.Column("close_asked_by_person", sa.Boolean(), nullable=False),
        sa.Column("gross_usdt", sa.Numeric(), nullable=True),
        sa.Column("fees_usdt", sa.Numeric(), nullable=True),
        sa.Column("funding_usdt", sa.Numeric(), nullable=True),
        sa.Column("net_usdt", sa.Numeric(), nullable=True),
        sa.Column("result_final", sa.Boolean(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("opened_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("closed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reopen_state", sa.Text(), nullable=False),
        sa.Column("reopen_not_before", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("reopen_lapses_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("basis IN ('net', 'gross')", name="basis_is_known"),
        sa.CheckConstraint(
            "close_reason IN ('TP', 'SL', 'MANUAL', 'UNPROTECTED', 'LIQUIDATION', 'ADL', 'SETTLEMENT', 'EXTERNAL', 'LOST')",
            name="close_reason_is_known",
        ),
        sa.CheckConstraint("phase IN ('ENTERING', 'OPEN', 'CLOSING', 'CLOSED', 'FAILED')", name="phase_is_known"),
        sa.CheckConstraint(
            "reopen_state IN ('NONE', 'WAITING', 'DONE', 'SKIPPED', 'LAPSED', 'REFUSED')", name="reopen_state_is_known"
        ),
        sa.CheckConstraint("side IN ('LONG', 'SHORT')", name="side_is_known"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["parent_position_id"],
            ["positions.id"],
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plans.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("plan_id", "sequence"),
    )
    op.create_index("closed_positions_by_time", "positions", ["account_id", "closed_at"], unique=False)
    op.create_index(
        "one_live_run_per_place",
        "positions",
        ["account_id", "symbol", "side"],
        unique=True,
        postgresql_where=sa.text("phase IN ('ENTERING', 'OPEN', 'CLOSING')"),
    )
    op.create_index(
        "one_opened_child_per_parent",
        "positions",
        ["parent_position_id"],
        unique=True,
        postgresql_where=sa.text("phase IN ('OPEN', 'CLOSING', 'CLOSED')"),
    )
    op.create_table(
        "income_shares",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("income_id", sa.BigInteger(), nullable=False),
        sa.Column("position_id", sa.BigInteger(), nullable=True),
        sa.Column("amount", sa.Numeric(), nullable=False),
        sa.ForeignKeyConstraint(
            ["income_id"],
            ["income.id"],
        ),
        sa.ForeignKeyConstraint(
            ["position_id"],
            ["positions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("income_shares_by_position", "income_shares", ["position_id"], unique=False)
    op.create_index(op.f("ix_income_shares_income_id"), "income_shares", ["income_id"], unique=False)
    op.create_table(
        "instructions",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("position_id", sa.BigInteger(), nullable=True),
        sa.Column("plan_id", sa.BigInteger(), nullable=True),
        sa.Column("terms", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("lapses_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("consumed_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("outcome", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('OPEN', 'CLOSE', 'REOPEN_NOW', 'SKIP_REOPEN', 'PAUSE_PLAN', 'RESUME_PLAN', 'PAUSE_ALL', 'RESUME_ALL', 'EDIT_PROTECTION', 'EDIT_PLAN', 'ADOPT', 'CLOSE_FOREIGN', 'IGNORE_FOREIGN', 'WRITE_OFF')",
            name="kind_is_known",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["plan_id"],
            ["plans.id"],
        ),
        sa.ForeignKeyConstraint(
            ["position_id"],
            ["positions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(
        "instructions_waiting",
        "instructions",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("consumed_at IS NULL"),
    )
    op.create_table(
        "journal",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("position_id", sa.BigInteger(), nullable=True),
        sa.Column("at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("severity", sa.Text(), nullable=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("details", postgresql.JSONB(), nullable=False),
        sa.CheckConstraint("severity IN ('INFO', 'GOOD', 'WARNING', 'DANGER')", name="severity_is_known"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["position_id"],
            ["positions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index(op.f("ix_journal_position_id"), "journal", ["position_id"], unique=False)
    op.create_index("journal_by_time", "journal", ["account_id", "at"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("position_id", sa.BigInteger(), nullable=False),
        sa.Column("client_order_id", sa.Text(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("attempt", sa.BigInteger(), nullable=False),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=True),
        sa.Column("trigger_price", sa.Numeric(), nullable=True),
        sa.Column("close_reason", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("stamp", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("exchange_order_id", sa.BigInteger(), nullable=True),
        sa.Column("algo_id", sa.BigInteger(), nullable=True),
        sa.Column("executed_quantity", sa.Numeric(), nullable=False),
        sa.Column("triggered_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("answer_code", sa.BigInteger(), nullable=True),
        sa.Column("answer_text", sa.Text(), nullable=True),
        sa.Column("not_before", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.Column("ask_count", sa.BigInteger(), nullable=False),
        sa.Column("created_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("settled_at", postgresql.TIMESTAMP(timezone=True), nullable=True),
        sa.CheckConstraint("purpose IN ('ENTRY', 'STOP', 'TARGET', 'CLOSE', 'BRIDGE')", name="purpose_is_known"),
        sa.CheckConstraint("side IN ('LONG', 'SHORT')", name="side_is_known"),
        sa.CheckConstraint(
            "state IN ('RESERVED', 'UNKNOWN', 'WORKING', 'TRIGGERED', 'FILLED', 'EXPIRED', 'CANCELLED', 'REFUSED', 'ABSENT', 'WITHDRAWN')",
            name="state_is_known",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["position_id"],
            ["positions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("client_order_id"),
    )
    op.create_index("orders_by_exchange_id", "orders", ["account_id", "symbol", "exchange_order_id"], unique=False)
    op.create_index("orders_by_position", "orders", ["position_id"], unique=False)
    op.create_index(
        "orders_not_final",
        "orders",
        ["account_id"],
        unique=False,
        postgresql_where=sa.text("state IN ('RESERVED', 'UNKNOWN', 'WORKING', 'TRIGGERED')"),
    )
    op.create_table(
        "fills",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("position_id", sa.BigInteger(), nullable=True),
        sa.Column("order_id", sa.BigInteger(), nullable=True),
        sa.Column("symbol", sa.Text(), nullable=False),
        sa.Column("trade_id", sa.BigInteger(), nullable=False),
        sa.Column("exchange_order_id", sa.BigInteger(), nullable=False),
        sa.Column("client_order_id", sa.Text(), nullable=True),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("opening", sa.Boolean(), nullable=False),
        sa.Column("price", sa.Numeric(), nullable=False),
        sa.Column("quantity", sa.Numeric(), nullable=False),
        sa.Column("commission", sa.Numeric(), nullable=False),
        sa.Column("commission_asset", sa.Text(), nullable=False),
        sa.Column("realized_pnl", sa.Numeric(), nullable=False),
        sa.Column("maker", sa.Boolean(), nullable=False),
        sa.Column("traded_at", postgresql.TIMESTAMP(timezone=True), nullable=False),
        sa.CheckConstraint("side IN ('LONG', 'SHORT')", name="side_is_known"),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
        ),
        sa.ForeignKeyConstraint(
            ["order_id"],
            ["orders.id"],
        ),
        sa.ForeignKeyConstraint(
            ["position_id"],
            ["positions.id"],
        ),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account_id", "symbol", "trade_id"),
    )
    op.create_index("fills_by_position", "fills", ["position_id"], unique=False)
    op.create_index("fills_by_time", "fills", ["account_id", "traded_at"], unique=False)
