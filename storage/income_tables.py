"""The tables of money that the exchange reports: income, whose it is, and what the account was worth."""

from datetime import datetime
from decimal import Decimal
from typing import Final

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import Base

# Rows that belong to trades are told apart by trade id through the fills.
TRADE_ROWS: Final = frozenset({"REALIZED_PNL", "COMMISSION"})


class IncomeRow(Base):
    """One row of the account's income history."""

    __tablename__ = "income"
    __table_args__ = (
        UniqueConstraint("account_id", "income_type", "tran_id"),
        Index("income_by_time", "account_id", "occurred_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    income_type: Mapped[str]
    tran_id: Mapped[int]
    symbol: Mapped[str]
    amount: Mapped[Decimal]
    asset: Mapped[str]
    trade_id: Mapped[int | None]
    occurred_at: Mapped[datetime]


class IncomeShareRow(Base):
    """Whose an income row is: the shares of a row add up to its amount; position_id None = the external bucket."""

    __tablename__ = "income_shares"
    __table_args__ = (Index("income_shares_by_position", "position_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    income_id: Mapped[int] = mapped_column(ForeignKey("income.id"), index=True)
    position_id: Mapped[int | None] = mapped_column(ForeignKey("positions.id"))
    amount: Mapped[Decimal]


class EquityRow(Base):
    """The account's money at one moment, USDT."""

    __tablename__ = "equity"
    __table_args__ = (Index("equity_by_time", "account_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    at: Mapped[datetime]
    wallet_usdt: Mapped[Decimal]
    unrealised_usdt: Mapped[Decimal]
    available_usdt: Mapped[Decimal]
