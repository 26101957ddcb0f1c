"""The tables of the bot itself: what it is asked, what it tells, its settings and keys, and who may act."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from domain.terms import InstructionKind, Severity
from storage.column_types import one_of
from storage.tables import Base


class InstructionRow(Base):
    """Something a person asked for; consumed in the transaction that writes its effect."""

    __tablename__ = "instructions"
    __table_args__ = (
        one_of("kind", InstructionKind),
        Index("instructions_waiting", "account_id", postgresql_where=text("consumed_at IS NULL")),
    )

    id: Mapped[str] = mapped_column(primary_key=True)  # made with the rendered form: pressed twice, it is one row
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[InstructionKind]
    position_id: Mapped[int | None] = mapped_column(ForeignKey("positions.id"))
    plan_id: Mapped[int | None] = mapped_column(ForeignKey("plans.id"))
    terms: Mapped[dict[str, Any]]  # money as strings
    created_at: Mapped[datetime]
    lapses_at: Mapped[datetime | None]  # None = never
    consumed_at: Mapped[datetime | None]
    outcome: Mapped[str | None]  # plain words for the person


class JournalRow(Base):
    """One decision, order, fill or refusal, in plain words."""

    __tablename__ = "journal"
    __table_args__ = (
        one_of("severity", Severity),
        Index("journal_by_time", "account_id", "at"),
        Index("journal_to_announce", "id", postgresql_where=text("NOT announced")),
        # Lines of routine go after a while: found without reading all that stays.
        Index("journal_of_routine", "account_id", "at", postgresql_where=text("event IN ('opening', 'protected')")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int | None] = mapped_column(ForeignKey("accounts.id"))
    position_id: Mapped[int | None] = mapped_column(ForeignKey("positions.id"), index=True)
    at: Mapped[datetime]
    severity: Mapped[Severity]
    event: Mapped[str]  # a short machine word, e.g. entry_filled
    text: Mapped[str]
    details: Mapped[dict[str, Any]]
    announced: Mapped[bool] = mapped_column(default=False)  # given to the channels that asked for its kind


class SettingRow(Base):
    """One setting by name, e.g. install, exchange, opening_paused."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]


class ApiCredentialRow(Base):
    """One saved pair of API keys: Fernet tokens and the last four characters of the key, nothing else."""

    __tablename__ = "api_credentials"

    id: Mapped[int] = mapped_column(primary_key=True)
    family: Mapped[str] = mapped_column(unique=True)
    api_key_token: Mapped[str]
    api_secret_token: Mapped[str]
    last_four: Mapped[str]
    created_at: Mapped[datetime]


class LeaseRow(Base):
    """Who may send orders; one row."""

    __tablename__ = "lease"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    epoch: Mapped[int]
    instance: Mapped[str]
    cycle_at: Mapped[datetime]
