"""History: what the closed trades made, in figures, over time, by day, by pair and one by one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import streamlit as st

from app_pages.history_charts import draw_daily_results, draw_days, draw_fall, draw_result_over_time
from app_pages.history_figures import draw_more_figures, six_figures
from app_pages.history_filters import draw_filters
from app_pages.history_statement import open_statement
from app_pages.history_table import NOT_KNOWN, history_frame, history_style, table_columns
from app_pages.ui.banner import notice_html
from app_pages.ui.figures import draw_figures, section_title
from app_pages.ui.session import services
from services_errors import NotReadable

if TYPE_CHECKING:
    from services_views import ClosedPosition, HistoryPage

ROWS_AT_ONCE = 200
ROWS_IN_SIGHT = 15
ROW_HEIGHT = 38
_OVER_TIME = ("Result", "Fall", "By day")
_TITLES = {
    "Result": ("Result over time", "USDT"),
    "Fall": ("Below the best moment", "USDT"),
    "By day": ("Result of each day", "USDT"),
}
_TABLE = "history_table"
_CHOSEN = "history_chosen"
_SHOWN = "history_shown"
_STYLESHEET = Path(__file__).resolve().parents[1] / "static" / "history.css"


def page() -> None:
    """Draw the page."""
    st.html(_STYLESHEET)
    section_title("History")
    try:
        _draw()
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))


def _draw() -> None:
    found = services().history_symbols()
    wish = draw_filters(found)
    shown = int(st.session_state.get(_SHOWN, ROWS_AT_ONCE))
    history = services().history(wish.wanted, 0, shown, wish.zone.key)
    if not history.rows:
        _draw_nothing(bool(found))
        return
    with st.container(key="strip"):
        draw_figures("history_figures", six_figures(history.totals))
    if history.equity:
        _draw_charts(history)
        draw_more_figures(history)
    _draw_table(history.rows, wish.zone)
    if len(history.rows) == shown:
        st.button("Show more", key="history_more", type="tertiary", on_click=_show_more, args=(shown,))
    chosen = st.session_state.pop(_CHOSEN, None)
    if chosen is not None:
        open_statement(chosen, wish.zone)


def _draw_nothing(anything: bool) -> None:
    title = "Nothing closed in this selection" if anything else "Nothing has closed yet"
    words = (
        "Choose a longer range, another pair or any reason."
        if anything
        else "Every trade that closes shows here with its exact result, fees and funding included."
    )
    with st.container(key="empty"):
        st.html(f'<div class="empty"><h3>{title}</h3><p>{words}</p></div>')


def _draw_charts(history: HistoryPage) -> None:
    left, right = st.columns([0.61, 0.39])
    with left, st.container(border=True, height="stretch"):
        _draw_over_time(history)
    with right, st.container(border=True, height="stretch"):
        section_title("Days", note="result after fees, one square a day")
        draw_days(history.days)


def _draw_over_time(history: HistoryPage) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        title = st.empty()
        st.space("stretch")
        chosen = st.segmented_control(
            "Chart",
            _OVER_TIME,
            default=_OVER_TIME[0],
            required=True,
            key="history_chart",
            label_visibility="collapsed",
        )
    with title.container():
        words, note = _TITLES[chosen]
        section_title(words, note=note)
    if chosen == "Fall":
        draw_fall(history.falls)
    elif chosen == "By day":
        draw_daily_results(history.days)
    else:
        draw_result_over_time(history.equity)


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
        placeholder=NOT_KNOWN,
        alt="Closed trades, newest first. Choose one to see its statement.",
    )


def _show_more(shown: int) -> None:
    st.session_state[_SHOWN] = shown + ROWS_AT_ONCE


def _choose(ids: list[int]) -> None:
    """Remember the trade that was just chosen; only a new choice opens its statement, not each drawing of the page."""
    cells = st.session_state[_TABLE]["selection"]["cells"]
    if cells and cells[0][0] < len(ids):
        st.session_state[_CHOSEN] = ids[cells[0][0]]
