"""Chapters of an account: a test environment is wiped and seeded anew now and then, under the same name."""

from datetime import datetime

from sqlalchemy import ColumnElement, ForeignKey, Index, Select, func, literal, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from storage.income_tables import IncomeRow
from storage.tables import Base


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


def load_newest_income(session: Session, account_id: int, since: datetime) -> IncomeRow | None:
    """Return the newest row of income in the present chapter, after a moment that the exchange still remembers."""
    began_at = load_epoch_began_at(session, account_id)
    return session.scalars(
        select(IncomeRow)
        .where(IncomeRow.account_id == account_id, IncomeRow.occurred_at >= max(since, began_at or since))
        .order_by(IncomeRow.occurred_at.desc(), IncomeRow.id.desc())
        .limit(1)
    ).first()
