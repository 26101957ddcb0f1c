"""Taking back what was just done, for those few seconds in which one notices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import streamlit as st

from app_pages.ui.plain import plain
from app_pages.ui.position_values import with_pairs

OFFERED_FOR = timedelta(seconds=15)
_OFFERED = "undo_offered"


@dataclass(frozen=True, slots=True)
class _Undo:
    words: str
    act: Callable[[], None] = field(repr=False)
    until: datetime = field(default_factory=lambda: datetime.now(UTC) + OFFERED_FOR)


def offer_undo(words: str, act: Callable[[], None]) -> None:
    """Offer to take something back, in place of what was offered before.

    Args:
        words: what was done, one sentence.
        act: takes it back; says itself what became of that.
    """
    st.session_state[_OFFERED] = _Undo(words, act)


def draw_undo() -> None:
    """Draw what can be taken back; nothing when there is nothing or it is too late."""
    offered: _Undo | None = st.session_state.get(_OFFERED)
    with st.container(key="undo", horizontal=True, vertical_alignment="center"):
        if offered is None or datetime.now(UTC) > offered.until:
            return
        st.markdown(plain(with_pairs(offered.words)))
        st.button("Undo", key="undo_pressed", type="tertiary", on_click=_take_back, args=(offered,))


def _take_back(offered: _Undo) -> None:
    st.session_state[_OFFERED] = None
    offered.act()
