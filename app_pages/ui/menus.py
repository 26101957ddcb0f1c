"""A small menu behind a button, which closes when something in it is chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import streamlit as st


class Menu:
    """One menu: its choices, one below the other."""

    def __init__(self, key: str, kind: Literal["secondary", "tertiary"] = "secondary") -> None:
        self._key = key
        self._popover = st.popover("More", type=kind, key=key, on_change="rerun")

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
        st.session_state[self._key] = False
        chosen(*args)
