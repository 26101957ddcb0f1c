"""Which account the pages speak of."""

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from domain.bot_status import MonitorHealth
from storage.income_tables import EquityRow
from storage.tables import AccountRow


def current_account_id(session: Session, health: MonitorHealth) -> int | None:
    """Return the account the monitor is signed in to, else the one of this family that was watched last.

    Before the first sign-in, and on a standby, what the rows say is still worth showing. None on a new database.
    """
    if health.account_id is not None:
        return health.account_id
    last_watched = select(func.max(EquityRow.at)).where(EquityRow.account_id == AccountRow.id).scalar_subquery()
    return session.scalar(
        select(AccountRow.id)
        .where(AccountRow.family == health.venue.family)
        .order_by(last_watched.desc().nulls_last(), AccountRow.id.desc())
        .limit(1)
    )
