"""Asking the bot for something, and following what became of it until it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import streamlit as st

from app_pages.ui.session import instruction_id, renew_instruction_id, services
from services_errors import NotRecorded, ServiceError

if TYPE_CHECKING:
    from services_views import InstructionAnswer

_ASKED = "asked_forms"
_UNSAID = "unsaid_words"


class Send(Protocol):
    """One of the services' operations, bound to what it is about: called with the form's instruction id."""

    def __call__(self, instruction_id: str, /) -> InstructionAnswer:
        """Write the instruction down and return its state."""


def ask(form: str, send: Send) -> None:
    """Ask once under the form's id; the answer is said by follow_asked when it comes.

    Args:
        form: what is asked of what, e.g. "close:42".
        send: writes the instruction down under the id it is given.
    """
    try:
        answer = send(instruction_id(form))
    except ServiceError as error:
        _unsaid().append(str(error))
        return
    if answer.done:
        _finish(form, answer)
    else:
        _asked().add(form)


def is_asked(form: str) -> bool:
    """Return whether the form was sent and its answer is still to come."""
    return form in _asked()


def follow_asked() -> None:
    """Say what became of everything asked for; call it wherever a live part is drawn."""
    for form in sorted(_asked()):
        try:
            answer = services().instruction(instruction_id(form))
        except NotRecorded:
            continue
        if answer.done:
            _finish(form, answer)
    while _unsaid():
        st.toast(_unsaid().pop(0))


def say(words: str) -> None:
    """Say something in passing the next time a live part is drawn, whichever page that is on."""
    _unsaid().append(words)


def _finish(form: str, answer: InstructionAnswer) -> None:
    _asked().discard(form)
    renew_instruction_id(form)
    if answer.outcome:
        _unsaid().append(answer.outcome)


def _asked() -> set[str]:
    forms: set[str] = st.session_state.setdefault(_ASKED, set())
    return forms


def _unsaid() -> list[str]:
    words: list[str] = st.session_state.setdefault(_UNSAID, [])
    return words
