"""The one line above History: which days, pair, side and reason, and the files of what is chosen."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from zoneinfo import ZoneInfo

import streamlit as st

from app_pages.ui.position_values import pair
from app_pages.ui.session import services, viewer_zone
from domain.terms import CloseReason, Side
from domain.wording import reason_words
from services.history.file_address import CSV, READABLE_CSV, WORKBOOK, file_address
from services.history.views import HistoryFilter

DATES = "Dates"
# Not None: Streamlit takes a choice of None for "nothing chosen yet" and draws a cross to clear it.
_ANY = ""
_FILES = (("Excel", WORKBOOK), ("CSV, for reading", READABLE_CSV), ("CSV, for any program", CSV))
RANGES = {"7 days": 7, "30 days": 30, "90 days": 90, "All": None, DATES: None}


@dataclass(frozen=True, slots=True)
class Selection:
    """What the viewer wants to see, and the zone they live in."""

    wanted: HistoryFilter
    zone: ZoneInfo


def draw_filters(symbols: tuple[str, ...]) -> Selection:
    """Draw the line and return what it says.

    Args:
        symbols: pairs to choose from.
    """
    zone = viewer_zone()
    with st.container(key="history_filters", horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            "Range",
            list(RANGES),
            default="90 days",
            required=True,
            key="history_range",
            bind="query-params",
            label_visibility="collapsed",
        )
        since, until = _draw_dates(zone) if chosen == DATES else (_since(chosen, zone), None)
        symbol = _choose("Pair", symbols, lambda one: pair(one) if one else "All pairs", "symbol", 150)
        side = _choose("Direction", Side, lambda one: one.capitalize() if one else "Both directions", "side", 160)
        reason = _choose(
            "Why it closed",
            CloseReason,
            lambda one: reason_words(CloseReason(one)) if one else "Any reason",
            "reason",
            150,
        )
        wanted = HistoryFilter(
            symbol or None, Side(side) if side else None, CloseReason(reason) if reason else None, since, until
        )
        selection = Selection(wanted, zone)
        st.space("stretch")
        _draw_export(selection)
    return selection


def _choose(label: str, options: Iterable[str], words: Callable[[str], str], name: str, width: int) -> str | None:
    """Draw one choice among options or any of them, kept in the address; return it."""
    return st.selectbox(
        label,
        (_ANY, *options),
        format_func=words,
        key=f"history_{name}",
        bind="query-params",
        label_visibility="collapsed",
        width=width,
    )


def days_between(first: date, last: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """Return the local midnights before the first and after the last day."""
    return _midnight(first, zone), _midnight(last + timedelta(days=1), zone)


def _draw_dates(zone: ZoneInfo) -> tuple[datetime | None, datetime | None]:
    today = _today(zone)
    chosen = st.date_input(
        "From and to",
        value=(today - timedelta(days=6), today),
        max_value=today,
        format="DD/MM/YYYY",
        key="history_dates",
        bind="query-params",
        label_visibility="collapsed",
        width=230,
    )
    # While only the first day is picked, it is the last day too.
    days = [day for day in (chosen if isinstance(chosen, tuple) else (chosen,)) if isinstance(day, date)]
    return days_between(days[0], days[-1], zone) if days else (None, None)


def _draw_export(selection: Selection) -> None:
    with st.popover("Export", icon=":material/download:", type="tertiary"):
        st.caption(
            "Every trade of this selection: for reading, in words and your time; for any program, to the last digit."
        )
        # Links and not Streamlit's own: its files are whole in memory, and gone with the page they were pressed on.
        for label, path in _FILES:
            address = escape(file_address(path, selection.wanted, selection.zone.key))
            st.html(f'<a class="file-link" href="{address}" target="_self" download>{label}</a>')


def _since(choice: str, zone: ZoneInfo) -> datetime | None:
    """Return the local midnight with which the chosen number of days, today included, begins."""
    days = RANGES[choice]
    return None if days is None else _midnight(_today(zone) - timedelta(days=days - 1), zone)


def _today(zone: ZoneInfo) -> date:
    return services().dashboard.snapshot().taken_at.astimezone(zone).date()


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone)
