"""History: what the closed trades made, in figures, over time, by day and one by one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from app_pages.history_charts import draw_days, draw_result_over_time
from app_pages.history_statement import open_statement
from app_pages.history_table import history_frame, history_style, table_columns
from app_pages.ui.banner import notice_html
from app_pages.ui.figures import Figure, draw_figures, section_title, tone_of
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from domain.terms import CloseReason
from domain.wording import format_duration, format_percent, format_usdt, reason_words
from services import zone_of
from services_errors import NotReadable
from services_views import HistoryFilter

if TYPE_CHECKING:
    from services_views import ClosedPosition, HistoryPage, HistoryTotals

RANGES = {"7 days": 7, "30 days": 30, "90 days": 90, "All": None}
ROWS_AT_ONCE = 200
ROWS_IN_SIGHT = 15
ROW_HEIGHT = 38
_NO_FIGURE = "–"
_TABLE = "history_table"
_CHOSEN = "history_chosen"
_SHOWN = "history_shown"


@dataclass(frozen=True, slots=True)
class _Wish:
    wanted: HistoryFilter
    zone: ZoneInfo


def page() -> None:
    """Draw the page."""
    section_title("History")
    try:
        _draw()
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))


def _draw() -> None:
    found = services().history(HistoryFilter(), 0, 0).symbols
    wish = _draw_filters(found)
    shown = int(st.session_state.get(_SHOWN, ROWS_AT_ONCE))
    history = services().history(wish.wanted, 0, shown, wish.zone.key)
    if not history.rows:
        _draw_nothing(bool(found))
        return
    with st.container(key="strip"):
        draw_figures("history_figures", _figures(history.totals))
    _draw_charts(history)
    _draw_table(history.rows, wish.zone)
    if len(history.rows) == shown:
        st.button("Show more", key="history_more", type="tertiary", on_click=_show_more, args=(shown,))
    chosen = st.session_state.pop(_CHOSEN, None)
    if chosen is not None:
        open_statement(chosen, wish.zone)


def _draw_filters(symbols: tuple[str, ...]) -> _Wish:
    zone = zone_of(st.context.timezone)
    with st.container(key="history_filters", horizontal=True, vertical_alignment="center"):
        days = st.segmented_control(
            "Range", list(RANGES), default="90 days", required=True, key="history_range", label_visibility="collapsed"
        )
        symbol = st.selectbox(
            "Pair",
            (None, *symbols),
            format_func=lambda choice: "All pairs" if choice is None else pair(choice),
            key="history_symbol",
            label_visibility="collapsed",
            width=150,
        )
        reason = st.selectbox(
            "Why it closed",
            (None, *CloseReason),
            format_func=lambda choice: "Any reason" if choice is None else reason_words(choice),
            key="history_reason",
            label_visibility="collapsed",
            width=180,
        )
        wanted = HistoryFilter(symbol=symbol, reason=reason, since=_since(days, zone))
        st.space("stretch")
        st.download_button(
            "Export",
            # Made when it is pressed, on another thread: the services are taken here, where the session is known.
            partial(services().export_csv, wanted, zone.key),
            file_name="history.csv",
            mime="text/csv",
            key="history_export",
            icon=":material/download:",
            type="tertiary",
            on_click="ignore",
            help="Every trade of this selection as a CSV file for any spreadsheet, to the last digit.",
        )
    return _Wish(wanted, zone)


def _since(choice: str, zone: ZoneInfo) -> datetime | None:
    """Return the local midnight with which the chosen number of days, today included, begins."""
    days = RANGES[choice]
    if days is None:
        return None
    today = services().snapshot().taken_at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days - 1)


def _draw_nothing(anything: bool) -> None:
    title = "Nothing closed in this selection" if anything else "Nothing has closed yet"
    words = (
        "Choose a longer range, another pair or any reason."
        if anything
        else "Every trade that closes shows here with its exact result, fees and funding included."
    )
    with st.container(key="empty"):
        st.html(f'<div class="empty"><h3>{title}</h3><p>{words}</p></div>')


def _figures(totals: HistoryTotals) -> tuple[Figure, ...]:
    noun = "trade" if totals.trades == 1 else "trades"
    won, lost = totals.average_win, totals.average_loss
    averages = ", ".join(
        f"{word} {format_usdt(amount, signed=True)}"
        for word, amount in (("won", won), ("lost", lost))
        if amount is not None
    )
    factor, rate, seconds = totals.profit_factor, totals.win_rate_percent, totals.average_seconds_open
    open_for = "" if seconds is None else f", open {format_duration(timedelta(seconds=seconds))} on average"
    return (
        Figure(
            "Result after fees",
            format_usdt(totals.net_usdt, signed=True),
            f"USDT in {totals.trades} {noun}",
            tone_of(totals.net_usdt),
        ),
        Figure(
            "Won",
            _NO_FIGURE if rate is None else format_percent(rate, decimals=0),
            f"{totals.won} won, {totals.lost} lost",
        ),
        Figure(
            "Won per 1 lost",
            _NO_FIGURE if factor is None else format_usdt(factor),
            "nothing lost yet" if factor is None else "profit factor",
        ),
        Figure(
            "Average trade",
            _NO_FIGURE if totals.average_net is None else format_usdt(totals.average_net, signed=True),
            averages or f"no result yet{open_for}",
        ),
        Figure("Longest losing run", str(totals.longest_losing_run), "losses one after another"),
        Figure("Deepest fall", format_usdt(-totals.deepest_fall), "USDT from the best moment"),
    )


def _draw_charts(history: HistoryPage) -> None:
    left, right = st.columns([0.61, 0.39])
    with left, st.container(border=True, height="stretch"):
        section_title("Result over time", note="USDT")
        draw_result_over_time(history.equity)
    with right, st.container(border=True, height="stretch"):
        section_title("Days", note="result after fees, one square a day")
        draw_days(history.days)


def _draw_table(rows: tuple[ClosedPosition, ...], zone: ZoneInfo) -> None:
    frame = history_frame(rows, zone)
    ids = [row.id for row in rows]
    st.dataframe(
        history_style(frame),
        key=_TABLE,
        hide_index=True,
        column_config=table_columns(),
        selection_mode="single-cell",
        on_select=lambda: _choose(ids),
        row_height=ROW_HEIGHT,
        height=ROW_HEIGHT * (min(len(rows), ROWS_IN_SIGHT) + 1) + 2,
        placeholder=_NO_FIGURE,
        alt="Closed trades, newest first. Choose one to see its statement.",
    )


def _show_more(shown: int) -> None:
    st.session_state[_SHOWN] = shown + ROWS_AT_ONCE


def _choose(ids: list[int]) -> None:
    """Remember the trade that was just chosen; only a new choice opens its statement, not each drawing of the page."""
    cells = st.session_state[_TABLE]["selection"]["cells"]
    if cells and cells[0][0] < len(ids):
        st.session_state[_CHOSEN] = ids[cells[0][0]]
