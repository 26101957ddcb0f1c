"""Asking the bot for something, and following what became of it until it is said."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import streamlit as st

from app_pages.ui.plain import plain
from app_pages.ui.position_values import with_pairs
from app_pages.ui.session import instruction_id, renew_instruction_id, services
from services.errors import NotRecorded, ServiceError

if TYPE_CHECKING:
    from services.trading.views import InstructionAnswer

_ASKED = "asked_forms"
_UNSAID = "unsaid_words"
_MOST_LINES = 4


@dataclass(frozen=True, slots=True)
class _Words:
    text: str
    statement: int | None = None


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
                say(answer.outcome)
    if _unsaid():
        st.toast(_one_message(list(dict.fromkeys(_unsaid()))))
        _unsaid().clear()


def _one_message(words: list[_Words]) -> str:
    """Return what several actions have to say as one message: ten of them would cover the page."""
    lines = [_linked(plain(with_pairs(one.text)), one.statement) for one in words[:_MOST_LINES]]
    if len(words) > _MOST_LINES:
        lines.append(f"and {len(words) - _MOST_LINES} more, see Activity")
    return "\n\n".join(lines)


def _linked(words: str, statement: int | None) -> str:
    return words if statement is None else f"{words} [Statement](/history?statement={statement})"


def say(words: str, statement: int | None = None) -> None:
    """Say something in passing the next time a live part is drawn, whichever page that is on.

    Args:
        words: plain text.
        statement: the closed trade whose statement it leads to.
    """
    _unsaid().append(_Words(words, statement))


def _asked() -> set[str]:
    forms: set[str] = st.session_state.setdefault(_ASKED, set())
    return forms


def _unsaid() -> list[_Words]:
    words: list[_Words] = st.session_state.setdefault(_UNSAID, [])
    return words
