"""The quiet line in the header: venue, state, age of the prices, age of the last check."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.ages import STALE_CHECK_SECONDS, format_age, is_stale
from app_pages.ui.links import go_to, leaving_wish
from app_pages.ui.live import component
from app_pages.ui.session import services
from monitor_health import BotState, Venue

if TYPE_CHECKING:
    from services_views import Status

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
        "prices": f"prices {format_age(status.price_age_seconds)}",
        "pricesStale": is_stale(status.price_age_seconds),
        "checked": f"checked {format_age(status.check_age_seconds)} ago"
        if status.check_age_seconds is not None
        else "not checked yet",
        "checkedStale": is_stale(status.check_age_seconds, STALE_CHECK_SECONDS),
        "detail": _detail(status),
    }


def draw_status_line() -> None:
    """Draw the state line as it is now."""
    status = services().snapshot().status
    with st.container(key="status_line"):
        line = component("status-line")(
            key="status",
            data={**status_values(status), "leave": leaving_wish()},
            on_venue_change=lambda: None,
            width="content",
        )
    if line.venue:
        go_to("practice" if status.venue is Venue.PRACTICE else "settings")


def _detail(status: Status) -> str:
    weight = (
        f"Request weight {status.weight_used} of {status.weight_limit} this minute"
        if status.weight_used is not None
        else "Request weight not known yet"
    )
    clock = f"clock {status.clock_offset_ms:+d} ms" if status.clock_offset_ms is not None else "clock not measured yet"
    lease = "this server trades" if status.holds_lease else "another server trades"
    return f"{status.stream_word} · {weight} · {clock} · {lease}"
