"""Turning the pages of a long list."""

from __future__ import annotations

from decimal import Decimal

import streamlit as st

from domain.wording import format_quantity


def draw_pager(key: str, shown: int, at_once: int, of: int) -> None:
    """Draw which lines are on show and the buttons to turn the page; nothing while all fit on one.

    Args:
        key: the name in the session under which the first line's number, from 0 on, is kept.
        shown: lines on show.
        at_once: lines of a full page.
        of: lines there are.
    """
    first = int(st.session_state.get(key, 0))
    if of <= at_once and not first:
        return
    with st.container(key=f"{key}_pager", horizontal=True, vertical_alignment="center", horizontal_alignment="right"):
        st.html(f'<span class="pager">{range_words(first, shown, of)}</span>', width="content")
        for label, icon, step, possible in (
            ("Back", ":material/chevron_left:", -at_once, first > 0),
            ("Next", ":material/chevron_right:", at_once, first + shown < of),
        ):
            st.button(
                label,
                icon=icon,
                key=f"{key}_{'next' if step > 0 else 'before'}",
                disabled=not possible,
                on_click=_show_from,
                args=(key, max(0, first + step)),
            )


def range_words(first: int, shown: int, of: int) -> str:
    """Return which lines are on show: "51 to 100 of 9 998"."""
    last = first + shown
    words = [format_quantity(Decimal(number)) for number in (first + 1, last, of)]
    return "{} to {} of {}".format(*words)


def _show_from(key: str, first: int) -> None:
    st.session_state[key] = first
