"""The tables of the lock on the dashboard: its password, who is signed in, and who has to wait."""

from datetime import datetime

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import Base


class AccessRow(Base):
    """The lock on the dashboard; one row. No password at all = it opens at once, on this machine only."""

    __tablename__ = "access"
    __table_args__ = (CheckConstraint("id = 1", name="one_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, default=1)
    password_hash: Mapped[str | None]  # Argon2id, of the one set in Settings
    environment_hash: Mapped[str | None]  # of DASHBOARD_PASSWORD while the bot runs with one; it wins
    signing_key: Mapped[str]
    totp_token: Mapped[str | None]  # the second factor's secret, encrypted
    totp_step: Mapped[int | None]  # the half minute of the last code used; none opens twice
    idle_seconds: Mapped[int]
    changed_at: Mapped[datetime]


class AccessSessionRow(Base):
    """One browser that is signed in; its cookie is known by its hash only."""

    __tablename__ = "access_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    active_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    address: Mapped[str]
    browser: Mapped[str]


class AccessRecoveryCodeRow(Base):
    """One recovery code that has not been used, as its hash."""

    __tablename__ = "access_recovery_codes"

    code_hash: Mapped[str] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]


class AccessDelayRow(Base):
    """The wrong tries of one address in a row; the empty address stands for all of them together."""

    __tablename__ = "access_delays"

    address: Mapped[str] = mapped_column(primary_key=True)
    tries: Mapped[int]
    tried_at: Mapped[datetime]
    not_before: Mapped[datetime]
