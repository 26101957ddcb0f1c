"""New trade: one form, and the verdict on it before anything is sent."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.trade_form import draw_form, keep_draft, typed_terms
from app_pages.trade_verdict import draw_verdict
from app_pages.ui.asking import answer_here, ask_here, follow_asked, say
from app_pages.ui.banner import notice_html
from app_pages.ui.figures import section_title
from app_pages.ui.links import go_to
from app_pages.ui.position_values import pair
from app_pages.ui.session import services
from monitor_health import Venue
from services_errors import ServiceError

if TYPE_CHECKING:
    from domain.preview import Preview
    from domain.refusals import Refusal
    from domain.terms import TradeTerms
    from services_views import InstructionAnswer, Snapshot

FORM = "open_trade"
_ANSWER = "trade_answer"
_SENT = "trade_sent"
_PATIENCE_SECONDS = 10.0
_LONG_WAIT = "The bot has not taken this up yet. If it does not within a minute it is dropped, and nothing is sent."
# A healthy bot answers in a fraction of this; waiting here saves the viewer the next tick of the page.
_QUICK_SECONDS = 1.5


def page() -> None:
    """Draw the page."""
    _draw_live()


@st.fragment(run_every=2)
def _draw_live() -> None:
    """Form and verdict in one part: a change in a field runs this alone, and the prices behind it stay fresh."""
    snapshot = services().snapshot()
    terms = typed_terms()
    figures, refusals, trouble = _preview(terms)
    section_title("New trade")
    with st.container(key="trade", horizontal=True, gap="medium"):
        with st.container(key="trade_form"):
            draw_form(services().symbols(), refusals)
        with st.container(key="trade_verdict"):
            rules = services().symbol_rules(terms.symbol)
            if trouble or rules is None:
                st.html(notice_html("warning", "No verdict yet", trouble or "The exchange has not sent its rules yet."))
            else:
                draw_verdict(terms, figures, refusals, rules, snapshot.taken_at)
            _draw_send(snapshot, terms, ready=figures is not None and not refusals and not trouble)
    keep_draft()
    follow_asked()
    _follow()


def _preview(terms: TradeTerms) -> tuple[Preview | None, tuple[Refusal, ...], str]:
    try:
        figures, refusals = services().preview(terms)
    except ServiceError as error:
        return None, (), str(error)
    return figures, refusals, ""


def _draw_send(snapshot: Snapshot, terms: TradeTerms, ready: bool) -> None:
    sent_at = st.session_state.get(_SENT)
    paused = snapshot.status.opening_paused
    st.button(
        "Sending…" if sent_at else f"Open {terms.side.value} {pair(terms.symbol)}",
        type="primary",
        width="stretch",
        key="open_trade",
        disabled=not ready or paused or sent_at is not None,
        on_click=_send,
    )
    if sent_at:
        waited = time.monotonic() - sent_at
        st.caption(_LONG_WAIT if waited > _PATIENCE_SECONDS else "Sent to the bot; waiting for the exchange.")
    elif paused:
        st.caption("Opening is paused. Resume it on Positions.")
    else:
        st.caption(f"Sends one market order to {_venue_words(snapshot)}. No real money is involved.")
    if st.session_state.get(_ANSWER):
        st.html(notice_html("warning", "It is not open", st.session_state[_ANSWER]))


def _venue_words(snapshot: Snapshot) -> str:
    practice = snapshot.status.venue is Venue.PRACTICE
    return "the practice exchange" if practice else snapshot.status.venue_label


def _send() -> None:
    """Ask for what stands in the fields at this moment, unless the rules refuse exactly that."""
    terms = typed_terms()
    figures, refusals, trouble = _preview(terms)
    st.session_state[_ANSWER] = None
    if figures is None or refusals or trouble:
        return
    if ask_here(FORM, partial(_open, terms)):
        st.session_state[_SENT] = time.monotonic()


def _open(terms: TradeTerms, instruction_id: str) -> InstructionAnswer:
    return services().open_trade(instruction_id, terms)


def _follow() -> None:
    """Go to Positions when the trade is open; otherwise keep the form as it is and say why not."""
    sent_at = st.session_state.get(_SENT)
    if sent_at is None:
        return
    answer = answer_here(FORM)
    while answer is None and time.monotonic() - sent_at < _QUICK_SECONDS:
        time.sleep(0.1)
        answer = answer_here(FORM)
    if answer is None:
        return
    st.session_state[_SENT] = None
    if _is_live(typed_terms(), _fresh_snapshot()):
        say(answer.outcome or "Opened.")
        go_to("positions")
    st.session_state[_ANSWER] = answer.outcome or "The bot did not say why. See Activity."
    st.rerun()


def _fresh_snapshot() -> Snapshot:
    """Return a picture made after this call: the shared one may be a second old and not know the new trade."""
    shared = services().snapshot()
    deadline = time.monotonic() + _QUICK_SECONDS
    latest = shared
    while latest.taken_at == shared.taken_at and time.monotonic() < deadline:
        time.sleep(0.1)
        latest = services().snapshot()
    return latest


def _is_live(terms: TradeTerms, snapshot: Snapshot) -> bool:
    return any(one.symbol == terms.symbol and one.side is terms.side for one in snapshot.positions)
