"""Ways from one page to another, by the page's name."""

from __future__ import annotations

import streamlit as st


def go_to(name: str) -> None:
    """Leave for a page of the navigation: positions, new_trade, history, activity, settings or practice."""
    st.switch_page(st.session_state["pages"][name])
