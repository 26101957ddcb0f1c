"""Positions of other accounts: shown so that nobody forgets them, touched only from their own account."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.figures import section_title
from app_pages.ui.position_values import pair, position_html

if TYPE_CHECKING:
    from services.dashboard.views import Snapshot

SHOWN = 20
_EXPLAINED = (
    "The bot is signed in to one account at a time. It sends nothing for these and does not open them again; what "
    "happened to them is booked as soon as you go back to their account in Settings."
)


def draw_inactive_positions(snapshot: Snapshot) -> None:
    """Draw what is open on accounts that are not watched now; nothing when there is nothing."""
    if not snapshot.inactive:
        return
    section_title("On another account", len(snapshot.inactive))
    with st.container(key="inactive_accounts"):
        st.html(f'<p class="second explained">{_EXPLAINED}</p>')
        for one in snapshot.inactive[:SHOWN]:
            words = f"Not watched; its stop is placed on the exchange. {one.account}."
            st.html(position_html(pair(one.symbol), f"{one.side.value} {one.leverage}×", words))
        if len(snapshot.inactive) > SHOWN:
            st.html(f'<p class="second explained">and {len(snapshot.inactive) - SHOWN} more</p>')
