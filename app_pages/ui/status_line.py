"""The quiet line in the header: venue, state, age of the prices, age of the last check."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.ages import STALE_CHECK_SECONDS, format_age, is_stale
from app_pages.ui.figures import Fact, fact_values
from app_pages.ui.links import go_to, requested_page
from app_pages.ui.live import component
from app_pages.ui.news import closed_count, newest_news
from app_pages.ui.session import services
from app_pages.ui.stopping import STOP_EVERYTHING, ask_to_stop
from domain.bot_status import BotState
from domain.venues import Venue
from domain.wording import format_duration, format_percent, format_usdt

if TYPE_CHECKING:
    from services.dashboard.views import Snapshot, Status

_LIVE = "Live"
_UNNOTICED_MS = 1000
_TONES = {
    BotState.TRADING: "up",
    BotState.PAUSED: "warning",
    BotState.STANDBY: "quiet",
    BotState.STARTING: "quiet",
    BotState.DEGRADED: "warning",
    BotState.LOCKED: "down",
    BotState.NO_KEYS: "warning",
}


def status_values(status: Status) -> dict[str, object]:
    """Return what the header's component draws, all of it ready to read."""
    return {
        "venue": status.venue_label,
        "practice": status.venue is Venue.PRACTICE,
        "tone": _TONES[status.state],
        "word": status.word,
        "fresh": freshness(status),
        "ages": f"Prices {format_age(status.price_age_seconds)} old, last check {_checked(status)}",
        "stale": freshness(status) != _LIVE,
        "facts": fact_values(status_facts(status)),
        "stop": STOP_EVERYTHING,
        "way": "Practice controls" if status.venue is Venue.PRACTICE else "Settings",
    }


def freshness(status: Status) -> str:
    """Return "Live", or outright what is old; a price that nobody asks for is not."""
    if status.check_age_seconds is None:
        return "Not checked yet"
    if is_stale(status.check_age_seconds, STALE_CHECK_SECONDS):
        return f"Checked {format_age(status.check_age_seconds)} ago"
    if status.price_age_seconds is not None and is_stale(status.price_age_seconds):
        return f"Prices {format_age(status.price_age_seconds)} old"
    return _LIVE


def draw_status_line() -> None:
    """Draw the state line as it is now."""
    snapshot = services().dashboard.snapshot()
    status, chosen = snapshot.status, services().preferences.chosen()
    with st.container(key="status_line"):
        line = component("status-line")(
            key="status",
            # A browser draws only what differs: without the time a bot that says the same each second looks silent.
            data={
                **status_values(status),
                "leave": requested_page(),
                "at": snapshot.taken_at.isoformat(),
                "title": tab_title(snapshot),
                "colours": chosen.colours,
                "sounds": closed_count() if chosen.sound else 0,
                "news": newest_news(),
            },
            on_venue_change=lambda: None,
            on_stop_change=lambda: None,
            width="content",
        )
    if line.stop:
        ask_to_stop()
        st.rerun()
    if line.venue:
        go_to("practice" if status.venue is Venue.PRACTICE else "settings")


def tab_title(snapshot: Snapshot) -> str:
    """Return what the browser's tab says before the page's name: open result and count, a dot where one must look."""
    result, number = snapshot.summary.open_result, len(snapshot.positions)
    parts = [] if result is None or not number else [format_usdt(result, signed=True)]
    if number:
        parts.append(f"{number} open")
    mark = "● " if snapshot.status.alerts else ""
    return mark + " · ".join(parts)


def status_facts(status: Status) -> list[Fact]:
    """Return what stands behind the quiet line, for those who ask: streams, last check, request weight, clock."""
    return [
        Fact("Prices", f"{status.stream_word}, {format_age(status.price_age_seconds)} old"),
        Fact("Last check", _checked(status)),
        Fact("Requests", usage_words(status.weight_used, status.weight_limit)),
        Fact("Clock", clock_words(status.clock_offset_ms)),
        Fact("Orders", "sent by this server" if status.holds_lease else "sent by another server; this one stands by"),
    ]


def usage_words(used: int | None, limit: int | None) -> str:
    """Return how much of what the exchange allows in a minute is used up."""
    if used is None or not limit:
        return "not known yet"
    return f"{format_percent(Decimal(used) * 100 / limit)} of the request limit"


def clock_words(offset_ms: int | None) -> str:
    """Return how this machine's clock stands to the exchange's."""
    if offset_ms is None:
        return "not compared yet"
    if abs(offset_ms) < _UNNOTICED_MS:
        return "as the exchange's"
    apart = format_duration(timedelta(milliseconds=abs(offset_ms)))
    return f"{apart} {'behind' if offset_ms > 0 else 'ahead of'} the exchange"


def _checked(status: Status) -> str:
    return "none yet" if status.check_age_seconds is None else f"{format_age(status.check_age_seconds)} ago"
