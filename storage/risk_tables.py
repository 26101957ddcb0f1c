"""The tables of limits: what a person set for an account, and which limits were reached."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import Base


class RiskLimitsRow(Base):
    """The limits of one account, and the peak from which its drawdown counts."""

    __tablename__ = "risk_limits"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    limits: Mapped[dict[str, Any]]  # as domain/risk/limits_json.py writes them
    baseline_at: Mapped[datetime]  # since when the peak counts: the account's first reading, or a reset by hand
    peak_usdt: Mapped[Decimal]  # highest wallet + open result since then
    changed_at: Mapped[datetime]


class ReachedLimitRow(Base):
    """A limit that was reached; it holds until its period ends or it is lifted."""

    __tablename__ = "reached_limits"
    __table_args__ = (Index("reached_limits_by_time", "account_id", "reached_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str]
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"))  # losses in a row of one plan
    reached_at: Mapped[datetime]
    used: Mapped[Decimal]
    limit_amount: Mapped[Decimal]
    lifted_at: Mapped[datetime | None]  # by hand, or by itself once its period had ended
    lifted_by_hand: Mapped[bool] = mapped_column(default=False)
