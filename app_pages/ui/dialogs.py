"""Which question is open on Positions: asked once before something is done, answered or dismissed.

A dialog is opened by a run of the whole page and named in the session, so that the page's live part, which runs each
second, neither opens it twice nor closes it.
"""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.asking import Send, ask, is_asked, say
from app_pages.ui.live import component, heard
from app_pages.ui.number_field import take_text
from app_pages.ui.session import services

if TYPE_CHECKING:
    from services.dashboard.views import PositionView

Subject = int | str | tuple[int, ...] | tuple[str, str] | None
LEAVE = "Ignore"
_OPEN = "open_dialog"
_DRAWN = "drawn_dialog"


@dataclass(frozen=True, slots=True)
class TypedForm:
    """What stands in the number fields of a form as it is drawn.

    texts are by the key of each field; meant is what would be sent, as compared with what the person saw; why says what
    is to be put right first, empty when nothing is.
    """

    form: str
    texts: Mapping[str, str]
    meant: object
    why: str = ""


def open_dialog(name: str, subject: Subject) -> None:
    """Open a dialog about something with the next run of the page; for use as a button's on_click."""
    st.session_state[_OPEN] = (name, subject)
    st.session_state[_DRAWN] = False


def close_dialog() -> None:
    """Forget the dialog: it was answered or dismissed."""
    st.session_state.pop(_OPEN, None)


def dialog_wanted() -> bool:
    """Return whether a dialog was asked for and the whole page must run to show it."""
    return _OPEN in st.session_state and not st.session_state[_DRAWN]


def take_dialog(names: Container[str]) -> tuple[str, Subject] | None:
    """Return the name and subject of the dialog to draw now, None when there is none of these names."""
    name, subject = st.session_state.get(_OPEN, (None, None))
    if name is None or name not in names:
        return None
    st.session_state[_DRAWN] = True
    return name, subject


def draw_choices(what: str, subject: Subject, name: str, choices: Mapping[str, str]) -> None:
    """Draw something with what can be done about it; leaving it as it is stands there quietly.

    Args:
        what: its HTML, everything in it escaped.
        subject: what each choice's dialog is opened with.
        name: of the subject, as it stands in the keys and forms of the choices.
        choices: the words on each button by the dialog it opens.
    """
    asked = any(is_asked(f"{dialog}:{name}") for dialog in choices)
    with st.container(key=f"choices_{name}", horizontal=True, vertical_alignment="center"):
        st.html(what)
        for dialog, words in choices.items():
            st.button(
                words,
                key=f"{dialog}_{name}",
                type="tertiary" if words == LEAVE else "secondary",
                disabled=asked,
                on_click=open_dialog,
                args=(dialog, subject),
            )


def live_position(position_id: object) -> PositionView | None:
    """Return the live position of that id as it is this second, None when it is gone."""
    return next((one for one in services().dashboard.snapshot().positions if one.id == position_id), None)


def draw_gone() -> None:
    """Say that what the dialog is about has ended meanwhile; one that was just answered closes instead."""
    if not is_dialog_open():
        st.rerun()
    st.write("It is closed by now, so there is nothing left to do here.")
    if st.button("OK", key="gone_confirmed", on_click=close_dialog):
        st.rerun()


def draw_answers(
    no: str,
    yes: str,
    key: str,
    sends: Mapping[str, Send],
    disabled: bool = False,
    also: tuple[str, Mapping[str, Send]] | None = None,
) -> None:
    """Draw the answers of a dialog.

    Args:
        no: words of the answer that leaves all as it is.
        yes: words of the answer that asks for everything in sends.
        key: of that answer.
        sends: what is asked for, by form.
        disabled: whether it cannot be asked for.
        also: words of an answer that asks for this besides.
    """
    with st.container(key="answers", horizontal=True, horizontal_alignment="right"):
        if st.button(no, key=f"{key}_not", on_click=close_dialog):
            st.rerun()
        if also is not None:
            words, more = also
            if st.button(words, key=f"{key}_also", on_click=_answer, args=({**sends, **more},)):
                st.rerun()
        if st.button(yes, type="primary", key=key, disabled=disabled or not sends, on_click=_answer, args=(sends,)):
            st.rerun()


def draw_typed_answers(no: str, yes: str, key: str, sends: Mapping[str, Send], typed: TypedForm) -> None:
    """Draw the two answers of a dialog with number fields; yes asks for what was shown, or for nothing.

    Args:
        no: words of the answer that leaves all as it is.
        yes: words of the answer that sends.
        key: of that answer.
        sends: what is asked for, by form.
        typed: what stands in the fields.
    """
    shown = sha256(repr(typed).encode()).hexdigest()[:16]

    def press() -> None:
        pressed = heard(key, "pressed")
        if not pressed:
            return
        changed = [field for field, text in pressed["texts"].items() if typed.texts.get(field, text) != text]
        for field in changed:
            take_text(field, pressed["texts"][field])
        if changed or pressed["shown"] != shown or typed.why:
            say("The numbers changed as you pressed. Look once more and press again.")
        else:
            _answer(sends)

    with st.container(key="answers", horizontal=True, horizontal_alignment="right", vertical_alignment="top"):
        if st.button(no, key=f"{key}_not", on_click=close_dialog):
            st.rerun()
        component("send-button")(
            key=key,
            data={
                "form": typed.form,
                "label": yes,
                "disabled": bool(typed.why),
                "why": typed.why,
                "texts": typed.texts,
                "shown": shown,
            },
            on_pressed_change=press,
            width="content",
        )
    if not is_dialog_open():
        st.rerun()


def is_dialog_open() -> bool:
    """Return whether a question is asked that was neither answered nor dismissed."""
    return _OPEN in st.session_state


def _answer(sends: Mapping[str, Send]) -> None:
    close_dialog()
    for form, send in sends.items():
        ask(form, send)
