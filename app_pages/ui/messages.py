"""What is said in passing, as the lane for messages shows it: each once, also after the page was drawn anew.

Source: docs/decisions/0105-messages-have-a-lane.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import streamlit as st

from app_pages.ui.live import component
from app_pages.ui.position_values import with_pairs

MESSAGES = "messages"
_SESSION = "messages_session"
_MOST_LINES = 4
# A browser that asks again after longer has missed them: what is past is in Activity.
_SAID_FOR = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Line:
    """Plain text, the closed trade whose statement it leads to, and the trade that is being closed.

    What became of a trade takes the place of the words that it is being closed.
    """

    words: str
    statement: int | None = None
    closing: int | None = None


@dataclass(frozen=True, slots=True)
class _Message:
    number: int
    lines: tuple[Line, ...]
    said_at: datetime


def add_message(lines: Sequence[Line]) -> None:
    """Say several lines as one message: ten messages would cover the page."""
    before: tuple[_Message, ...] = st.session_state.get(MESSAGES, ())
    now = datetime.now(UTC)
    number = before[-1].number + 1 if before else 1
    kept = tuple(one for one in before if now - one.said_at < _SAID_FOR)
    # What became of a trade may be known before the answer to the wish is read.
    told = {line.statement for line in (*lines, *(line for one in kept for line in one.lines))} - {None}
    new = [one for one in dict.fromkeys(lines) if one.closing not in told]
    if not new:
        return
    shown = [replace(one, words=with_pairs(one.words)) for one in new]
    if len(shown) > _MOST_LINES:
        shown[_MOST_LINES:] = [Line(f"and {len(shown) - _MOST_LINES} more, see Activity")]
    st.session_state[MESSAGES] = (*kept, _Message(number, tuple(shown), now))


def draw_messages() -> None:
    """Draw the lane; each browser shows what it has not shown yet."""
    now = datetime.now(UTC)
    component("messages")(
        key="messages_lane",
        data={
            "session": st.session_state.setdefault(_SESSION, uuid4().hex),
            "messages": [
                {"number": one.number, "lines": [asdict(line) for line in one.lines]}
                for one in st.session_state.get(MESSAGES, ())
                if now - one.said_at < _SAID_FOR
            ],
        },
    )
