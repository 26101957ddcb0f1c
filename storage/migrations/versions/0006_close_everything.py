"""One instruction that closes everything and stops opening."""

from alembic import op

revision = "0006"
down_revision = "0005"
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
)


def upgrade() -> None:
    op.drop_constraint("kind_is_known", "instructions", type_="check")
    listed = ", ".join(f"'{kind}'" for kind in KINDS)
    op.create_check_constraint("kind_is_known", "instructions", f"kind IN ({listed})")
