"""What is not open: trades waiting to open again, and plans that are paused."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.asking import ask, is_asked
from app_pages.ui.figures import section_title
from app_pages.ui.position_values import pair, position_html
from app_pages.ui.session import services
from app_pages.ui.undo import offer_undo
from domain.wording import closed_sentence, format_countdown

if TYPE_CHECKING:
    from datetime import datetime

    from services.dashboard.views import PausedPlan, Snapshot, WaitingReopen
    from services.trading.views import InstructionAnswer


def draw_waiting(snapshot: Snapshot) -> None:
    """Draw the trades that open again by themselves, with the time left; nothing when there are none."""
    if not snapshot.waiting:
        return
    section_title("Waiting to open again", len(snapshot.waiting))
    with st.container(key="waiting"):
        for trade in snapshot.waiting:
            _draw_waiting_trade(trade, snapshot.taken_at)


def draw_paused(snapshot: Snapshot) -> None:
    """Draw the plans that will not open by themselves, each with the reason."""
    if not snapshot.paused:
        return
    section_title("Paused", len(snapshot.paused))
    with st.container(key="paused"):
        for plan in snapshot.paused:
            _draw_paused_plan(plan)


def _draw_waiting_trade(trade: WaitingReopen, now: datetime) -> None:
    reopen, skip = f"reopen:{trade.position_id}", f"skip:{trade.position_id}"
    asked = is_asked(reopen) or is_asked(skip)
    left = trade.not_before - now
    words = "opening now" if left.total_seconds() <= 0 else f"in {format_countdown(left)}"
    with st.container(key=f"waiting_{trade.position_id}", horizontal=True, vertical_alignment="center"):
        side = f"{trade.side.value} {trade.leverage}×"
        sentence = closed_sentence(trade.reason, trade.net_usdt)
        if trade.held_because:
            sentence = f"{sentence}. It waits: {trade.held_because}"
        st.html(position_html(pair(trade.symbol), side, sentence))
        st.html(f'<span class="countdown">{words}</span>', width="content")
        st.button(
            "Open now",
            key=f"open_{trade.position_id}",
            disabled=asked,
            on_click=ask,
            args=(reopen, partial(_reopen_now, trade.position_id)),
        )
        st.button(
            "Stop repeating",
            key=f"skip_{trade.position_id}",
            type="tertiary",
            disabled=asked,
            on_click=_stop_repeating,
            args=(trade,),
        )


def _draw_paused_plan(plan: PausedPlan) -> None:
    resume = f"resume:{plan.plan_id}"
    with st.container(key=f"paused_{plan.plan_id}", horizontal=True, vertical_alignment="center"):
        st.html(position_html(pair(plan.symbol), f"{plan.side.value} {plan.leverage}×", plan.reason))
        if plan.last_position_id is not None:
            reopen = f"reopen:{plan.last_position_id}"
            st.button(
                "Open now",
                key=f"reopen_{plan.plan_id}",
                disabled=is_asked(reopen),
                on_click=ask,
                args=(reopen, partial(_reopen_now, plan.last_position_id)),
            )
        st.button(
            "Resume",
            key=f"resume_{plan.plan_id}",
            type="tertiary",
            disabled=is_asked(resume),
            on_click=ask,
            args=(resume, partial(_resume_plan, plan.plan_id)),
        )


def _stop_repeating(trade: WaitingReopen) -> None:
    skip = f"skip:{trade.position_id}"
    ask(skip, partial(_skip_reopen, trade.position_id))
    if is_asked(skip):
        resume = partial(ask, f"resume:{trade.plan_id}", partial(_resume_plan, trade.plan_id))
        offer_undo(f"{pair(trade.symbol)} {trade.side.value} does not open again.", resume)


def _reopen_now(position_id: int, instruction_id: str) -> InstructionAnswer:
    return services().instructions.reopen_now(instruction_id, position_id)


def _skip_reopen(position_id: int, instruction_id: str) -> InstructionAnswer:
    return services().instructions.skip_reopen(instruction_id, position_id)


def _resume_plan(plan_id: int, instruction_id: str) -> InstructionAnswer:
    return services().instructions.resume_plan(instruction_id, plan_id)
