"""Sending what the form asks for: one instruction for each pair, followed until all are answered."""

from __future__ import annotations

import time
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.asking import answer_here, ask_here, say
from app_pages.ui.banner import notice_html
from app_pages.ui.draft import all_symbols, put, value
from app_pages.ui.links import go_to
from app_pages.ui.position_values import pair
from app_pages.ui.session import services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.terms import TradeTerms
    from services.dashboard.views import Snapshot
    from services.trading.views import InstructionAnswer

_SENT = "trade_sent"
_WAITING = "trade_waiting"
_ANSWERED = "trade_answered"
_ANSWERS = "trade_answers"
_OPENED = "trade_opened"  # pairs to take out of the form the next time it is drawn
_PATIENCE_SECONDS = 10.0
_LONG_WAIT = "The bot has not taken this up yet. If it does not within a minute it is dropped, and nothing is sent."
_NO_WORDS = "The bot did not say why. See Activity."
# A healthy bot answers in a fraction of this; waiting here saves the viewer the next tick of the page.
_QUICK_SECONDS = 1.5


def is_sending() -> bool:
    """Return whether something was sent whose answer is still to come."""
    return st.session_state.get(_SENT) is not None


def sent_so_far() -> dict[str, bool]:
    """Return by pair whether what was sent is answered; empty while nothing is being sent."""
    if not is_sending():
        return {}
    answered: dict[str, str] = st.session_state.get(_ANSWERED) or {}
    return {terms.symbol: terms.symbol in answered for terms in st.session_state[_WAITING]}


def take_out_opened() -> None:
    """Leave in the form what was not opened: the pairs that were are not for the next trade too."""
    opened: set[str] | None = st.session_state.pop(_OPENED, None)
    if opened is None:
        return
    left = [symbol for symbol in all_symbols() if symbol not in opened]
    put({"symbol": left[0] if left else value("symbol"), "more": left[1:]})


def send(trades: Sequence[TradeTerms]) -> None:
    """Ask for each trade once."""
    st.session_state[_ANSWERS] = {}
    written = [terms for terms in trades if ask_here(_form(terms), partial(_open, terms))]
    if written:
        st.session_state[_WAITING] = written
        st.session_state[_SENT] = time.monotonic()


def draw_answers() -> None:
    """Draw how far the sending is, or what came of it where not everything is open."""
    sent_at = st.session_state.get(_SENT)
    if sent_at is not None:
        waited = time.monotonic() - sent_at
        done, all_of_them = len(st.session_state.get(_ANSWERED, ())), len(st.session_state[_WAITING])
        words = _LONG_WAIT if waited > _PATIENCE_SECONDS else _how_far(done, all_of_them)
        # Written down is the first of two steps, answered the second.
        st.progress((all_of_them + done) / (2 * all_of_them), text=words)
    answers: dict[str, tuple[bool, str]] = st.session_state.get(_ANSWERS) or {}
    if sent_at is None and answers:
        st.html(_answers_html(answers))


def follow() -> None:
    """Go to Positions when all is open; otherwise keep the form as it is and say what is not, and why."""
    sent_at = st.session_state.get(_SENT)
    if sent_at is None:
        return
    waiting: list[TradeTerms] = st.session_state[_WAITING]
    answered: dict[str, str] = st.session_state.setdefault(_ANSWERED, {})
    while True:
        for terms in [one for one in waiting if one.symbol not in answered]:
            answer = answer_here(_form(terms))
            if answer is not None:
                answered[terms.symbol] = answer.outcome or ""
        if len(answered) == len(waiting) or time.monotonic() - sent_at >= _QUICK_SECONDS:
            break
        time.sleep(0.1)
    if len(answered) < len(waiting):
        return
    st.session_state[_SENT] = None
    st.session_state[_ANSWERED] = {}
    snapshot = _fresh_snapshot()
    answers = {one.symbol: (_is_live(one, snapshot), answered[one.symbol]) for one in waiting}
    if len(waiting) > 1 or len(all_symbols()) > 1:
        st.session_state[_OPENED] = {symbol for symbol, (live, _) in answers.items() if live}
    if all(live for live, _ in answers.values()):
        for _, outcome in answers.values():
            say(outcome or "Opened.")
        go_to("positions")
    st.session_state[_ANSWERS] = answers
    st.rerun()


def _answers_html(answers: dict[str, tuple[bool, str]]) -> str:
    if len(answers) == 1:
        ((_, outcome),) = answers.values()
        return notice_html("warning", "It is not open", outcome or _NO_WORDS)
    opened = [pair(symbol) for symbol, (live, _) in answers.items() if live]
    title = f"{len(opened)} of {len(answers)} are open"
    lines = [f"**{pair(symbol)}** {words or _NO_WORDS}" for symbol, (live, words) in answers.items() if not live]
    done = f"Open: {', '.join(opened)}. " if opened else ""
    return notice_html("warning", escape(title), f"{done}{' '.join(lines)}")


def _how_far(done: int, all_of_them: int) -> str:
    if all_of_them == 1:
        return "Sent to the bot; waiting for the exchange."
    return f"Sent to the bot; the exchange has answered {done} of {all_of_them}."


def _form(terms: TradeTerms) -> str:
    return f"open_trade:{terms.symbol}"


def _open(terms: TradeTerms, instruction_id: str) -> InstructionAnswer:
    return services().instructions.open_trade(instruction_id, terms)


def _fresh_snapshot() -> Snapshot:
    """Return a snapshot made after this call: the shared one may be a second old and not know the new trade."""
    shared = services().dashboard.snapshot()
    deadline = time.monotonic() + _QUICK_SECONDS
    latest = shared
    while latest.taken_at == shared.taken_at and time.monotonic() < deadline:
        time.sleep(0.1)
        latest = services().dashboard.snapshot()
    return latest


def _is_live(terms: TradeTerms, snapshot: Snapshot) -> bool:
    return any(one.symbol == terms.symbol and one.side is terms.side for one in snapshot.positions)
