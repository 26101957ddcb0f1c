"""Settings: how the exchange behaves where its documents leave it open, measured without trading."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.asking import ask
from app_pages.ui.banner import notice_html
from app_pages.ui.figures import Fact, facts_html, section_title
from app_pages.ui.live import live_part
from app_pages.ui.session import services, viewer_zone
from services.errors import NotReadable

if TYPE_CHECKING:
    from services.accounts.venue_probe import ProbeReport

_WHAT = (
    "Binance's documents leave some things open. The bot finds them out with a few orders of the smallest size, far "
    "from the price, in a pair that nobody trades; each is cancelled at once and none is meant to fill."
)


@live_part(2)
def draw_venue_probe() -> None:
    """Draw the button, the newest report, and its file."""
    section_title("How this exchange behaves")
    st.caption(_WHAT)
    try:
        state = services().venue_probes.state()
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))
        return
    with st.container(horizontal=True):
        st.button(
            "Being measured …" if state.under_way else "Measure now",
            icon=":material/troubleshoot:",
            key="probe_now",
            disabled=state.under_way or not state.possible,
            on_click=ask,
            args=("probe", services().instructions.probe_venue),
        )
        if state.report is not None:
            st.download_button(
                "Download the report",
                state.report.file,
                file_name=f"exchange-report-{state.report.measured_at:%Y-%m-%d-%H%M}.json",
                mime="application/json",
                icon=":material/download:",
                key="probe_file",
                on_click="ignore",
            )
    if state.report is None:
        st.caption("Not measured yet. On Binance it is done at sign-in.")
        return
    _draw_report(state.report)


def _draw_report(report: ProbeReport) -> None:
    at = report.measured_at.astimezone(viewer_zone())
    st.html(
        facts_html(
            (
                Fact("Measured", f"{at.day} {at:%B %Y}, {at:%H:%M}, on {report.venue}"),
                Fact("With orders in", report.symbol),
                Fact("Answered", f"{report.answered} of {report.tried} questions"),
                Fact("Not tried", f"{len(report.answers) - report.tried}, which would take a trade"),
            )
        )
    )
    if report.problem:
        st.html(notice_html("warning", "Not everything could be measured", report.problem))
    with st.expander("The answers"):
        rows = "".join(
            f"<div><dt>{escape(answer.title)}</dt><dd>{escape(answer.sentence)} "
            f'<span class="quiet">{escape(answer.consequence)}</span></dd></div>'
            for answer in report.answers
        )
        st.html(f'<dl class="facts answers">{rows}</dl>')
