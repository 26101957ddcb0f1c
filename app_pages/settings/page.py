"""Settings: which exchange, which keys, and nothing that must be understood to begin."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.settings.keys import draw_keys, draw_venue
from app_pages.settings.limits import draw_limits
from app_pages.settings.lock import draw_lock
from app_pages.settings.notifications import draw_notifications
from app_pages.settings.preferences import draw_about, draw_preferences
from app_pages.settings.questions import draw_open_question, draw_said
from app_pages.settings.venue_probe import draw_venue_probe
from app_pages.ui.banner import notice_html
from app_pages.ui.figures import Fact, facts_html, page_title, section_title
from app_pages.ui.live import live_part
from app_pages.ui.session import services
from app_pages.ui.status_line import clock_words, usage_words
from domain.bot_status import BotState
from domain.wording import format_usdt
from services.accounts.views import KeySource
from services.errors import NotReadable

if TYPE_CHECKING:
    from services.accounts.views import KeyStatus


def page() -> None:
    """Draw the page."""
    page_title("Settings")
    try:
        _draw()
    except NotReadable as silent:
        st.html(notice_html("down", "This cannot be shown right now", str(silent)))


def _draw() -> None:
    status = services().keys.status()
    draw_said()
    if status.source is KeySource.LOCKED:
        st.html(notice_html("down", "Your saved keys cannot be read", _locked_words(status)))
    left, right = st.columns(2)
    with left:
        with st.container(border=True):
            draw_venue(status)
        with st.container(border=True, height="stretch"):
            _draw_state()
    with right, st.container(border=True, height="stretch"):
        draw_keys(status)
    with st.container(border=True, key="settings_limits"):
        draw_limits()
    with st.container(border=True, key="settings_preferences"):
        draw_preferences()
    with st.container(border=True, key="settings_notifications"):
        draw_notifications()
    with st.container(border=True, key="settings_lock"):
        draw_lock()
    with st.container(border=True, key="settings_probe"):
        draw_venue_probe()
    with st.container(border=True, key="settings_about"):
        draw_about()
    draw_open_question()


@live_part(2)
def _draw_state() -> None:
    snapshot = services().dashboard.snapshot()
    status, wallet = snapshot.status, snapshot.summary.wallet
    section_title("How the bot is doing")
    st.html(
        facts_html(
            (
                Fact(
                    "Wallet",
                    "not known yet" if wallet is None else f"{format_usdt(wallet)} USDT on {status.venue_label}",
                ),
                Fact("State", f"{status.word}{'' if status.holds_lease else ', another bot process is trading'}"),
                Fact("Connection", status.stream_word),
            )
        )
    )
    with st.expander("Technical details"):
        requests = Fact("Requests", usage_words(status.weight_used, status.weight_limit))
        st.html(facts_html((requests, Fact("Clock", clock_words(status.clock_offset_ms)))))
    if status.state is BotState.NO_KEYS:
        st.caption("Save keys, or choose the practice exchange to begin without any.")


def _locked_words(status: KeyStatus) -> str:
    why = status.saving_refused_because or "They were damaged. Delete them and save them again."
    return f"{why} Until then nothing is traded; stops already placed stay on the exchange."
