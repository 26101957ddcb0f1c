"""Changing what a trade's next round opens on; the one that is open stays as it is."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.dialogs import TypedForm, close_dialog, draw_gone, draw_typed_answers, live_position
from app_pages.ui.exit_fields import ExitFields
from app_pages.ui.exits import draw_exits
from app_pages.ui.number_field import decimal_sign, draw_number_field, forget_text, read, text_of
from app_pages.ui.plain import plain
from app_pages.ui.position_values import pair, position_name
from app_pages.ui.reopening import TIMES, draw_reopening, fields_of_rule, rule_of_fields
from app_pages.ui.session import services
from domain.exit_plan_checks import check_exits
from domain.number_text import NumberKind, NumberRole, Understood, spelled
from domain.terms import Basis, TradeTerms
from domain.terms_json import BadTerms, check_terms

if TYPE_CHECKING:
    from services.trading.views import InstructionAnswer


@st.dialog("Change the next trade", on_dismiss=close_dialog)
def edit_plan(position_id: int) -> None:
    """Ask on what terms the plan's next trade is to open."""
    position = live_position(position_id)
    if position is None:
        draw_gone()
        return
    terms = position.next_terms
    st.markdown(f"**{plain(pair(position.symbol))}** {position_name(position)}")
    st.write(
        "The open position keeps its margin, stop and target. What you set here holds from the next time it opens."
    )
    wanted, why, texts = _typed_terms(terms, position.plan_id)
    wrong = () if why else _wrong(wanted)
    for words in wrong:
        st.html(f'<p class="refusal" role="alert">{escape(words)}</p>')
    if wrong:
        why = "Put right what is marked red first."
    elif not why and wanted == terms:
        why = "Nothing is changed yet."
    sends = {f"plan:{position.plan_id}": partial(_edit_plan, position.plan_id, wanted)}
    typed = TypedForm(_form(position.plan_id), texts, wanted, why)
    draw_typed_answers("Cancel", "Save", "plan_confirmed", sends, typed)


def _typed_terms(terms: TradeTerms, plan_id: int) -> tuple[TradeTerms, str, dict[str, str]]:
    """Draw the fields; return the terms that they spell, what cannot be read, and what stands in them."""
    fees = "after fees" if terms.basis is Basis.NET else "before fees"
    fields = {
        "amount": ("Margin (your money), USDT", NumberKind(NumberRole.AMOUNT), terms.amount_usdt),
        "leverage": ("Leverage", NumberKind(NumberRole.WHOLE, unit="×", least=1, most=125), Decimal(terms.leverage)),
        "stop": (f"Stop loss, USDT {fees}", NumberKind(NumberRole.LOSS), terms.sl_usdt),
        "target": (f"Take profit, USDT {fees}", NumberKind(NumberRole.GAIN), terms.tp_usdt),
    }
    left, right = st.columns(2, wrap=False)
    numbers, why = {}, ""
    for column, (name, (label, kind, start)) in zip((left, right) * 2, fields.items(), strict=True):
        with column:
            reading = draw_number_field(
                _key(name, plan_id), label, kind, form=_form(plan_id), start=spelled(start, decimal_sign())
            )
        if isinstance(reading, Understood) and reading.value is not None:
            numbers[name] = reading.value
        else:
            numbers[name] = start
            why = why or f"{label}: {getattr(reading, 'words', '')}"
    before = fields_of_rule(terms.reopen)
    fields_of_exits = _exit_fields(terms, plan_id)
    exits, unread = fields_of_exits.typed()
    draw_exits(
        fields_of_exits, check_exits(exits, None if exits.targets else numbers["target"]), _key("exits", plan_id)
    )
    why = why or unread
    rule = draw_reopening(before, lambda field: _key(field, plan_id), _form(plan_id))
    drawn = [*fields, *(("maximum",) if rule["reopen"] else ())]
    if rule["reopen"] and not isinstance(read(_key("maximum", plan_id), TIMES), Understood):
        why = why or "Repeat up to: type a whole number, or nothing for no limit."
    wanted = replace(
        terms,
        amount_usdt=numbers["amount"],
        leverage=int(numbers["leverage"]),
        tp_usdt=exits.targets[-1].at_usdt if exits.targets else numbers["target"],
        sl_usdt=numbers["stop"],
        reopen=rule_of_fields(rule),
        exits=exits,
    )
    texts = {_key(name, plan_id): text_of(_key(name, plan_id)) for name in drawn}
    return wanted, why, texts | fields_of_exits.texts()


def _exit_fields(terms: TradeTerms, plan_id: int) -> ExitFields:
    return ExitFields(f"plan_exits_{plan_id}", terms.exits, _form(plan_id))


def _form(plan_id: int) -> str:
    return f"plan:{plan_id}"


def _key(field: str, plan_id: int) -> str:
    return f"plan_{field}:{plan_id}"


def forget_plan_fields(plan_id: int, terms: TradeTerms) -> None:
    """Let the dialog begin with the plan's terms as they are now; for use before it is opened."""
    _exit_fields(terms, plan_id).write()
    for name in ("amount", "leverage", "stop", "target", "maximum"):
        forget_text(_key(name, plan_id))


def _wrong(terms: TradeTerms) -> tuple[str, ...]:
    try:
        check_terms(terms)
    except BadTerms as bad:
        return bad.messages
    return ()


def _edit_plan(plan_id: int, terms: TradeTerms, instruction_id: str) -> InstructionAnswer:
    return services().instructions.edit_plan(instruction_id, plan_id, terms)
