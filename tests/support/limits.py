"""Setting limits of the only account there is, from outside the bot."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, sessionmaker

from domain.risk.limits import RiskLimits
from storage.risk import save_limits
from storage.tables import AccountRow


def set_limits(sessions: sessionmaker[Session], limits: RiskLimits, now: datetime) -> None:
    """Set limits for the account; tried again when the bot makes the row at the same moment."""
    for tries_left in (1, 0):
        try:
            with sessions.begin() as session:
                save_limits(session, session.scalars(select(AccountRow.id)).one(), limits, now)
            return
        except IntegrityError:
            if not tries_left:
                raise
