"""The time zone that days and times of day are meant in."""

from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

UTC_ZONE = ZoneInfo("UTC")


def zone_of(timezone: str | None) -> ZoneInfo:
    """Return the zone of an IANA name, UTC for none or one that is not known."""
    try:
        return ZoneInfo(timezone) if timezone else UTC_ZONE
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return UTC_ZONE
