"""Activity: everything the bot decided, sent, was told and refused, newest first, in plain words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import streamlit as st

from app_pages.ui.banner import notice_html
from app_pages.ui.figures import section_title
from app_pages.ui.live import component
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from domain.terms import Severity
from domain.wording import phase_words
from services import zone_of
from services_errors import NotReadable

if TYPE_CHECKING:
    from services_views import JournalEntry, RunName

ROWS_AT_ONCE = 100
SHOWN_LEVELS = {"Everything": None, "Needs attention": Severity.WARNING, "Danger": Severity.DANGER}
_POSITION = "activity_position"  # set by other pages: only what happened to this position
_ALL_TRADES = ""
_LIMIT = "activity_limit"
_FOLLOW = "activity_follow"
_STANDS_AT = "activity_stands_at"  # the newest entry on show while the page does not follow
_TONES = {Severity.INFO: "quiet", Severity.GOOD: "up", Severity.WARNING: "warning", Severity.DANGER: "down"}
_ICONS = {
    Severity.INFO: ("circle", "Note"),
    Severity.GOOD: ("check_circle", "Good news"),
    Severity.WARNING: ("warning", "Warning"),
    Severity.DANGER: ("error", "Danger"),
}
_STYLESHEET = Path(__file__).resolve().parents[1] / "static" / "activity.css"


@dataclass(frozen=True, slots=True)
class _Wish:
    """What the viewer wants to see: of one trade or all, of this gravity or more, and whether it follows."""

    position_id: int | None
    severity: Severity | None
    follow: bool


def page() -> None:
    """Draw the page."""
    section_title("Activity")
    st.html(_STYLESHEET)
    try:
        wish = _draw_filters()
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))
        return
    _draw_journal(wish)


def _draw_filters() -> _Wish:
    with st.container(key="activity_filters", horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            "Show",
            list(SHOWN_LEVELS),
            default="Everything",
            required=True,
            key="activity_level",
            label_visibility="collapsed",
        )
        position_id = _draw_trades()
        st.space("stretch")
        follow = st.toggle(
            "Follow",
            value=True,
            key=_FOLLOW,
            help="New entries come in by themselves. Off: the page stands still and counts them.",
        )
    if follow:
        st.session_state.pop(_STANDS_AT, None)
    return _Wish(position_id, SHOWN_LEVELS[chosen], bool(follow))


def _draw_trades() -> int | None:
    """Draw the choice of a trade; another page may have chosen one already."""
    names = {name.id: name for name in services().run_names()}
    chosen = st.session_state.get(_POSITION)
    if isinstance(chosen, int) and chosen not in names:
        asked_for = services().run_name(chosen)
        if asked_for is not None:
            names = {chosen: asked_for, **names}
    if chosen not in names:
        st.session_state[_POSITION] = chosen = _ALL_TRADES
    zone = zone_of(st.context.timezone)
    st.selectbox(
        "Trade",
        (_ALL_TRADES, *names),
        format_func=lambda choice: "All trades" if choice == _ALL_TRADES else run_words(names[choice], zone),
        key=_POSITION,
        label_visibility="collapsed",
        width=330,
    )
    if chosen == _ALL_TRADES:
        return None
    st.button(
        "Show all trades", type="tertiary", icon=":material/close:", key="activity_all", on_click=_show_all_trades
    )
    return chosen if isinstance(chosen, int) else None


def _show_all_trades() -> None:
    st.session_state[_POSITION] = _ALL_TRADES


def run_words(name: RunName, zone: ZoneInfo) -> str:
    """Return a run as it is chosen by: "BTC/USDT LONG, run 3, closed 22 Nov 10:48"."""
    at = name.at.astimezone(zone)
    how = phase_words(name.phase).lower()
    return f"{pair(name.symbol)} {name.side.value}, run {name.sequence}, {how} {at.day} {at:%b} {at:%H:%M}"


@st.fragment(run_every=3)
def _draw_journal(wish: _Wish) -> None:
    """Draw the entries, new ones coming in on top, or counted while the page stands still."""
    zone = zone_of(st.context.timezone)
    limit = int(st.session_state.get(_LIMIT, ROWS_AT_ONCE))
    try:
        newest = services().activity(wish.position_id, wish.severity, limit=limit)
        entries = newest if wish.follow else _standing(newest, wish, limit)
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))
        return
    if not entries:
        with st.container(key="empty"):
            st.html(f'<div class="empty">{_nothing_words(wish.severity)}</div>')
        return
    today = services().snapshot().taken_at.astimezone(zone).date()
    with st.container(border=True):
        component("journal")(key="journal", data={"days": journal_days(entries, zone, today)})
    if len(entries) == limit:
        st.button("Show older", key="activity_more", type="tertiary", on_click=_show_older, args=(limit,))


def _standing(newest: Sequence[JournalEntry], wish: _Wish, limit: int) -> Sequence[JournalEntry]:
    """Return the entries up to where the page stands, and draw how many have come in since."""
    stands_at = int(st.session_state.setdefault(_STANDS_AT, newest[0].id if newest else 0))
    since = sum(1 for entry in newest if entry.id > stands_at)
    if not since:
        return newest
    more = "or more " if since == limit else ""
    noun = "entry" if since == 1 else "entries"
    st.button(
        f"{since} {more}new {noun}",
        key="activity_newer",
        icon=":material/arrow_upward:",
        on_click=_stand_at,
        args=(newest[0].id,),
    )
    return services().activity(wish.position_id, wish.severity, before_id=stands_at + 1, limit=limit)


def _stand_at(entry_id: int) -> None:
    st.session_state[_STANDS_AT] = entry_id


def _show_older(limit: int) -> None:
    st.session_state[_LIMIT] = limit + ROWS_AT_ONCE


def journal_days(entries: Sequence[JournalEntry], zone: ZoneInfo, today: date) -> list[dict[str, Any]]:
    """Return the entries by local day as the live component draws them; it sets text only, never markup."""
    days = groupby(entries, key=lambda entry: entry.at.astimezone(zone).date())
    return [
        {"title": _day_words(day, today), "entries": [_entry_values(entry, zone) for entry in of_day]}
        for day, of_day in days
    ]


def _entry_values(entry: JournalEntry, zone: ZoneInfo) -> dict[str, Any]:
    icon, word = _ICONS[entry.severity]
    at = entry.at.astimezone(zone)
    return {
        "id": entry.id,
        "time": f"{at:%H:%M:%S}",
        "at": at.isoformat(),
        "icon": icon,
        "word": word,
        "tone": _TONES[entry.severity],
        "text": entry.text,
        "place": _place_words(entry),
        "details": [
            [str(name).replace("_", " "), str(value)] for name, value in entry.details.items() if value is not None
        ],
    }


def _place_words(entry: JournalEntry) -> str:
    """Return the place an entry is about, unless its text names it already."""
    symbol, _, side = (entry.place or "").partition(" ")
    return "" if symbol in entry.text else f"{pair(symbol)} {side}"


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
