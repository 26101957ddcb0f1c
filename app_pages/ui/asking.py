"""Asking the bot for something, and following what became of it until it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

import streamlit as st

from app_pages.ui.messages import Line, add_message
from app_pages.ui.session import instruction_id, renew_instruction_id, services
from services.errors import NotRecorded, ServiceError

if TYPE_CHECKING:
    from services.trading.views import InstructionAnswer

_ASKED = "asked_forms"
_UNSAID = "unsaid_words"


class Send(Protocol):
    """One of the services' operations, bound to what it is about: called with the form's instruction id."""

    def __call__(self, instruction_id: str, /) -> InstructionAnswer:
        """Write the instruction down and return its state."""


def ask(form: str, send: Send) -> None:
    """Ask once under the form's id; follow_asked says the answer when it comes.

    Args:
        form: what is asked of what, e.g. "close:42".
        send: writes the instruction down under the id it is given.
    """
    if ask_here(form, send):
        _asked().add(form)


def ask_here(form: str, send: Send) -> bool:
    """Ask once under the form's id and leave the answer to the page, which calls answer_here until it comes.

    Returns:
        Whether it was written down; if not, the reason is said and pressing again is safe.
    """
    try:
        send(instruction_id(form))
    except ServiceError as error:
        say(str(error))
        return False
    return True


def answer_here(form: str) -> InstructionAnswer | None:
    """Return what became of what was asked under this form, once; None while it is not known."""
    try:
        answer = services().instructions.answer(instruction_id(form))
    except NotRecorded:
        return None
    if not answer.done:
        return None
    renew_instruction_id(form)
    return answer


def is_asked(form: str) -> bool:
    """Return whether the form was sent and its answer is still to come."""
    return form in _asked()


def follow_asked() -> None:
    """Say what became of everything asked for; call it wherever a live part is drawn."""
    for form in sorted(_asked()):
        answer = answer_here(form)
        if answer is not None:
            _asked().discard(form)
            if answer.outcome:
                what, _, trade = form.partition(":")
                say(answer.outcome, closing=int(trade) if what == "close" else None)
    if _unsaid():
        add_message(_unsaid())
        _unsaid().clear()


def say(words: str, statement: int | None = None, closing: int | None = None) -> None:
    """Say something in passing the next time a live part is drawn, whichever page that is on.

    Args:
        words: plain text.
        statement: the closed trade whose statement it leads to.
        closing: the trade that is being closed.
    """
    _unsaid().append(Line(words, statement, closing))


def _asked() -> set[str]:
    forms: set[str] = st.session_state.setdefault(_ASKED, set())
    return forms


def _unsaid() -> list[Line]:
    words: list[Line] = st.session_state.setdefault(_UNSAID, [])
    return words
