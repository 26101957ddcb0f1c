"""What a person prefers on the whole dashboard: number format, time zone, colours, sound, what a form begins with."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from sqlalchemy.orm import Session, sessionmaker

from domain.number_text import DecimalSign
from domain.preview.presets import preset_name
from domain.preview.together import RISK_SHARE_PERCENT
from services.cache import ttl_cached
from services.errors import NotReadable, PreferenceRefused, reading
from storage.preferences import (
    BROWSER_ZONE,
    load_preferences,
    save_browser_zone,
    save_preference,
    save_time_zone,
)

_READ_AGAIN_AFTER = timedelta(seconds=2)


class Colours(StrEnum):
    """The colours of the pages."""

    SYSTEM = "system"  # as the viewer's machine has them
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Everything chosen; None = not chosen, so the browser's counts. risk_share_percent is of the wallet, > 0."""

    number_format: DecimalSign | None = None
    time_zone: str | None = None
    colours: Colours = Colours.SYSTEM
    default_preset: str | None = None
    sound: bool = False
    risk_share_percent: Decimal = RISK_SHARE_PERCENT
    favourites: tuple[str, ...] = ()  # pairs, in the order in which they were starred


class Preferences:
    """Reads and saves them; one choice for all who use this dashboard."""

    def __init__(
        self,
        sessions: sessionmaker[Session],
        now: Callable[[], datetime],
        timer: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sessions = sessions
        self._now = now
        self._timer = timer
        self._forget()

    def chosen(self) -> Chosen:
        """Return what was chosen, at most two seconds old; nothing chosen while the database does not answer."""
        try:
            return self._cached()
        except NotReadable:
            return Chosen()

    def choose(self, name: str, value: str | bool | None) -> None:
        """Save one choice, by the name of its field in Chosen; None lets the browser's count again.

        Raises:
            PreferenceRefused: there is no such time zone, or the share is no number from 1 to 100.
            NotReadable: the database does not answer.
        """
        kept = _checked(name, value)
        with reading(self._sessions) as session:
            if name == "time_zone":
                save_time_zone(session, None if kept is None else str(kept), self._now())
            else:
                save_preference(session, name, kept)
        self._forget()

    def note_browser_zone(self, zone: str | None) -> None:
        """Keep the zone of the first browser that looks: days begin in it until the person chooses one.

        Args:
            zone: what the browser says; None and names that are no zone are passed over.
        """
        if zone not in _zones():
            return
        try:
            with reading(self._sessions) as session:
                if BROWSER_ZONE not in load_preferences(session):
                    save_browser_zone(session, str(zone), self._now())
        except NotReadable:
            return  # the next page tells it again

    def _forget(self) -> None:
        self._cached = ttl_cached(_READ_AGAIN_AFTER, timer=self._timer)(self._load)

    def _load(self) -> Chosen:
        with reading(self._sessions) as session:
            return _chosen(load_preferences(session))


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _checked(name: str, value: str | bool | None) -> str | bool | None:
    if name == "time_zone" and value is not None and value not in _zones():
        raise PreferenceRefused(f"There is no time zone {value}. Choose one of the list, for example Europe/Berlin.")
    if name == "default_preset" and value is not None and preset_name(str(value)) != value:
        raise PreferenceRefused("There is no preset of that name. Choose one of the list.")
    if name == "risk_share_percent" and (_share(value) is None):
        raise PreferenceRefused("Type a number from 1 to 100.")
    return value


def _chosen(saved: dict[str, Any]) -> Chosen:
    """Return what was saved; what cannot be read, of another version, counts as not chosen."""
    sign, colours = saved.get("number_format"), saved.get("colours")
    return Chosen(
        number_format=DecimalSign(sign) if sign in tuple(DecimalSign) else None,
        time_zone=saved.get("time_zone"),
        colours=Colours(colours) if colours in tuple(Colours) else Colours.SYSTEM,
        default_preset=saved.get("default_preset"),
        sound=saved.get("sound") is True,
        risk_share_percent=_share(saved.get("risk_share_percent")) or RISK_SHARE_PERCENT,
        favourites=_favourites(saved.get("favourites")),
    )


def _favourites(saved: object) -> tuple[str, ...]:
    return tuple(one for one in saved.split(",") if one) if isinstance(saved, str) else ()


def _share(value: object) -> Decimal | None:
    try:
        share = Decimal(str(value))
    except InvalidOperation:
        return None
    return share if share.is_finite() and 1 <= share <= 100 else None
