"""What is set for one account alone, each under a name that carries the account's number."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from domain.position_key import PositionKey
from domain.terms import Side
from storage.settings import aware, read_setting, save_setting


def load_opening_paused(session: Session, account_id: int) -> bool:
    """Return whether the person paused opening on this account."""
    name = f"opening_paused_{account_id}"
    # Rather nothing new opens than something that was not to.
    return read_setting(session, name, lambda saved: bool(saved["on"]), absent=False, damaged=True)


def save_opening_paused(session: Session, account_id: int, paused: bool) -> None:
    """Save whether opening is paused on this account."""
    save_setting(session, f"opening_paused_{account_id}", {"on": paused})


def load_ignored(session: Session, account_id: int) -> dict[PositionKey, Decimal]:
    """Return the external quantities, base units by symbol and side, that the person wants left alone."""

    def read(saved: dict[str, str]) -> dict[PositionKey, Decimal]:
        keys = {name.rpartition(" "): Decimal(quantity) for name, quantity in saved.items()}
        return {PositionKey(symbol, Side(side)): quantity for (symbol, _, side), quantity in keys.items()}

    return read_setting(session, f"ignored_{account_id}", read, absent={})


def save_ignored(session: Session, account_id: int, quantities: Mapping[PositionKey, Decimal]) -> None:
    """Save all external quantities to be left alone, in place of those that were there."""
    written = {f"{symbol} {side.value}": str(quantity) for (symbol, side), quantity in quantities.items()}
    save_setting(session, f"ignored_{account_id}", written)


def load_pause(session: Session, host: str) -> tuple[datetime, bool] | None:
    """Return until when an exchange wanted no requests, by this machine's clock, and whether that is a ban."""

    def read(saved: dict[str, Any]) -> tuple[datetime, bool] | None:
        return aware(saved["until"]), bool(saved["banned"])

    return read_setting(session, f"pause_{host}", read, absent=None, damaged=None)


def save_pause(session: Session, host: str, until: datetime, *, banned: bool) -> None:
    """Save until when an exchange wants no requests."""
    save_setting(session, f"pause_{host}", {"until": until.isoformat(), "banned": banned})


def load_income_read_until(session: Session, account_id: int) -> datetime | None:
    """Return the moment up to which the account's income history was read, None before the first time."""

    def read(saved: dict[str, str]) -> datetime | None:
        return aware(saved["until"])

    return read_setting(session, f"income_read_{account_id}", read, absent=None)


def save_income_read_until(session: Session, account_id: int, until: datetime) -> None:
    """Save the moment up to which the account's income history was read."""
    save_setting(session, f"income_read_{account_id}", {"until": until.isoformat()})
