"""Who holds the lease, as anybody can read it."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.bot_tables import LeaseRow


def load_lease(session: Session) -> LeaseRow | None:
    """Return the lease's row, None when nobody ever held it."""
    return session.scalar(select(LeaseRow))
