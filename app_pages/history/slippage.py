"""What stops really cost: triggers against fills, by pair and by hour, and what was asked against what it cost."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.banner import notice_html
from app_pages.ui.figures import Fact, facts_html, section_title, tone_of
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from app_pages.ui.table import Cell, Column, Line, table_html
from domain.wording import counted, format_percent, format_usdt
from services.errors import NotReadable

if TYPE_CHECKING:
    from services.history.views import HistoryFilter, Slippage, StopCost


def draw_slippage(wanted: HistoryFilter, timezone: str) -> None:
    """Draw the section; it is reckoned when somebody opens it."""
    section = st.expander("What stops really cost", icon=":material/compare_arrows:", key="slippage", on_change="rerun")
    if not section.open:
        return
    with section:
        try:
            report = services().history.slippage(wanted, timezone)
        except NotReadable as silent:
            st.html(notice_html("down", "This cannot be shown right now", str(silent)))
            return
        st.caption(
            "A stop or target names a price; the order it sends fills at what the market pays. The difference is "
            f"slippage, part of each result already. Over the newest {counted(report.trades, 'closed trade')} of the "
            "selection."
        )
        if not report.pairs:
            st.html("<p>No stop or target has fired in this selection.</p>")
            return
        st.html(facts_html(stop_facts(report.stops)))
        left, right = st.columns(2)
        with left:
            section_title("By pair")
            st.html(slippage_html("Slippage by pair", "Pair", report.pairs))
        with right:
            section_title("By hour", note=timezone.replace("_", " "))
            st.html(slippage_html("Slippage by hour", "Hour", report.hours))


def stop_facts(stops: StopCost) -> tuple[Fact, ...]:
    """Return what "lose at most" really cost, over all stops."""
    if not stops.stops:
        return (Fact("Stops", "none has fired in this selection"),)
    asked, cost = stops.asked_usdt / stops.stops, stops.cost_usdt / stops.stops
    over = "none" if not stops.over else f"{stops.over}, the worst by {format_usdt(stops.worst_over_usdt)} USDT"
    return (
        Fact("Stops", str(stops.stops)),
        Fact("To lose at most", f"{format_usdt(asked)} USDT on average"),
        Fact("Really lost", f"{format_usdt(cost)} USDT on average"),
        Fact("Lost more than asked", over),
    )


def slippage_html(label: str, what: str, shares: Sequence[Slippage]) -> str:
    """Return the table of pairs or of hours."""
    columns = (
        Column("name", what),
        Column("orders", "Orders", True),
        Column("total", "Slippage, USDT", True),
        Column("worst", "Worst", True),
        Column("percent", "Of the price", True),
    )
    lines = [
        Line(
            0,
            (
                Cell(f"{int(share.name):02}:00" if share.name.isdigit() else pair(share.name)),
                Cell(str(share.orders)),
                Cell(format_usdt(share.total_usdt, signed=True), tone=tone_of(share.total_usdt)),
                Cell(format_usdt(share.worst_usdt, signed=True)),
                Cell(format_percent(share.average_percent, signed=True, decimals=3)),
            ),
        )
        for share in shares
    ]
    return table_html(label, columns, lines)
