"""Moving stop and target of an open position by money, price or per cent, with what each nets."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.dialogs import close_dialog, draw_answers, draw_gone, live_position
from app_pages.ui.figures import Fact, facts_html, tone_of
from app_pages.ui.position_values import away_words, pair, position_name
from app_pages.ui.session import services
from app_pages.ui.typed import typed_number
from domain.preview.edits import (
    OpenTrade,
    break_even_price,
    edit_refusals,
    percent_at_price,
    price_for_percent,
    price_for_result,
    result_at_price,
)
from domain.terms import Phase
from domain.wording import format_percent, format_price, format_usdt

if TYPE_CHECKING:
    from services.dashboard.views import PositionView
    from services.trading.views import InstructionAnswer


class Unit(StrEnum):
    """What a person types stop and target in."""

    USDT = "USDT"
    PRICE = "Price"
    PERCENT = "% of price"


_LABELS = {
    Unit.USDT: ("Result at the stop, USDT", "Result at the target, USDT"),
    Unit.PRICE: ("Stop price", "Target price"),
    Unit.PERCENT: ("Stop, % from entry", "Target, % from entry"),
}
_HELP = {
    Unit.USDT: "After all fees and funding. A loss is negative; a stop above zero keeps a profit.",
    Unit.PRICE: None,
    Unit.PERCENT: "How far the price moves from your entry. Against you is negative.",
}


@st.dialog("Edit stop and target", on_dismiss=close_dialog)
def edit_protection(position_id: int) -> None:
    """Ask where stop and target are to rest."""
    position = live_position(position_id)
    if position is None or position.open_trade is None or position.phase is not Phase.OPEN:
        draw_gone()
        return
    trade = position.open_trade
    st.markdown(f"**{pair(position.symbol)}** {position_name(position)}")
    unit = Unit(
        st.segmented_control(
            "Set by",
            list(Unit),
            default=Unit.USDT,
            required=True,
            key=_unit_key(position.id),
            on_change=_carry_over,
            args=(position.id, trade),
        )
        or Unit.USDT
    )
    typed = _typed_prices(position, trade, unit)
    _draw_break_even(position, trade, unit)
    stop, target = typed["stop"][0], typed["target"][0]
    wrong = [words for _, words in typed.values() if words]
    wrong += edit_refusals(
        position.side, position.tick_size, position.mark_price, position.liquidation_price, stop, target
    )
    for words in wrong:
        st.html(f'<p class="refusal" role="alert">{escape(words)}</p>')
    st.html(facts_html(preview_facts(position, trade, stop, target)))
    st.caption("The old stop rests on the exchange until the new one does; the position is never without one.")
    new_stop = stop if stop != position.stop_price else None
    new_target = target if target != position.target_price else None
    nothing_new = new_stop is None and new_target is None
    sends = {f"edit:{position.id}": partial(_edit, position.id, new_stop, new_target)}
    draw_answers("Leave as it is", "Move them", "edit_confirmed", sends, disabled=bool(wrong) or nothing_new)


def prepare_break_even(position_id: int, trade: OpenTrade) -> None:
    """Fill the dialog's stop with break-even, whatever unit it is set by."""
    price = break_even_price(trade)
    unit = Unit(st.session_state.setdefault(_unit_key(position_id), Unit.USDT) or Unit.USDT)
    st.session_state[_key("stop", unit, position_id)] = shown_as(trade, price, unit)
    st.session_state[_chosen_key("stop", position_id)] = price


def shown_as(trade: OpenTrade, price: Decimal | None, unit: Unit) -> str:
    """Return a price as the field of that unit shows it, empty for none."""
    if price is None:
        return ""
    if unit is Unit.PRICE:
        return format_price(price, trade.tick_size)
    if unit is Unit.PERCENT:
        return format_percent(percent_at_price(trade, price), signed=True, decimals=2)
    return format_usdt(result_at_price(trade, price), signed=True)


