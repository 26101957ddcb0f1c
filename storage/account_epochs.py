"""Chapters of an account: a test environment is wiped and seeded anew now and then, under the same name."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, UnaryExpression, func, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from domain.history import HISTORY_ASKED_FOR
from storage.income_tables import IncomeRow
from storage.tables import Base

_PROVEN_OVER: Final = timedelta(days=30)  # far within what the exchange keeps


class AccountEpochRow(Base):
    """The beginning of a chapter; the first one, before any reset was noticed, has no row."""

    __tablename__ = "account_epochs"
    __table_args__ = (Index("account_epochs_by_time", "account_id", "began_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    began_at: Mapped[datetime]  # when the reset was noticed: what was before has no part in new baselines


def load_epoch_began_at(session: Session, account_id: int | None) -> datetime | None:
    """Return when the present chapter of an account began, None in its first."""
    return session.scalar(_began_at(account_id))


def in_epoch_from(account_id: int, since: datetime) -> ColumnElement[datetime]:
    """Return the later of a moment and the beginning of the present chapter, for use within another query."""
    return func.greatest(literal(since, AccountEpochRow.began_at.type), _began_at(account_id).scalar_subquery())


def _began_at(account_id: int | None) -> Select[datetime | None]:
    return select(func.max(AccountEpochRow.began_at)).where(AccountEpochRow.account_id == account_id)


def load_proof_of_history(session: Session, account_id: int, now: datetime) -> IncomeRow | None:
    """Return the row of income to ask for: gone, it shows that the account was reset since it was booked.

    The oldest of the last weeks, since newer ones may be of an account that was reset unnoticed; else the newest that
    the exchange still remembers. None when the present chapter has none.
    """
    began_at = load_epoch_began_at(session, account_id)

    def first(since: datetime, order: UnaryExpression[datetime]) -> IncomeRow | None:
        booked = (IncomeRow.account_id == account_id, IncomeRow.occurred_at >= max(since, began_at or since))
        return session.scalars(select(IncomeRow).where(*booked).order_by(order, IncomeRow.id).limit(1)).first()

    oldest = first(now - _PROVEN_OVER, IncomeRow.occurred_at.asc())
    return oldest or first(now - HISTORY_ASKED_FOR, IncomeRow.occurred_at.desc())
