"""Every table of the database: whoever needs all of them at once takes Base from here."""

from storage import (
    access_tables,
    account_epochs,
    bot_tables,
    exit_tables,
    income_tables,
    notification_tables,
    risk_tables,
    roll_up_tables,
    symbol_rules,
    venue_probes,
)
from storage.tables import Base

__all__ = [
    "Base",
    "access_tables",
    "account_epochs",
    "bot_tables",
    "exit_tables",
    "income_tables",
    "notification_tables",
    "risk_tables",
    "roll_up_tables",
    "symbol_rules",
    "venue_probes",
]
