"""What a trade may start from: three built-in starts, and the forms saved under a name."""

from __future__ import annotations

from functools import partial

import streamlit as st

from app_pages.ui.asking import say
from app_pages.ui.draft import key, put, value
from app_pages.ui.draft_fields import STARTS, Fields, fields_of_preset
from app_pages.ui.plain import plain
from app_pages.ui.session import services
from app_pages.ui.typed_trade import typed_preset
from app_pages.ui.undo import offer_undo
from domain.preview.presets import LONGEST_NAME, TradePreset, preset_name
from services.errors import NotReadable, ServiceError

_NAME = "preset_name"
_WITH_PAIR = "preset_with_pair"


def draw_starts() -> None:
    """Draw the starts, the one that stands in the fields marked, and the way to save another.

    Each mark is a widget of its own: a browser that does not know yet that the mark is gone still sends it along with
    the next number that is typed, and that must not count as pressing the start again.
    """
    saved = _saved()
    starts = {**STARTS, **saved}
    start = _matching(starts)
    widget = key(f"start_{start}")
    with st.container(key="starts", horizontal=True, vertical_alignment="bottom"):
        st.pills(
            "Start from",
            list(starts),
            default=start,
            format_func=plain,
            key=widget,
            on_change=_start_from,
            args=(widget, start),
        )
        st.space("stretch")
        with st.popover("Save", icon=":material/bookmark_add:", type="tertiary"):
            _draw_saving(list(saved))


def _draw_saving(saved: list[str]) -> None:
    st.text_input("Name", key=_NAME, max_chars=LONGEST_NAME, placeholder="e.g. BTC scalp")
    st.toggle("With pair and direction", key=_WITH_PAIR)
    st.button("Save this form", key="preset_save", on_click=_save, width="stretch")
    for name in saved:
        st.button(
            f"Delete {plain(name)}",
            key=f"preset_delete_{name}",
            icon=":material/delete:",
            type="tertiary",
            on_click=_delete,
            args=(name,),
        )


def _saved() -> dict[str, Fields]:
    try:
        return {preset.name: fields_of_preset(preset) for preset in services().presets.load()}
    except NotReadable:
        return {}


def _save() -> None:
    name = preset_name(st.session_state.get(_NAME) or "")
    try:
        services().presets.save(typed_preset(name, bool(st.session_state.get(_WITH_PAIR))))
    except ServiceError as refused:
        say(str(refused))
        return
    st.session_state[_NAME] = ""
    say(f"Saved as {name}.")


def _delete(name: str) -> None:
    try:
        deleted = next((preset for preset in services().presets.load() if preset.name == name), None)
        services().presets.delete(name)
    except ServiceError as refused:
        say(str(refused))
        return
    if deleted is None:
        say(f"{name} is deleted.")
    else:
        offer_undo(f"{name} is deleted.", partial(_keep_again, deleted))


def _keep_again(preset: TradePreset) -> None:
    try:
        services().presets.save(preset)
    except ServiceError as refused:
        say(str(refused))
    else:
        say(f"{preset.name} is back.")


def _start_from(widget: str, marked: str | None) -> None:
    starts = {**STARTS, **_saved()}
    chosen = st.session_state.get(widget)
    if chosen in starts and chosen != marked:
        put(starts[chosen])


def _matching(starts: dict[str, Fields]) -> str | None:
    """Return the start whose numbers stand in the fields, so that a changed field takes the mark away."""
    return next((name for name, start in starts.items() if all(value(f) == v for f, v in start.items())), None)
