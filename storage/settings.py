"""Settings by name: small values that have no table of their own."""

import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from domain.venues import Venue
from storage.bot_tables import SettingRow

log = logging.getLogger(__name__)
T = TypeVar("T")

VENUE_SETTING: Final = "exchange"

# What reading a row can end in that does not hold what the bot writes there.
DAMAGE: Final = (LookupError, TypeError, ValueError, AttributeError, ArithmeticError)
_damaged: set[str] = set()  # told already


def load_setting(session: Session, name: str) -> dict[str, Any] | None:
    """Return the setting of that name, or None when it was never saved."""
    return session.scalar(select(SettingRow.value).where(SettingRow.name == name))


def read_setting(
    session: Session, name: str, read: Callable[[dict[str, Any]], T], *, absent: T, damaged: T | None = None
) -> T:
    """Return what a setting says; a row that cannot be read is told once in the log and stops nothing.

    Args:
        session: a database session.
        name: of the setting.
        read: makes the value out of what is saved.
        absent: what counts while it was never saved.
        damaged: what counts while it cannot be read; None = what counts while it was never saved.
    """
    saved = load_setting(session, name)
    if saved is None:
        return absent
    try:
        value = read(mapping(saved))
    except DAMAGE as error:
        if name not in _damaged:
            log.error("setting cannot be read name=%s reason=%s", name, type(error).__name__)
        _damaged.add(name)
        return absent if damaged is None else damaged
    _damaged.discard(name)
    return value


def load_chosen_venue(session: Session) -> str | None:
    """Return practice, testnet or demo as chosen in Settings, None before that, "" when the choice cannot be read."""

    def read(saved: dict[str, Any]) -> str:
        return Venue(saved["venue"]).value

    return read_setting(session, VENUE_SETTING, read, absent=None, damaged="")


def save_chosen_venue(session: Session, venue: Venue) -> None:
    """Save the choice made in Settings."""
    save_setting(session, VENUE_SETTING, {"venue": venue.value})


def mapping(saved: Any) -> dict[str, Any]:  # noqa: ANN401  a row may hold any JSON
    """Return what was saved if it is names with values; TypeError for anything else."""
    if not isinstance(saved, dict):
        raise TypeError(type(saved).__name__)
    return dict(saved)


def aware(text: str) -> datetime:
    """Return a moment that was saved; ValueError for one without a zone."""
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError(text)
    return moment


def save_setting(session: Session, name: str, value: Mapping[str, Any]) -> None:
    """Save a setting under its name, in place of what was there."""
    row = insert(SettingRow).values(name=name, value=dict(value), changed_at=func.now())
    session.execute(
        row.on_conflict_do_update(
            index_elements=[SettingRow.name], set_={"value": row.excluded.value, "changed_at": row.excluded.changed_at}
        )
    )
