"""Activity: everything the bot decided, sent, was told and refused, newest first, in plain words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import streamlit as st

from app_pages.ui.address import TRADE, address_value, set_address_value
from app_pages.ui.banner import notice_html
from app_pages.ui.figures import page_title
from app_pages.ui.live import component, live_part
from app_pages.ui.position_values import pair, with_pairs
from app_pages.ui.session import services, viewer_zone
from domain.terms import Severity
from domain.wording import counted, format_quantity, phase_words
from services.errors import NotReadable

if TYPE_CHECKING:
    from services.history.views import JournalEntry, PositionName

ROWS_AT_ONCE = 100
FOLLOW_EVERY_SECONDS = 3
SHOWN_LEVELS = {"Everything": None, "Needs attention": Severity.WARNING, "Danger": Severity.DANGER}
_CHOICE = "activity_position"
_ALL_TRADES = ""
_OLDER = "activity_older"  # for each page turned back to, the entry it stands before
_SEEN = "activity_seen"  # the selection these pages belong to
_FOLLOW = "activity_follow"
_STANDS_AT = "activity_stands_at"  # the newest entry on show while the page does not follow
_ID = re.compile(r"[0-9]{1,9}")
_TONES = {Severity.INFO: "quiet", Severity.GOOD: "up", Severity.WARNING: "warning", Severity.DANGER: "down"}
_ICONS = {
    Severity.INFO: ("circle", "Note"),
    Severity.GOOD: ("check_circle", "Good news"),
    Severity.WARNING: ("warning", "Warning"),
    Severity.DANGER: ("error", "Danger"),
}
_DETAIL_NAMES = {
    "client_order_id": "order",
    "net_usdt": "result, USDT",
    "seconds_without": "seconds without a stop",
}
_AMOUNTS = ("price", "quantity", "usdt")
_STYLESHEET = Path(__file__).resolve().parents[1] / "static" / "activity.css"


@dataclass(frozen=True, slots=True)
class _Selection:
    """What the viewer wants to see: of one trade or all, of this gravity or more, and whether it follows."""

    position_id: int | None
    severity: Severity | None
    follow: bool


def page() -> None:
    """Draw the page."""
    page_title("Activity")
    st.html(_STYLESHEET)
    try:
        selection = _draw_filters()
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))
        return
    _draw_journal(selection)


def _draw_filters() -> _Selection:
    with st.container(key="activity_filters", horizontal=True, vertical_alignment="center"):
        chosen = st.segmented_control(
            "Show",
            list(SHOWN_LEVELS),
            default="Everything",
            required=True,
            key="activity_level",
            bind="query-params",
            label_visibility="collapsed",
        )
        position_id = _draw_trades()
        st.space("stretch")
        follow = st.toggle(
            "Follow",
            value=True,
            key=_FOLLOW,
        )
    if follow:
        st.session_state.pop(_STANDS_AT, None)
    return _Selection(position_id, SHOWN_LEVELS[chosen], bool(follow))


def _draw_trades() -> int | None:
    """Draw the choice of a trade; the address or another page may have chosen one already."""
    names = {name.id: name for name in services().activity.position_names()}
    chosen = _trade_wanted()
    if chosen is not None and chosen not in names:
        asked_for = services().activity.position_name(chosen)
        if asked_for is not None:
            names = {chosen: asked_for, **names}
    if chosen not in names:
        chosen = None
    set_address_value(TRADE, None if chosen is None else str(chosen))
    st.session_state[_CHOICE] = _ALL_TRADES if chosen is None else chosen
    zone = viewer_zone()
    st.selectbox(
        "Trade",
        (_ALL_TRADES, *names),
        format_func=lambda choice: "All trades" if choice == _ALL_TRADES else trade_words(names[choice], zone),
        key=_CHOICE,
        on_change=_choose_trade,
        label_visibility="collapsed",
        width=330,
    )
    if chosen is None:
        return None
    st.button(
        "Show all trades", type="tertiary", icon=":material/close:", key="activity_all", on_click=_show_all_trades
    )
    return chosen


def _trade_wanted() -> int | None:
    wanted = address_value(TRADE)
    return int(wanted) if wanted is not None and _ID.fullmatch(wanted) else None


def _choose_trade() -> None:
    chosen = st.session_state[_CHOICE]
    set_address_value(TRADE, None if chosen == _ALL_TRADES else str(chosen))


def _show_all_trades() -> None:
    set_address_value(TRADE, None)


def trade_words(name: PositionName, zone: ZoneInfo) -> str:
    """Return a trade as it is chosen by: "BTC/USDT LONG, trade 3 of its plan, closed 22 Nov 10:48"."""
    at = name.at.astimezone(zone)
    how = phase_words(name.phase).lower()
    return (
        f"{pair(name.symbol)} {name.side.value}, trade {name.sequence} of its plan, {how} {at.day} {at:%b} {at:%H:%M}"
    )


def _draw_journal(selection: _Selection) -> None:
    """Draw one page of entries; only the newest page moves by itself."""
    older: list[int] = st.session_state.setdefault(_OLDER, [])
    if st.session_state.get(_SEEN) != selection:
        st.session_state[_SEEN] = selection
        older.clear()
    live_part(None if older else FOLLOW_EVERY_SECONDS)(_draw_page)(selection, older)


def _draw_page(selection: _Selection, older: list[int]) -> None:
    zone = viewer_zone()
    try:
        found = _find(selection, older[-1] if older else None)
        if found and not (older or selection.follow):
            found = _standing(found, selection)
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))
        return
    if not found:
        with st.container(key="empty"):
            st.html(f'<div class="empty">{_nothing_words(selection.severity)}</div>')
        return
    entries = found[:ROWS_AT_ONCE]
    today = services().dashboard.snapshot().taken_at.astimezone(zone).date()
    with st.container(border=True):
        component("journal")(key="journal", data={"days": journal_days(entries, zone, today)})
    _draw_ways_on(older, entries[-1].id if len(found) > ROWS_AT_ONCE else None)


def _find(selection: _Selection, before_id: int | None) -> Sequence[JournalEntry]:
    """Return a page of entries and one more if there are older ones."""
    return services().activity.entries(selection.position_id, selection.severity, before_id, ROWS_AT_ONCE + 1)


def _draw_ways_on(older: list[int], oldest: int | None) -> None:
    """Draw the ways to older entries, where there are any, and back."""
    if not older and oldest is None:
        return
    with st.container(key="activity_ways", horizontal=True, horizontal_alignment="right"):
        # The page itself is drawn anew: whether it moves by itself depends on where one is.
        if older and st.button("Newest", icon=":material/first_page:", type="tertiary", key="activity_newest"):
            older.clear()
            st.rerun()
        if older and st.button("Newer", icon=":material/chevron_left:", key="activity_back"):
            older.pop()
            st.rerun()
        if oldest is not None and st.button("Older", icon=":material/chevron_right:", key="activity_more"):
            older.append(oldest)
            st.rerun()


def _standing(newest: Sequence[JournalEntry], selection: _Selection) -> Sequence[JournalEntry]:
    """Return the entries up to where the page stands, and draw how many have come in since."""
    stands_at = int(st.session_state.setdefault(_STANDS_AT, newest[0].id))
    since = sum(1 for entry in newest if entry.id > stands_at)
    if not since:
        return newest
    st.button(
        f"More than {ROWS_AT_ONCE} new entries" if since > ROWS_AT_ONCE else counted(since, "new entry", "new entries"),
        key="activity_newer",
        icon=":material/arrow_upward:",
        on_click=_stand_at,
        args=(newest[0].id,),
    )
    return _find(selection, stands_at + 1)


def _stand_at(entry_id: int) -> None:
    st.session_state[_STANDS_AT] = entry_id


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
        "text": with_pairs(entry.text),
        "position": _position_words(entry),
        "details": [
            [_DETAIL_NAMES.get(str(name), str(name).replace("_", " ")), _detail_words(str(name), str(value))]
            for name, value in entry.details.items()
            if value is not None and name != "code"  # the text says the same in words
        ],
    }


def _position_words(entry: JournalEntry) -> str:
    """Return the position an entry is about, unless its text names it already."""
    symbol, _, side = (entry.position_name or "").partition(" ")
    return "" if symbol in entry.text else f"{pair(symbol)} {side}"


def _detail_words(name: str, value: str) -> str:
    """Return a detail as it reads: an amount, price or quantity with its thousands apart, the rest as it is."""
    if not name.endswith(_AMOUNTS):
        return value
    try:
        amount = Decimal(value)
    except InvalidOperation:
        return value
    return format_quantity(amount) if amount.is_finite() else value


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
