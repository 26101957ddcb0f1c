"""Ways from one page to another, by the page's name."""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn
from uuid import uuid4

import streamlit as st

if TYPE_CHECKING:
    from streamlit.navigation.page import Page

_LEAVING = "leaving_for"
_TABS = {
    "positions": "Positions",
    "new_trade": "New",
    "history": "History",
    "activity": "Activity",
    "settings": "Settings",
}


def draw_links(shown: dict[str, Page]) -> None:
    """Draw a link to each page: the phone's five tabs, and out of sight those that go_to follows besides."""
    st.session_state["pages"] = shown
    with st.bottom:
        with st.container(key="links_tabs", horizontal=True):
            for name, label in _TABS.items():
                st.page_link(shown[name], label=label)
        with st.container(key="links_untabbed"):
            for name, page in shown.items():
                if name not in _TABS:
                    st.page_link(page)


def go_to(name: str, section: str = "") -> NoReturn:
    """Leave for a page of the navigation: positions, new_trade, history, activity, settings or practice.

    section is the key of the container there that the browser scrolls to, where it is not the page's top.
    The state line tells the browser, which follows the page's link as if it had been pressed. st.switch_page would
    change the page behind the browser's back: its timers go on asking for parts of the page it still shows, and such
    an answer, coming after the new page, takes that away (docs/decisions/0024-the-browser-leaves-a-page.md).
    """
    st.session_state[_LEAVING] = (st.session_state["pages"][name].url_path, uuid4().hex, section)
    st.rerun()


def is_leaving(chosen: Page) -> bool:
    """Return whether this page is being left for another one; one that is arrived at is not."""
    requested = requested_page()
    if requested is not None and requested[0] == chosen.url_path:
        del st.session_state[_LEAVING]
    return requested_page() is not None


def requested_page() -> tuple[str, str, str] | None:
    """Return the path of the page to leave for, the id of this request, and the section; None while none is asked."""
    requested: tuple[str, str, str] | None = st.session_state.get(_LEAVING)
    return requested
