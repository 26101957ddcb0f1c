"""An index of the journal's lines of routine, which are deleted after a while."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "journal_of_routine",
        "journal",
        ["account_id", "at"],
        postgresql_where=sa.text("event IN ('opening', 'protected')"),
    )
