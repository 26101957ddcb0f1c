"""The line above the open positions: how many, whether protected, and what can be done to several at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.asking import ask, is_asked
from app_pages.ui.dialogs import open_dialog
from app_pages.ui.figures import section_title
from app_pages.ui.links import go_to
from app_pages.ui.menus import Menu
from app_pages.ui.position_values import protection_words
from app_pages.ui.session import services

if TYPE_CHECKING:
    from services.dashboard.views import PositionView, Snapshot

TICKED = "ticked_positions"
_SELECTING = "selecting_positions"


def is_selecting() -> bool:
    """Return whether rows show boxes to tick."""
    return bool(st.session_state.get(_SELECTING))


def ticked_ids(snapshot: Snapshot) -> list[int]:
    """Return the ticked positions that are still live."""
    ticked = set(st.session_state.get(TICKED, ()))
    return [position.id for position in snapshot.positions if position.id in ticked]


def protection_note(positions: tuple[PositionView, ...]) -> tuple[str, str]:
    """Return the answer to "is everything protected" and its tone."""
    open_ones = [protection_words(position) for position in positions]
    bare = sum(1 for _, tone in open_ones if tone == "down")
    moving = sum(1 for _, tone in open_ones if tone == "warning")
    if bare:
        return f"{bare} without a stop", "down"
    if moving:
        return f"{moving} in progress", "warning"
    return ("all protected", "quiet") if positions else ("", "quiet")


def draw_heading(snapshot: Snapshot) -> None:
    """Draw the heading with its buttons; while rows are being ticked, what to do with them instead."""
    note, tone = protection_note(snapshot.positions)
    if not snapshot.positions:
        _select(False)
    with st.container(key="heading", horizontal=True, vertical_alignment="center"):
        section_title("Open positions", len(snapshot.positions), "" if is_selecting() else note, tone)
        if is_selecting():
            _draw_selecting(ticked_ids(snapshot))
            return
        _draw_pause(snapshot.status.opening_paused)
        if st.button("Limits", icon=":material/speed:", type="tertiary", key="to_limits"):
            go_to("settings", "settings_limits")
        if snapshot.positions:
            _draw_more(snapshot)
        # The empty page has its own buttons, of which one is the next thing to do.
        if snapshot.positions and st.button("New trade", icon=":material/add:", type="primary", key="to_new_trade"):
            go_to("new_trade")


def _draw_pause(paused: bool) -> None:
    if paused:
        st.button(
            "Resume opening",
            icon=":material/play_arrow:",
            type="tertiary",
            key="resume_opening",
            disabled=is_asked("resume_opening"),
            on_click=ask,
            args=("resume_opening", services().instructions.resume_opening),
        )
        return
    st.button(
        "Stop new trades",
        icon=":material/pause:",
        type="tertiary",
        key="pause_opening",
        disabled=is_asked("pause_opening"),
        on_click=open_dialog,
        args=("pause", None),
    )


def _draw_more(snapshot: Snapshot) -> None:
    everything = tuple(position.id for position in snapshot.positions)
    closing = all(position.close_requested for position in snapshot.positions)
    menu = Menu("heading_more", "tertiary")
    menu.item("Select several", "select_several", _select, True)
    menu.item("Close all", "close_all", open_dialog, "close_many", everything, disabled=closing)


def _draw_selecting(ticked: list[int]) -> None:
    st.button(
        f"Close {len(ticked)} selected",
        key="close_selected",
        disabled=not ticked,
        on_click=_close_selected,
        args=(tuple(ticked),),
    )
    st.button("Done", key="select_done", type="tertiary", on_click=_select, args=(False,))


def _close_selected(ticked: tuple[int, ...]) -> None:
    _select(False)
    open_dialog("close_many", ticked)


def _select(on: bool) -> None:
    st.session_state[_SELECTING] = on
    st.session_state.pop(TICKED, None)
