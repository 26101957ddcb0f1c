"""What a person prefers, for the whole dashboard and for what the bot sends: one setting, read by everybody."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from domain.zones import zone_of
from storage.settings import load_setting, save_setting

SETTING = "preferences"


def load_preferences(session: Session) -> dict[str, Any]:
    """Return what was chosen on Settings by name, e.g. time_zone, number_format; empty on a new database."""
    return load_setting(session, SETTING) or {}


def save_preference(session: Session, name: str, value: str | int | bool | None) -> None:
    """Save one choice beside the others; None forgets it."""
    chosen = {**load_preferences(session), name: value}
    save_setting(session, SETTING, {key: kept for key, kept in chosen.items() if kept is not None})


def load_time_zone(session: Session) -> ZoneInfo:
    """Return the zone in which days begin and quiet hours are meant: the one chosen on Settings, else UTC."""
    return zone_of(load_preferences(session).get("time_zone"))