def price_typed(trade: OpenTrade, text: str, unit: Unit) -> Decimal | None:
    """Return the price that a field of that unit names, None when it names no number."""
    number = typed_number(text)
    if number is None:
        return None
    if unit is Unit.PRICE:
        return number
    return price_for_result(trade, number) if unit is Unit.USDT else price_for_percent(trade, number)


def preview_facts(position: PositionView, trade: OpenTrade, stop: Decimal | None, target: Decimal | None) -> list[Fact]:
    """Return what the position nets at stop and target, and where they lie."""
    return [
        _preview(name, position, trade, price)
        for name, price in (("At the target", target), ("At the stop", stop))
        if price is not None and price > 0
    ]


def can_break_even(position: PositionView) -> bool:
    """Return whether the price is far enough for a stop at break-even to rest there."""
    trade, mark = position.open_trade, position.mark_price
    return trade is not None and mark is not None and (mark - break_even_price(trade)) * position.side.sign > 0


def _preview(label: str, position: PositionView, trade: OpenTrade, price: Decimal) -> Fact:
    nets = result_at_price(trade, price)
    where = f"USDT at {format_price(price, trade.tick_size)}"
    return Fact(label, f"{where}, {away_words(position, price)}", format_usdt(nets, signed=True), tone_of(nets))


def _typed_prices(position: PositionView, trade: OpenTrade, unit: Unit) -> dict[str, tuple[Decimal | None, str]]:
    """Draw both fields and return each one's price with what is wrong with it."""
    present = {"stop": position.stop_price, "target": position.target_price}
    typed = {}
    for (name, price), label in zip(present.items(), _LABELS[unit], strict=True):
        chosen_key = _chosen_key(name, position.id)
        before = st.session_state.get(chosen_key, price)
        shown = shown_as(trade, before, unit)
        text = st.text_input(label, value=shown, key=_key(name, unit, position.id), help=_HELP[unit])
        # What was not touched stays exactly where it is: its text is rounded, the price is not.
        chosen = before if text == shown_as(trade, before, unit) else price_typed(trade, text, unit)
        missing = chosen is None and (name == "stop" or price is not None)
        typed[name] = (chosen, f"The {name} must be a number." if missing else "")
        if chosen is not None:
            st.session_state[chosen_key] = chosen
    return typed


def _draw_break_even(position: PositionView, trade: OpenTrade, unit: Unit) -> None:
    price = format_price(break_even_price(trade), trade.tick_size)
    if can_break_even(position):
        st.button(
            f"Stop to break-even, {price}",
            icon=":material/balance:",
            type="tertiary",
            key=f"break_even:{position.id}",
            on_click=prepare_break_even,
            args=(position.id, trade),
        )
    else:
        st.caption(f"Break-even after fees is {price}; the price is not beyond it, so no stop can rest there yet.")


def _carry_over(position_id: int, trade: OpenTrade) -> None:
    """Show what is chosen in the unit chosen now."""
    unit = Unit(st.session_state[_unit_key(position_id)] or Unit.USDT)
    for name in ("stop", "target"):
        chosen = st.session_state.get(_chosen_key(name, position_id))
        if chosen is not None:
            st.session_state[_key(name, unit, position_id)] = shown_as(trade, chosen, unit)


def forget_edits(position_id: int) -> None:
    """Let the dialog begin with where stop and target rest now; for use before it is opened."""
    for name in ("stop", "target"):
        st.session_state.pop(_chosen_key(name, position_id), None)
        for unit in Unit:
            st.session_state.pop(_key(name, unit, position_id), None)


def _unit_key(position_id: int) -> str:
    return f"edit_unit:{position_id}"


def _key(name: str, unit: Unit, position_id: int) -> str:
    return f"edit_{name}_{unit.name.lower()}:{position_id}"


def _chosen_key(name: str, position_id: int) -> str:
    return f"edit_{name}_chosen:{position_id}"


def _edit(position_id: int, stop: Decimal | None, target: Decimal | None, instruction_id: str) -> InstructionAnswer:
    return services().instructions.edit_protection(instruction_id, position_id, stop, target)
