"""When something is sent: pauses between tries, quiet hours, the hour of a summary. Pure."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

FIRST_PAUSE: Final = timedelta(seconds=15)
LONGEST_PAUSE: Final = timedelta(hours=1)
GIVE_UP_AFTER: Final = timedelta(days=1)


def pause_after(attempts: int) -> timedelta:
    """Return how long to wait after so many failed attempts (≥ 1): 15 s, 30 s, 1 min, … at most an hour."""
    doublings = min(attempts - 1, 16)
    return min(FIRST_PAUSE * (1 << doublings), LONGEST_PAUSE)


@dataclass(frozen=True, slots=True)
class QuietHours:
    """From and until in the person's zone; across midnight where from is the later one. Equal ends mean never."""

    begins: time
    ends: time

    def until(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """Return when the quiet hours that now lies in are over, None when now is not quiet.

        Args:
            now: aware.
            zone: the person's.
        """
        local = now.astimezone(zone)
        clock = local.time().replace(tzinfo=None)
        if self.begins <= self.ends:
            quiet, day = self.begins <= clock < self.ends, local.date()
        else:
            quiet = clock >= self.begins or clock < self.ends
            day = local.date() + timedelta(days=1) if clock >= self.begins else local.date()
        return datetime.combine(day, self.ends, zone).astimezone(now.tzinfo) if quiet else None


def summary_due(now: datetime, zone: ZoneInfo, hour: int, last_day: str | None) -> str | None:
    """Return the local day (ISO) whose summary is due now, None when it is not yet due or was made.

    A summary that was missed is made as soon as the bot is back on the same day, never for an earlier one.

    Args:
        now: aware.
        zone: the person's.
        hour: 0 to 23, in that zone.
        last_day: the day the last summary was made on.
    """
    local = now.astimezone(zone)
    today = local.date().isoformat()
    return today if local.hour >= hour and (last_day is None or last_day < today) else None
