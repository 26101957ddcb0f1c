"""A small menu behind a button, which closes when something in it is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st


class Menu:
    """One menu: its choices, one below the other."""

    def __init__(self, key: str, kind: Literal["secondary", "tertiary"] = "secondary") -> None:
        self._times = f"{key}_times"
        # A menu of another key is another one to the browser, and closed: whether this one is open only it knows.
        times = st.session_state.get(self._times, 0)
        with st.container(key=key, width="content"):
            self._popover = st.popover("More", type=kind, key=f"{key}_{times}")

    def item(self, label: str, key: str, chosen: Callable[..., None], *args: Any, disabled: bool = False) -> None:  # noqa: ANN401
        """Draw a choice; chosen(*args) is called when it is taken."""
        self._popover.button(
            label, key=key, type="tertiary", disabled=disabled, on_click=self._choose, args=(chosen, *args)
        )

    def words(self, text: str) -> None:
        """Draw a quiet line."""
        self._popover.caption(text)

    def _choose(self, chosen: Callable[..., None], *args: Any) -> None:  # noqa: ANN401
        # Left open it would lie on top of the question that the choice asks.
        st.session_state[self._times] = st.session_state.get(self._times, 0) + 1
        chosen(*args)
