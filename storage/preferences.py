"""What a person prefers, for the whole dashboard and for what the bot sends: one setting, read by everybody."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from domain.risk.periods import Calendar, ZoneChange
from domain.zones import UTC_ZONE, zone_of
from storage.settings import aware, read_setting, save_setting

SETTING: Final = "preferences"
BROWSER_ZONE: Final = "browser_zone"
VISIT_SETTING: Final = "last_visit"
MOST_CHANGES: Final = 50


def load_preferences(session: Session) -> dict[str, Any]:
    """Return what was chosen on Settings by name, e.g. time_zone, number_format; empty on a new database."""
    return read_setting(session, SETTING, _chosen, absent={})


def save_preference(session: Session, name: str, value: str | int | bool | None) -> None:
    """Save one choice beside the others; None forgets it."""
    chosen = {**load_preferences(session), name: value}
    save_setting(session, SETTING, {key: kept for key, kept in chosen.items() if kept is not None})


def save_time_zone(session: Session, zone: str | None, now: datetime) -> None:
    """Save the zone chosen on Settings, an IANA name; None = that of the first browser counts again.

    Days and weeks of limits change over at its next midnight.
    """
    kept = load_preferences(session)
    kept.pop("time_zone", None)
    _save_zone(session, kept if zone is None else {**kept, "time_zone": zone}, now)


def save_browser_zone(session: Session, zone: str, now: datetime) -> None:
    """Save the zone of the first browser that looked, an IANA name: the person's until they choose one."""
    _save_zone(session, {**load_preferences(session), BROWSER_ZONE: zone}, now)


def _save_zone(session: Session, kept: dict[str, Any], now: datetime) -> None:
    change = {"zone": _zone_in(kept).key, "asked_at": now.isoformat()}
    changes = [*kept.get("zone_changes", []), change][-MOST_CHANGES:]
    save_setting(session, SETTING, {**kept, "zone_changes": changes})


def load_calendar(session: Session) -> Calendar:
    """Return the person's zone through time, for days and weeks that begin exactly once."""
    return Calendar(UTC_ZONE.key, read_setting(session, SETTING, _zone_changes, absent=()))


def load_time_zone(session: Session) -> ZoneInfo:
    """Return the zone in which days begin and quiet hours are meant.

    The one chosen on Settings, else that of the first browser that looked, else UTC.
    """
    return _zone_in(load_preferences(session))


def _zone_in(kept: dict[str, Any]) -> ZoneInfo:
    return zone_of(kept.get("time_zone") or kept.get(BROWSER_ZONE))


@dataclass(frozen=True, slots=True)
class LastVisit:
    """When somebody last looked at the dashboard.

    seen_at is by this machine's clock, exchange_at the same moment on the exchange's. away_since, on the exchange's, is
    since when they had been away if they have not read of it yet.
    """

    seen_at: datetime
    exchange_at: datetime
    away_since: datetime | None


def load_last_visit(session: Session) -> LastVisit | None:
    """Return the last visit, None before the first."""
    return read_setting(session, VISIT_SETTING, _last_visit, absent=None)


def save_last_visit(session: Session, visit: LastVisit) -> None:
    """Save it; a setting of its own, because it is written all the time and choices are not to be lost by it."""
    kept = {
        "seen_at": visit.seen_at.isoformat(),
        "exchange_at": visit.exchange_at.isoformat(),
        "away_since": visit.away_since and visit.away_since.isoformat(),
    }
    save_setting(session, VISIT_SETTING, kept)


def _chosen(saved: dict[str, Any]) -> dict[str, Any]:
    _zone_changes(saved)
    for zone in (saved.get("time_zone"), saved.get(BROWSER_ZONE)):
        if zone is not None:
            ZoneInfo(zone)
    return saved


def _zone_changes(saved: dict[str, Any]) -> tuple[ZoneChange, ...]:
    changes = saved.get("zone_changes", [])
    return tuple(ZoneChange(ZoneInfo(change["zone"]).key, aware(change["asked_at"])) for change in changes)


def _last_visit(saved: dict[str, Any]) -> LastVisit | None:
    away_since = saved["away_since"]
    return LastVisit(
        aware(saved["seen_at"]), aware(saved["exchange_at"]), None if away_since is None else aware(away_since)
    )
