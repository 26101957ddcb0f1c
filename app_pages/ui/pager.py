"""Turning the pages of a long list."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import streamlit as st

from domain.wording import format_quantity


def draw_pager(key: str, first: int, shown: int, of: int, turn: Callable[[int], None]) -> None:
    """Draw which lines are on show and the buttons to turn the page; nothing while all fit on one.

    Args:
        key: the name of the pager on its page.
        first: number of the first line on show, from 0 on.
        shown: lines on show.
        of: lines there are.
        turn: called with +1 for the next page, -1 for the one before.
    """
    if of <= shown and not first:
        return
    with st.container(key=f"{key}_pager", horizontal=True, vertical_alignment="center", horizontal_alignment="right"):
        st.html(f'<span class="pager">{range_words(first, shown, of)}</span>', width="content")
        for label, icon, step, possible in (
            ("Back", ":material/chevron_left:", -1, first > 0),
            ("Next", ":material/chevron_right:", 1, first + shown < of),
        ):
            st.button(
                label,
                icon=icon,
                key=f"{key}_{'next' if step > 0 else 'before'}",
                disabled=not possible,
                on_click=turn,
                args=(step,),
            )


def draw_offset_pager(key: str, shown: int, at_once: int, of: int) -> None:
    """Draw a pager of a list whose lines are counted: the first line's number is kept in the session under key."""
    first = int(st.session_state.get(key, 0))

    def turn(step: int) -> None:
        st.session_state[key] = max(0, first + step * at_once)

    draw_pager(key, first, shown, of, turn)


def range_words(first: int, shown: int, of: int) -> str:
    """Return which lines are on show: "51 to 100 of 9 998"."""
    last = first + shown
    words = [format_quantity(Decimal(number)) for number in (first + 1, last, of)]
    return "{} to {} of {}".format(*words)
