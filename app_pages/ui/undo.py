"""Taking back what was just done, for those few seconds in which one notices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import streamlit as st

from app_pages.ui.plain import plain
from app_pages.ui.position_values import with_pairs

OFFERED_FOR = timedelta(seconds=15)
OFFERED = "undo_offered"


@dataclass(frozen=True, slots=True)
class Undo:
    """What can be taken back, in words, by which act, and until when."""

    words: str
    act: Callable[[], None] = field(repr=False)
    until: datetime = field(default_factory=lambda: datetime.now(UTC) + OFFERED_FOR)


def offer_undo(words: str, act: Callable[[], None]) -> None:
    """Offer to take something back, in place of what was offered before.

    Args:
        words: what was done, one sentence.
        act: takes it back; says itself what became of that.
    """
    st.session_state[OFFERED] = Undo(words, act)


def draw_undo() -> None:
    """Draw what can be taken back; nothing when there is nothing or it is too late."""
    offered: Undo | None = st.session_state.get(OFFERED)
    with st.container(key="undo", horizontal=True, vertical_alignment="center"):
        if offered is None or datetime.now(UTC) > offered.until:
            return
        st.markdown(plain(with_pairs(offered.words)))
        st.button("Undo", key="undo_pressed", type="tertiary", on_click=take_back, args=(offered,))


def take_back(offered: Undo) -> None:
    """Take it back, and offer it no more."""
    st.session_state[OFFERED] = None
    offered.act()
