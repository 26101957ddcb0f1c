"""Moving stop and target of an open position by money, price or per cent, with what each nets."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.positions.edit_units import Unit, number_kind, price_meant, shown_as
from app_pages.positions.editing_exits import draw_position_exits, exit_texts, forget_exits, typed_exits
from app_pages.ui.dialogs import TypedForm, close_dialog, draw_gone, draw_typed_answers, live_position
from app_pages.ui.figures import Fact, facts_html, tone_of
from app_pages.ui.number_field import draw_number_field, read, text_of, write_text
from app_pages.ui.plain import plain
from app_pages.ui.position_values import away_words, pair, position_name
from app_pages.ui.session import services
from domain.number_text import Reading, Understood
from domain.preview.edits import (
    OpenTrade,
    bounds_refusals,
    break_even_price,
    edit_refusals,
    result_at_price,
)
from domain.terms import Phase
from domain.wording import format_price, format_usdt

if TYPE_CHECKING:
    from services.dashboard.views import PositionView
    from services.trading.instructions import ExitsEdit
    from services.trading.views import InstructionAnswer


_HELP = {
    Unit.USDT: "After all fees and funding. A stop that keeps a profit is written with a plus: +5.",
    Unit.PRICE: None,
    Unit.PERCENT: "How far the price moves from your entry.",
    Unit.PERCENT_MARGIN: "After all fees and funding, as percent of the margin.",
}
_LABELS = {"stop": "Stop loss", "target": "Take profit"}


@dataclass(frozen=True, slots=True)
class _Kept:
    """A field as the dashboard filled it: its text, the exact price behind it, and where stop or target lay then."""

    text: str
    price: Decimal | None
    placed: Decimal | None


@st.dialog("Edit stop and target", on_dismiss=close_dialog)
def edit_protection(position_id: int) -> None:
    """Ask where stop and target are to rest."""
    position = live_position(position_id)
    if position is None or position.open_trade is None or position.phase is not Phase.OPEN:
        draw_gone()
        return
    trade, snapshot = position.open_trade, services().dashboard.snapshot()
    st.markdown(f"**{plain(pair(position.symbol))}** {position_name(position)}")
    unit = Unit(
        st.segmented_control(
            "Stop and target in",
            list(Unit),
            default=Unit.USDT,
            required=True,
            key=_unit_key(position.id),
            on_change=_carry_over,
            args=(position.id, trade),
        )
        or Unit.USDT
    )
    st.session_state[_drawn_unit_key(position.id)] = unit
    several = typed_exits(position, position.target_price).wanted.targets
    prices, why = _draw_fields(position, trade, unit, ("stop",) if several else ("stop", "target"))
    stop, target = prices["stop"], prices.get("target")
    _draw_break_even(position, trade, unit)
    exits = typed_exits(position, target)
    draw_position_exits(position, exits, stop, snapshot.taken_at)
    wrong = edit_refusals(
        position.side, position.tick_size, position.mark_price, position.liquidation_price, stop, target
    )
    rules = services().market.symbol_rules(position.symbol)
    if rules is not None:
        wrong += bounds_refusals(trade, rules, snapshot.summary.wallet, stop, target)
    for words in wrong:
        st.html(f'<p class="refusal" role="alert">{escape(words)}</p>')
    st.html(facts_html(preview_facts(position, trade, stop, target)))
    st.caption("The old stop is placed on the exchange until the new one is; the position is never without one.")
    new_stop = stop if stop != position.stop_price else None
    new_target = target if target != position.target_price or (exits.seen.targets and not several) else None
    why = why or exits.why
    if not why and (wrong or exits.wrong):
        why = "Put right what is marked red first."
    if not why and new_stop is None and new_target is None and exits.edit is None:
        why = "Nothing is changed yet."
    texts = {_key(name, position.id): text_of(_key(name, position.id)) for name in prices} | exit_texts(position)
    typed = TypedForm(f"edit:{position.id}", texts, (new_stop, new_target, exits.edit), why)
    sends = {f"edit:{position.id}": partial(_edit, position.id, new_stop, new_target, exits.edit)}
    draw_typed_answers("Cancel", "Save", "edit_confirmed", sends, typed)


def prepare_break_even(position_id: int, trade: OpenTrade) -> None:
    """Fill the dialog's stop with break-even, whatever unit it is set by."""
    _choose("stop", position_id, trade, break_even_price(trade))


def prepare_price(name: str, position_id: int, trade: OpenTrade, price: Decimal) -> None:
    """Fill the dialog's stop or target with a price, whatever unit it is set by."""
    _choose(name, position_id, trade, price)


