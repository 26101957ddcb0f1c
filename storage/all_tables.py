"""Every table of the database: whoever needs all of them at once takes Base from here."""

from storage import exit_tables, notification_tables, risk_tables, roll_up_tables
from storage.tables import Base

__all__ = ["Base", "exit_tables", "notification_tables", "risk_tables", "roll_up_tables"]
