"""History: what the closed trades made, in figures, over time, by day, by pair and one by one."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.history.charts import draw_daily_results, draw_days, draw_drawdown, draw_result_over_time
from app_pages.history.figures import draw_more_figures, left_out_words, six_figures
from app_pages.history.filters import Selection, draw_filters
from app_pages.history.slippage import draw_slippage
from app_pages.history.statement import When, open_statement
from app_pages.history.table import COLUMNS, moment_words, trade_line
from app_pages.history.tie_out import draw_tie_out
from app_pages.ui.address import address_value, set_address_value
from app_pages.ui.banner import notice_html
from app_pages.ui.figures import draw_figures, page_title, section_title
from app_pages.ui.live import live_part
from app_pages.ui.pager import draw_pager
from app_pages.ui.session import services
from app_pages.ui.table import Order, draw_table
from services.errors import NotReadable
from services.history.views import HistorySort

if TYPE_CHECKING:
    from services.history.views import ClosedPosition, EquityCurve

TRADES_AT_ONCE = 50
_OVER_TIME = ("Result", "Drawdown", "By day")
_TITLES = {
    "Result": ("Result over time", "USDT"),
    "Drawdown": ("Below the best moment", "USDT"),
    "By day": ("Result of each day", "USDT"),
}
_ORDER = "order"  # in the address
_DOWN, _UP = "-down", "-up"
_TURNED = "history_turned"  # the last line of each page that was turned
STATEMENT = "statement"  # in the address
_SHOWN = "history_statement"  # the one that was opened last
_ID = re.compile(r"[0-9]{1,18}")
_SEEN = "history_seen"  # the selection the table's place belongs to
_NEWEST_FIRST = Order(HistorySort.CLOSED, descending=True)
_STYLESHEET = Path(__file__).resolve().parents[2] / "static" / "history.css"


def page() -> None:
    """Draw the page."""
    st.html(_STYLESHEET)
    page_title("History")
    try:
        _draw()
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))


def _draw() -> None:
    """Draw the figures first, then what takes longer to reckon and to draw."""
    found = services().history.symbols()
    selection = draw_filters(found)
    totals = services().history.totals(selection.wanted)
    if not totals.closed:
        _draw_nothing(bool(found))
        return
    with st.container(key="summary"):
        draw_figures("history_figures", six_figures(totals))
    left_out = left_out_words(totals)
    if left_out:
        st.html(f'<p class="left-out">{left_out}</p>')
    if totals.trades:
        _draw_charts(services().history.equity_curve(selection.wanted, selection.zone.key), _when(selection))
        draw_more_figures(totals, selection.wanted)
    if st.session_state.get(_SEEN) != selection:
        st.session_state[_SEEN] = selection
        st.session_state[_TURNED] = ()
    _draw_trades(selection, totals.closed)
    draw_slippage(selection.wanted, selection.zone.key)
    draw_tie_out()


def _draw_nothing(anything: bool) -> None:
    title = "Nothing closed in this selection" if anything else "Nothing has closed yet"
    words = (
        "Choose a longer range, another pair or any reason."
        if anything
        else "Every trade that closes shows here with its exact result, fees and funding included."
    )
    with st.container(key="empty"):
        st.html(f'<div class="empty"><h3>{title}</h3><p>{words}</p></div>')


def _draw_charts(equity_curve: EquityCurve, when: When) -> None:
    left, right = st.columns([0.61, 0.39])
    with left, st.container(border=True, height="stretch"):
        _draw_over_time(equity_curve, when)
    with right, st.container(border=True, height="stretch"):
        section_title("Days", note="result after fees, one square a day")
        draw_days(equity_curve.days)


@live_part()
def _draw_over_time(equity_curve: EquityCurve, when: When) -> None:
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
    if chosen == "Drawdown":
        draw_drawdown(equity_curve.points, when)
    elif chosen == "By day":
        draw_daily_results(equity_curve.days)
    else:
        draw_result_over_time(equity_curve.points, when)


@live_part()
def _draw_trades(selection: Selection, closed: int) -> None:
    """Draw one page of the trades; sorting, turning pages and choosing draw this part alone."""
    order = _order()
    turned: tuple[ClosedPosition, ...] = st.session_state.get(_TURNED, ())
    try:
        trades = services().history.closed(
            selection.wanted,
            turned[-1] if turned else None,
            TRADES_AT_ONCE,
            HistorySort(order.key),
            order.descending,
        )
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))
        return
    when = _when(selection)
    section_title("Closed trades", closed)
    with st.container(key="history_trades"):
        draw_table(
            "history_table",
            "Closed trades. Choose one to see its statement.",
            COLUMNS,
            [trade_line(trade, when) for trade in trades],
            order,
            _sort,
            _choose,
        )
    first = len(turned) * TRADES_AT_ONCE
    draw_pager("history", first, len(trades), closed, partial(_turn, turned, trades[-1:]))
    chosen = _statement_wanted()
    if chosen is not None:
        open_statement(chosen, when, on_close=_forget_statement)


def _when(selection: Selection) -> When:
    return partial(moment_words, zone=selection.zone, now=services().dashboard.snapshot().taken_at)


def _order() -> Order:
    """Return what the trades are sorted by: as the address says, "net_usdt-down", else the newest first."""
    said = address_value(_ORDER) or ""
    found = {
        f"{column.key}{sign}": Order(column.key, sign == _DOWN)
        for column in COLUMNS
        if column.sorts
        for sign in (_DOWN, _UP)
    }
    return found.get(said, _NEWEST_FIRST)


def _sort(order: Order) -> None:
    set_address_value(_ORDER, f"{order.key}{_DOWN if order.descending else _UP}")
    st.session_state[_TURNED] = ()


def _turn(turned: tuple[ClosedPosition, ...], last: tuple[ClosedPosition, ...], step: int) -> None:
    st.session_state[_TURNED] = turned + last if step > 0 else turned[:-1]


def _choose(position_id: int) -> None:
    set_address_value(STATEMENT, str(position_id))


def _statement_wanted() -> int | None:
    """Return the trade whose statement the address names, once: the drawer stays until it is closed."""
    wanted = st.query_params.get(STATEMENT)
    if wanted == st.session_state.get(_SHOWN):
        return None
    st.session_state[_SHOWN] = wanted
    return int(wanted) if wanted is not None and _ID.fullmatch(wanted) else None


def _forget_statement() -> None:
    st.session_state[_SHOWN] = None
    set_address_value(STATEMENT, None)
