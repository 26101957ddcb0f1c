"""The frame around every page: navigation, the state line, the banner, the tabs on a phone."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

from app_pages import activity, practice
from app_pages.history import page as history
from app_pages.new_trade import page as new_trade
from app_pages.positions import page as positions
from app_pages.settings import page as settings
from app_pages.ui.asking import follow_asked
from app_pages.ui.away import away_since, draw_away, is_away_untold
from app_pages.ui.banner import draw_alerts
from app_pages.ui.links import draw_links, is_leaving
from app_pages.ui.live import live_part
from app_pages.ui.messages import draw_messages
from app_pages.ui.news import follow_news
from app_pages.ui.session import services
from app_pages.ui.status_line import draw_status_line
from app_pages.ui.stopping import draw_stop_question
from app_pages.ui.theme import follow_theme, set_colour_scheme
from app_pages.ui.undo import draw_undo
from domain.venues import Venue

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

_ICON = Path(__file__).resolve().parents[1] / "static" / "icon.svg"
_ZONE_TOLD = "zone_told"
TITLE = "Binance Futures Trading Bot (Testnet)"


def pages(venue: Venue) -> dict[str, Page]:
    """Return the pages by name in the order of the navigation; Practice only while on the practice exchange."""
    shown = {
        "positions": st.Page(
            positions.page, title="Positions", icon=":material/monitoring:", url_path="positions", default=True
        ),
        "new_trade": st.Page(new_trade.page, title="New trade", icon=":material/add_circle:", url_path="new_trade"),
        "history": st.Page(history.page, title="History", icon=":material/history:", url_path="history"),
        "activity": st.Page(activity.page, title="Activity", icon=":material/notes:", url_path="activity"),
        "settings": st.Page(settings.page, title="Settings", icon=":material/settings:", url_path="settings"),
    }
    if venue is Venue.PRACTICE:
        shown["practice"] = st.Page(practice.page, title="Practice", icon=":material/science:", url_path="practice")
    return shown


def run() -> None:
    """Draw the page that this viewer is on, inside the frame."""
    # The icon first: a page's own, which navigation would take, is fetched from elsewhere.
    st.set_page_config(page_icon=str(_ICON), layout="wide")
    set_colour_scheme()
    _note_zone()
    snapshot = services().dashboard.snapshot()
    shown = pages(snapshot.status.venue)
    chosen = st.navigation(list(shown.values()), position="top")
    st.set_page_config(page_title=f"{chosen.title} · {TITLE}")
    leaving = is_leaving(chosen)
    since = away_since()
    with st.container(key="frame"):
        _draw_state()
    draw_links(shown)
    # Always there, so that what is drawn on a page has a place of its own; static/rescue.js looks whether it is empty.
    with st.container(key="page"):
        if not leaving:
            draw_stop_question()
            if since is not None:
                draw_away(since)
            chosen.run()
    if leaving:
        # A page with nothing on it looks broken. Not inside the page: its parts may still be drawn where this would be.
        with st.container(key="leaving"):
            st.html('<p class="quiet" role="status">One moment …</p>')


def _note_zone() -> None:
    """Tell once for each visit in which zone the person is."""
    if _ZONE_TOLD not in st.session_state:
        st.session_state[_ZONE_TOLD] = True
        services().preferences.note_browser_zone(st.context.timezone)


@live_part(1)
def _draw_state() -> None:
    """What is said of the bot on every page, in one part: each part that runs costs the server and the line."""
    follow_theme()
    draw_status_line()
    draw_alerts()
    follow_news()
    follow_asked()
    draw_messages()
    draw_undo()
    if is_away_untold():
        st.rerun()
