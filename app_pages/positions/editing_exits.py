"""The exits that move an open position, in the dialog that edits its stop and target."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.exit_fields import ExitFields
from app_pages.ui.exits import draw_exit_sentences, draw_exits
from app_pages.ui.number_field import write_number
from domain.exit_plan import NO_EXITS, ExitPlan
from domain.exits.edits import exit_edit_refusals
from domain.exits.moves import MovingTrade, wanted_stop
from domain.preview.exits import exit_sentences
from domain.wording import format_price, rounded
from services.trading.instructions import ExitsEdit

if TYPE_CHECKING:
    from datetime import datetime

    from services.dashboard.views import MovingView, PositionView

_CHANGED = "Changed meanwhile in another window: close this and open it once more to see the exits that move now."


@dataclass(frozen=True, slots=True)
class TypedExits:
    """What stands in the fields: wanted and seen, why it cannot be read, and what is wrong with it."""

    wanted: ExitPlan
    seen: ExitPlan
    why: str
    wrong: tuple[str, ...]

    @property
    def edit(self) -> ExitsEdit | None:
        """Return what to ask for, None where nothing is changed."""
        return None if self.wanted == self.seen else ExitsEdit(self.wanted, self.seen)


def typed_exits(position: PositionView, target: Decimal | None) -> TypedExits:
    """Return the exits that stand in the fields of a position's dialog.

    Args:
        position: as it is now.
        target: where the one target for all of it is to lie, None = none is known.
    """
    moving = position.moving
    if moving is None:
        return TypedExits(NO_EXITS, NO_EXITS, "", ())
    seen = _seen(position.id, moving)
    wanted, why = _fields(position.id, seen).typed()
    tp_usdt = moving.tp_usdt if target is None else moving.prices.result_at(target)
    wrong = exit_edit_refusals(seen, wanted, moving.prices, moving.rules, moving.sl_usdt, tp_usdt, moving.targets_taken)
    return TypedExits(wanted, seen, why, wrong if seen == moving.plan else (_CHANGED,))


def draw_position_exits(position: PositionView, typed: TypedExits, stop: Decimal | None, now: datetime) -> None:
    """Draw the fields, what is wrong with them, and what the exits will do, in numbers."""
    moving = position.moving
    if moving is None:
        st.caption("Exits that move can be set once the rules of its pair are known.")
        return
    draw_exits(_fields(position.id, typed.seen), typed.wrong, f"edit_exits:{position.id}")
    if typed.wrong or typed.wanted == NO_EXITS:
        return
    stop_price = stop or moving.prices.at_result(-moving.sl_usdt)
    sentences = exit_sentences(typed.wanted, moving.prices, moving.rules, stop_price)
    draw_exit_sentences((*_at_once(position, typed, stop_price, now), *sentences))


def exit_texts(position: PositionView) -> dict[str, str]:
    """Return what stands in the number fields, by the key of each."""
    moving = position.moving
    return {} if moving is None else _fields(position.id, _seen(position.id, moving)).texts()


def forget_exits(position: PositionView) -> None:
    """Let the fields begin with what moves the exits now; for use before the dialog is opened."""
    st.session_state.pop(_seen_key(position.id), None)
    if position.moving is not None:
        _fields(position.id, position.moving.plan).write()


def prepare_exit_step(position: PositionView, field: str, price: Decimal) -> None:
    """Let the amount at which an exit steps in be the whole trade's result at a price; after forget_exits."""
    moving = position.moving
    if moving is not None:
        usdt = rounded(moving.prices.result_at(price), 2)
        write_number(_fields(position.id, moving.plan).key(field), max(usdt, Decimal(0)))


def _at_once(position: PositionView, typed: TypedExits, stop: Decimal, now: datetime) -> tuple[str, ...]:
    """Return that the stop moves as soon as this is saved, because the price is there already."""
    moving, mark = position.moving, position.mark_price
    if moving is None or mark is None or typed.edit is None:
        return ()
    move = wanted_stop(typed.wanted, MovingTrade(moving.prices, mark, mark, stop), now)
    if move is None:
        return ()
    to = format_price(move.price, moving.rules.tick_size)
    return (f"The price is there already: once saved, the stop moves to {to}.",)


def _fields(position_id: int, start: ExitPlan) -> ExitFields:
    return ExitFields(f"edit_exits_{position_id}", start, f"edit:{position_id}", of_plan=False)


def _seen(position_id: int, moving: MovingView) -> ExitPlan:
    """Return the exits as they were when the dialog was opened; those of now while nobody has touched a field."""
    seen: ExitPlan = st.session_state.setdefault(_seen_key(position_id), moving.plan)
    if seen != moving.plan and _fields(position_id, seen).typed() == (seen, ""):
        st.session_state[_seen_key(position_id)] = moving.plan
        _fields(position_id, moving.plan).write()
        return moving.plan
    return seen


def _seen_key(position_id: int) -> str:
    return f"edit_exits_seen:{position_id}"
