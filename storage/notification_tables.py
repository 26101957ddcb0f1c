"""The tables of notifications: channels that a person entered, and what is to be sent to each."""

from datetime import datetime, time
from typing import Any

from sqlalchemy import ForeignKey, Index, Time, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from storage.tables import Base


class NotificationChannelRow(Base):
    """One address, encrypted and never shown again."""

    __tablename__ = "notification_channels"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    service: Mapped[str]  # what a person calls it: Telegram, E-mail, …
    address_token: Mapped[str]
    kinds: Mapped[dict[str, Any]]  # {"kinds": ["OPENED", …]}
    quiet_from: Mapped[time | None] = mapped_column(Time())
    quiet_until: Mapped[time | None] = mapped_column(Time())
    private_allowed: Mapped[bool]
    enabled: Mapped[bool]
    created_at: Mapped[datetime]


class NotificationRow(Base):
    """One journal line on its way to one channel; sent or given up, it is only history."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("channel_id", "journal_id"),
        Index(
            "notifications_to_send",
            "channel_id",
            "id",
            postgresql_where=text("sent_at IS NULL AND given_up_at IS NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("notification_channels.id", ondelete="CASCADE"))
    journal_id: Mapped[int] = mapped_column(ForeignKey("journal.id"))
    created_at: Mapped[datetime]
    attempts: Mapped[int]
    not_before: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    given_up_at: Mapped[datetime | None]
    last_problem: Mapped[str | None]