def preview_facts(position: PositionView, trade: OpenTrade, stop: Decimal | None, target: Decimal | None) -> list[Fact]:
    """Return what the position nets at stop and target, and where they lie."""
    return [
        _preview(name, position, trade, price)
        for name, price in (("At the stop", stop), ("At the target", target))
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


def _draw_fields(
    position: PositionView, trade: OpenTrade, unit: Unit, names: tuple[str, ...]
) -> tuple[dict[str, Decimal | None], str]:
    """Draw the fields named; return the price that each one means, None for none, and what cannot be read."""
    present = {"stop": position.stop_price, "target": position.target_price}
    prices: dict[str, Decimal | None] = {}
    unread = ""
    for column, name in zip(st.columns(2, wrap=False), names, strict=False):
        price = present[name]
        moved = _follow(name, position, trade, price)
        label = f"{_LABELS[name]}, {'price' if unit is Unit.PRICE else unit.value}"
        with column:
            reading = draw_number_field(
                _key(name, position.id),
                label,
                number_kind(name, unit, position.tick_size),
                form=f"edit:{position.id}",
                help_text=_HELP[unit] if name == "stop" else None,
                may_be_empty=name == "target" and price is None,
            )
            if moved:
                st.html(f'<p class="refusal" role="alert">{escape(moved)}</p>')
        prices[name] = _price(name, position, trade, unit, reading)
        missing = not isinstance(reading, Understood) and (name == "stop" or price is not None)
        if missing and not unread:
            unread = f"{_LABELS[name]}: {getattr(reading, 'words', '')}"
    return prices, unread


def _price(name: str, position: PositionView, trade: OpenTrade, unit: Unit, reading: Reading) -> Decimal | None:
    kept: _Kept | None = st.session_state.get(_kept_key(name, position.id))
    # What was not touched stays exactly where it is: its text is rounded, the price is not.
    if kept is not None and kept.text == text_of(_key(name, position.id)):
        return kept.price
    if not isinstance(reading, Understood) or reading.value is None:
        return None
    return price_meant(trade, reading.value, unit, name, position.margin_usdt)


def _follow(name: str, position: PositionView, trade: OpenTrade, price: Decimal | None) -> str:
    """Keep a field that nobody touched at the price that is placed now; return what to say where it was touched."""
    kept: _Kept | None = st.session_state.get(_kept_key(name, position.id))
    if kept is not None and kept.placed == price:
        return ""
    if kept is None or (kept.text == text_of(_key(name, position.id)) and kept.price == kept.placed):
        st.session_state.pop(_kept_key(name, position.id), None)
        _choose(name, position.id, trade, price)
        return ""
    now = "gone" if price is None else f"at {format_price(price, position.tick_size)}"
    return f"Changed meanwhile: the {name} is {now}."


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
    position = live_position(position_id)
    before: Unit = st.session_state[_drawn_unit_key(position_id)]
    if position is None:
        return
    for name in _LABELS:
        key = _key(name, position_id)
        reading = read(key, number_kind(name, before, position.tick_size))
        _choose(name, position_id, trade, _price(name, position, trade, before, reading))


def _choose(name: str, position_id: int, trade: OpenTrade, price: Decimal | None) -> None:
    """Let a field stand for a price, written in the unit that is chosen."""
    position = live_position(position_id)
    if position is None:
        return
    before: _Kept | None = st.session_state.get(_kept_key(name, position_id))
    text = "" if price is None else shown_as(trade, price, _unit(position_id), name, position.margin_usdt)
    write_text(_key(name, position_id), text)
    placed = before.placed if before else position.stop_price if name == "stop" else position.target_price
    st.session_state[_kept_key(name, position_id)] = _Kept(text, price, placed)


def forget_edits(position: PositionView) -> None:
    """Let the dialog begin with stop, target and exits as they are now; for use before it is opened."""
    for name in _LABELS:
        st.session_state.pop(_kept_key(name, position.id), None)
    forget_exits(position)


def _unit(position_id: int) -> Unit:
    return Unit(st.session_state.get(_unit_key(position_id)) or Unit.USDT)


def _unit_key(position_id: int) -> str:
    return f"edit_unit:{position_id}"


def _drawn_unit_key(position_id: int) -> str:
    return f"edit_drawn_unit:{position_id}"


def _key(name: str, position_id: int) -> str:
    return f"edit_{name}:{position_id}"


def _kept_key(name: str, position_id: int) -> str:
    return f"edit_{name}_kept:{position_id}"


def _edit(
    position_id: int,
    stop: Decimal | None,
    target: Decimal | None,
    exits: ExitsEdit | None,
    instruction_id: str,
) -> InstructionAnswer:
    return services().instructions.edit_protection(instruction_id, position_id, stop, target, exits)
