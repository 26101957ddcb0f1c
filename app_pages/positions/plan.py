"""Changing what a trade's next round opens on; the one that is open stays as it is."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.dialogs import close_dialog, draw_answers, draw_gone, live_position
from app_pages.ui.position_values import pair, position_name
from app_pages.ui.reopening import draw_reopening, fields_of_rule, rule_of_fields
from app_pages.ui.session import services
from app_pages.ui.typed import shown_number
from domain.terms import Basis, TradeTerms
from domain.terms_json import BadTerms, check_terms

if TYPE_CHECKING:
    from services.trading.views import InstructionAnswer


@st.dialog("Change the next round", on_dismiss=close_dialog)
def edit_plan(position_id: int) -> None:
    """Ask on what terms the plan's next run is to open."""
    position = live_position(position_id)
    if position is None:
        draw_gone()
        return
    terms = position.next_terms
    st.markdown(f"**{pair(position.symbol)}** {position_name(position)}")
    st.write(
        "The open position keeps its amount, stop and target. What you set here holds from the next time it opens."
    )
    wanted = _typed_terms(terms, position.plan_id)
    wrong = _wrong(wanted)
    for words in wrong:
        st.html(f'<p class="refusal" role="alert">{escape(words)}</p>')
    sends = {f"plan:{position.plan_id}": partial(_edit_plan, position.plan_id, wanted)}
    draw_answers("Leave as it is", "Change it", "plan_confirmed", sends, disabled=bool(wrong) or wanted == terms)


def _typed_terms(terms: TradeTerms, plan_id: int) -> TradeTerms:
    fees = "after fees" if terms.basis is Basis.NET else "before fees"
    left, right = st.columns(2, wrap=False)
    amount = left.number_input("Stake, USDT", 0.0, value=float(terms.amount_usdt), key=f"plan_amount:{plan_id}")
    leverage = right.number_input("Leverage", 1, 125, terms.leverage, key=f"plan_leverage:{plan_id}")
    target = left.number_input(
        f"Take profit, USDT {fees}", 0.0, value=float(terms.tp_usdt), key=f"plan_target:{plan_id}"
    )
    stop = right.number_input(f"Stop loss, USDT {fees}", 0.0, value=float(terms.sl_usdt), key=f"plan_stop:{plan_id}")
    fields = draw_reopening(fields_of_rule(terms.reopen), lambda field: f"plan_{field}:{plan_id}")
    return replace(
        terms,
        amount_usdt=shown_number(amount),
        leverage=int(leverage),
        tp_usdt=shown_number(target),
        sl_usdt=shown_number(stop),
        reopen=rule_of_fields(fields),
    )


def _wrong(terms: TradeTerms) -> tuple[str, ...]:
    try:
        check_terms(terms)
    except BadTerms as bad:
        return bad.messages
    return ()


def _edit_plan(plan_id: int, terms: TradeTerms, instruction_id: str) -> InstructionAnswer:
    return services().instructions.edit_plan(instruction_id, plan_id, terms)
