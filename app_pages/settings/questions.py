"""What Settings asks once before it does it, and what it says afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import streamlit as st

from app_pages.ui.banner import notice_html
from app_pages.ui.dialogs import open_dialog
from app_pages.ui.links import go_to
from app_pages.ui.plain import plain
from app_pages.ui.session import services
from domain.bot_status import BotState
from services.errors import LivePositionsAsk, ServiceError

_SAID = "settings_said"  # (tone, title, text) to show after the page was drawn anew
_QUESTION = "settings_question"


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked about once before it is done; it lasts until answered or dismissed."""

    title: str
    text: str
    yes: str
    no: str
    act: Callable[[], None] = field(repr=False)
    may_close: tuple[int, ...] = ()  # positions that can be closed instead


def say_next(tone: str, title: str, text: str) -> None:
    """Draw the page anew and say something on it."""
    st.session_state[_SAID] = (tone, title, text)
    st.rerun()


def draw_said() -> None:
    """Draw what was to be said, once; its place stays when it goes: what lies below keeps what is open and typed."""
    said = st.session_state.pop(_SAID, None)
    with st.container():
        if said is not None:
            st.html(notice_html(*said))


def draw_open_question() -> None:
    """Draw the dialog of what is asked; nothing while nothing is."""
    question = st.session_state.get(_QUESTION)
    if question is not None:
        st.dialog(question.title, on_dismiss=_withdraw)(_draw_question)(question)


def ask(question: Question) -> None:
    """Ask with the next run of the page."""
    st.session_state[_QUESTION] = question


def try_to(change: Callable[..., None], title: str, text: str) -> None:
    """Make a change and say so; while positions are live ask first."""
    try:
        change()
    except LivePositionsAsk as question:
        ask(live_question(question, partial(try_to, partial(change, leave_unwatched=True), title, text)))
        st.rerun()
    except ServiceError as error:
        st.html(notice_html("down", "Nothing was changed", str(error)))
        return
    say_next("up", title, text)


def live_question(asked: LivePositionsAsk, act: Callable[[], None]) -> Question:
    """Return what is asked while positions are open; act: do it, and leave them unwatched."""
    one = asked.live_positions == 1
    return Question(
        "A position is open" if one else "Positions are open",
        str(asked),
        "Leave it unwatched" if one else "Leave them unwatched",
        "Keep watching it" if one else "Keep watching them",
        act,
        closable(),
    )


def closable() -> tuple[int, ...]:
    """Return the open positions that the bot can close, which takes being signed in."""
    snapshot = services().dashboard.snapshot()
    signed_in = snapshot.status.state not in (BotState.NO_KEYS, BotState.LOCKED)
    return tuple(position.id for position in snapshot.positions) if signed_in else ()


def _withdraw() -> None:
    st.session_state.pop(_QUESTION, None)


def _close_words(question: Question) -> str:
    return "Close it first" if len(question.may_close) == 1 else "Close them first"


def _draw_question(question: Question) -> None:
    st.write(plain(question.text))
    with st.container(horizontal=True):
        if st.button(question.no, type="primary", key="settings_no"):
            _withdraw()
            st.rerun()
        if question.may_close and st.button(_close_words(question), key="settings_close"):
            _withdraw()
            open_dialog("close_many", question.may_close)
            go_to("positions")
        if st.button(question.yes, key="settings_yes"):
            _withdraw()
            question.act()
