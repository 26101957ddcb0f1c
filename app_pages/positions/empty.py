"""What the page says when nothing is open: where one is, and the one thing to do next."""

from __future__ import annotations

from decimal import Decimal
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.asking import ask, is_asked
from app_pages.ui.links import go_to
from app_pages.ui.session import services
from domain.bot_status import BotState
from domain.terms import Basis, ReopenRule, Side, TradeTerms
from domain.venues import Venue
from services.errors import ServiceError

if TYPE_CHECKING:
    from services.dashboard.views import Snapshot
    from services.trading.views import InstructionAnswer

SAMPLE = TradeTerms(
    symbol="BTCUSDT",
    side=Side.LONG,
    amount_usdt=Decimal("150"),
    leverage=20,
    tp_usdt=Decimal("15"),
    sl_usdt=Decimal("10"),
    basis=Basis.NET,
    reopen=ReopenRule(enabled=True, maximum=20),
)
_TRADED = (
    "You are on the practice exchange: real market behaviour, invented money. What has closed is in History. "
    "Open something new, or the sample trade once more."
)
_PRACTICE = (
    "You are on the practice exchange: real market behaviour, invented money. "
    "Open a first trade to see what the bot does; it takes one click."
)


STEPS = (
    (
        "You say what you want",
        "A pair, a direction, how much to use, and in USDT what you want to win and may lose. That is the whole form.",
    ),
    (
        "The bot does the rest",
        "It opens the trade, places a stop and a target on the exchange within seconds, watches both, books what "
        "really came out after fees, and opens the same trade again if you like. You can close this page.",
    ),
    (
        "Watch one live",
        "Press “Open a sample trade” below: a practice trade with invented money that wins 15 or loses 10 USDT. "
        "Choose it in the list to see its chart, to move its stop or to close it.",
    ),
)
_STEP = "first_step"
_HAS_TRADED = "has_traded"


def draw_empty(snapshot: Snapshot) -> None:
    """Draw the empty page: a sample trade on practice, the form, and the way to Binance."""
    practice = snapshot.status.venue is Venue.PRACTICE
    unkeyed = snapshot.status.state in (BotState.NO_KEYS, BotState.LOCKED)
    traded = st.session_state.setdefault(_HAS_TRADED, practice and _has_traded())
    words = empty_words(snapshot, traded=traded)
    with st.container(key="empty", horizontal_alignment="center"):
        st.html(f'<div class="empty"><h3>Nothing is open</h3><p>{escape(words)}</p></div>')
        if practice and not unkeyed:
            _draw_steps()
        with st.container(key="empty_buttons", horizontal=True, horizontal_alignment="center"):
            if unkeyed:
                if st.button("Go to Settings", type="primary", key="connect"):
                    go_to("settings")
                return
            if practice:
                st.button(
                    "Open a sample trade",
                    type="primary",
                    key="sample",
                    disabled=is_asked("sample") or snapshot.status.state is not BotState.TRADING,
                    on_click=ask,
                    args=("sample", _open_sample),
                )
            own = "Set up my own" if practice else "New trade"
            if st.button(own, type="secondary" if practice else "primary", key="own"):
                go_to("new_trade")
            if practice and st.button("Connect Binance", type="tertiary", key="connect"):
                go_to("settings")


def _draw_steps() -> None:
    """Draw where a new viewer is in the three first steps; nothing for one who has traded or is through."""
    if _STEP not in st.session_state:
        st.session_state[_STEP] = len(STEPS) if st.session_state[_HAS_TRADED] else 0
    step = st.session_state[_STEP]
    if step >= len(STEPS):
        return
    title, words = STEPS[step]
    with st.container(key="first_steps"):
        st.html(
            f'<div class="step"><span class="of">Step {step + 1} of {len(STEPS)}</span><br><b>{escape(title)}</b>'
            f"<p>{escape(words)}</p></div>"
        )
        with st.container(key="first_steps_buttons", horizontal=True):
            if step + 1 < len(STEPS):
                st.button("Next", key="step_next", on_click=_go_to_step, args=(step + 1,))
            st.button("Skip this", key="step_skip", type="tertiary", on_click=_go_to_step, args=(len(STEPS),))


def end_first_steps() -> None:
    """Lead nobody any further who has a trade open."""
    st.session_state[_STEP] = len(STEPS)
    st.session_state[_HAS_TRADED] = True


def _go_to_step(step: int) -> None:
    st.session_state[_STEP] = step


def _has_traded() -> bool:
    try:
        return bool(services().history.symbols())
    except ServiceError:
        return True


def empty_words(snapshot: Snapshot, *, traded: bool) -> str:
    """Return where one is and what to do next, in one or two sentences; traded says that something has closed here."""
    status = snapshot.status
    if status.state is BotState.NO_KEYS:
        return f"{status.venue_label} needs test API keys before the bot can trade. Paste them in Settings."
    if status.state is BotState.LOCKED:
        return "The saved API keys cannot be read, so the bot does not trade. Settings says what to do."
    if status.opening_paused:
        return "Opening is paused: the bot opens nothing until you resume it, above on the right."
    if snapshot.waiting:
        return "What you see below opens again by itself. You can open something else meanwhile."
    if status.venue is Venue.PRACTICE:
        return _TRADED if traded else _PRACTICE
    return f"You are on {status.venue_label}, with test money. The bot opens what you set up in New trade."


def _open_sample(instruction_id: str) -> InstructionAnswer:
    return services().instructions.open_trade(instruction_id, SAMPLE)
