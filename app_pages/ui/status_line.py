"""The quiet line in the header: venue, state, age of the prices, age of the last check."""

from __future__ import annotations

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
from domain.wording import MINUS, format_percent, format_usdt

if TYPE_CHECKING:
    from services.dashboard.views import Snapshot, Status

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
        "facts": fact_values(status_facts(status)),
        "stop": STOP_EVERYTHING,
        "way": "Practice controls" if status.venue is Venue.PRACTICE else "Settings",
    }


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
    weight = "not known yet"
    if status.weight_used is not None and status.weight_limit:
        weight = f"{format_percent(Decimal(status.weight_used) * 100 / status.weight_limit)} of the limit"
    clock = "not measured yet"
    if status.clock_offset_ms is not None:
        clock = f"{status.clock_offset_ms:+d} ms off the exchange's".replace("-", MINUS)
    return [
        Fact("Prices", f"{status.stream_word}, {format_age(status.price_age_seconds)} old"),
        Fact("Last check", _checked(status)),
        Fact("Requests", weight),
        Fact("Clock", clock),
        Fact("Orders", "sent by this server" if status.holds_lease else "sent by another server; this one stands by"),
    ]


def _checked(status: Status) -> str:
    return "none yet" if status.check_age_seconds is None else f"{format_age(status.check_age_seconds)} ago"
