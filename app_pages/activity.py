"""Activity: everything the bot decided, sent, was told and refused, newest first, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from html import escape
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from app_pages.ui.banner import notice_html
from app_pages.ui.figures import section_title
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from domain.terms import Severity
from services import zone_of
from services_errors import NotReadable

if TYPE_CHECKING:
    from services_views import JournalEntry

ROWS_AT_ONCE = 100
SHOWN_LEVELS = {"Everything": None, "Needs attention": Severity.WARNING}
_POSITION = "activity_position"  # set by other pages: only what happened to this position
_LIMIT = "activity_limit"
_TONES = {Severity.INFO: "quiet", Severity.GOOD: "up", Severity.WARNING: "warning", Severity.DANGER: "down"}
_ICONS = {
    Severity.INFO: ("circle", "Note"),
    Severity.GOOD: ("check_circle", "Good news"),
    Severity.WARNING: ("warning", "Warning"),
    Severity.DANGER: ("error", "Danger"),
}
_STYLESHEET = Path(__file__).resolve().parents[1] / "static" / "activity.css"


def page() -> None:
    """Draw the page."""
    section_title("Activity")
    st.html(_STYLESHEET)
    severity = _draw_filters()
    _draw_journal(severity)


def _draw_filters() -> Severity | None:
    with st.container(key="activity_filters", horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            "Show",
            list(SHOWN_LEVELS),
            default="Everything",
            required=True,
            key="activity_level",
            label_visibility="collapsed",
        )
        if st.session_state.get(_POSITION) is not None:
            st.html('<span class="quiet">One trade only</span>', width="content")
            st.button(
                "Show all trades",
                type="tertiary",
                icon=":material/close:",
                key="activity_all",
                on_click=lambda: st.session_state.pop(_POSITION),
            )
    return SHOWN_LEVELS[chosen]


@st.fragment(run_every=3)
def _draw_journal(severity: Severity | None) -> None:
    """Draw the entries, new ones coming in on top."""
    zone = zone_of(st.context.timezone)
    limit = int(st.session_state.get(_LIMIT, ROWS_AT_ONCE))
    try:
        entries = services().activity(st.session_state.get(_POSITION), severity, limit=limit)
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))
        return
    if not entries:
        with st.container(key="empty"):
            st.html(f'<div class="empty">{_nothing_words(severity)}</div>')
        return
    today = services().snapshot().taken_at.astimezone(zone).date()
    with st.container(border=True):
        st.html(journal_html(entries, zone, today))
    if len(entries) == limit:
        st.button("Show older", key="activity_more", type="tertiary", on_click=_show_older, args=(limit,))


def _show_older(limit: int) -> None:
    st.session_state[_LIMIT] = limit + ROWS_AT_ONCE


def journal_html(entries: Sequence[JournalEntry], zone: ZoneInfo, today: date) -> str:
    """Return the entries as HTML by local day, everything in them escaped."""
    days = groupby(entries, key=lambda entry: entry.at.astimezone(zone).date())
    parts = (
        f"<h3>{_day_words(day, today)}</h3>{''.join(_entry_html(entry, zone) for entry in of_day)}"
        for day, of_day in days
    )
    return f'<div class="journal">{"".join(parts)}</div>'


def _entry_html(entry: JournalEntry, zone: ZoneInfo) -> str:
    icon, word = _ICONS[entry.severity]
    at = entry.at.astimezone(zone)
    return (
        f'<div class="entry"><time datetime="{at.isoformat()}">{at:%H:%M:%S}</time>'
        f'<span class="icon {_TONES[entry.severity]}" role="img" aria-label="{word}">{icon}</span>'
        f'<div>{escape(entry.text)}<span class="where">{escape(_place_words(entry))}</span>'
        f"{_details_html(entry)}</div></div>"
    )


def _place_words(entry: JournalEntry) -> str:
    """Return the place an entry is about, unless its text names it already."""
    symbol, _, side = (entry.place or "").partition(" ")
    return "" if symbol in entry.text else f"{pair(symbol)} {side}"


def _details_html(entry: JournalEntry) -> str:
    if not entry.details:
        return ""
    lines = "".join(
        f"<dt>{escape(str(name).replace('_', ' '))}</dt><dd>{escape(str(value))}</dd>"
        for name, value in entry.details.items()
        if value is not None
    )
    return f"<details><summary>Details</summary><dl>{lines}</dl></details>"


def _day_words(day: date, today: date) -> str:
    if day == today:
        return "Today"
    if (today - day).days == 1:
        return "Yesterday"
    year = "" if day.year == today.year else f" {day.year}"
    return f"{day:%A}, {day.day} {day:%B}{year}"


def _nothing_words(severity: Severity | None) -> str:
    if severity in (Severity.WARNING, Severity.DANGER):
        return "<h3>Nothing needs attention</h3><p>Warnings and trouble would show here.</p>"
    return "<h3>Nothing has happened yet</h3><p>Every order, fill, decision and refusal shows here as it happens.</p>"
