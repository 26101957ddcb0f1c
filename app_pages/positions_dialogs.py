"""Questions asked once before something is done: closing, moving stop and target, pausing.

A dialog is opened by a run of the whole page and named in the session, so that the page's live part, which runs each
second, neither opens it twice nor closes it.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.asking import ask
from app_pages.ui.position_values import pair, place_words
from app_pages.ui.session import services
from app_pages.ui.typed import typed_price
from domain.wording import format_price, format_usdt

if TYPE_CHECKING:
    from services_views import InstructionAnswer, PositionView

_OPEN = "open_dialog"


def open_dialog(name: str, position_id: int | None) -> None:
    """Open close, edit or pause with the next run of the page; for use as a button's on_click."""
    st.session_state[_OPEN] = (name, position_id)


def dialog_wanted() -> bool:
    """Return whether a dialog was asked for and the whole page must run to show it."""
    return _OPEN in st.session_state


def draw_dialog() -> None:
    """Draw the dialog that was asked for, if any; call it from the page's own run."""
    name, position_id = st.session_state.pop(_OPEN, (None, None))
    if name == "pause":
        _pause_dialog()
        return
    position = next((one for one in services().snapshot().positions if one.id == position_id), None)
    if position is None:
        return
    if name == "close":
        _close_dialog(position)
    elif name == "edit":
        _edit_dialog(position)


def close_words(position: PositionView) -> str:
    """Return what closing now costs, in one sentence."""
    if position.result_usdt is None:
        return "It is not open yet. It is closed as soon as the exchange has opened it."
    result = format_usdt(position.result_usdt, signed=True)
    return (
        f"Closing at the market price now lands about {result} USDT after fees. "
        "The price can move a little until the exchange has done it. It is not opened again."
    )


@st.dialog("Close now?")
def _close_dialog(position: PositionView) -> None:
    st.markdown(f"**{pair(position.symbol)}** {place_words(position)}")
    st.write(close_words(position))
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Keep it open", key="keep"):
            st.rerun()
        if st.button("Close now", type="primary", key="close_confirmed"):
            ask(f"close:{position.id}", partial(_close, position.id))
            st.rerun()


@st.dialog("Pause opening?")
def _pause_dialog() -> None:
    st.write(
        "The bot opens nothing new until you resume, and trades waiting to open again wait too. "
        "What is open keeps its stop and target and is watched as before."
    )
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Go on opening", key="go_on"):
            st.rerun()
        if st.button("Pause opening", type="primary", key="pause_confirmed"):
            ask("pause_opening", services().pause_opening)
            st.rerun()


@st.dialog("Edit stop and target")
def _edit_dialog(position: PositionView) -> None:
    tick = position.tick_size
    st.markdown(f"**{pair(position.symbol)}** {place_words(position)}")
    stop_text = st.text_input("Stop price", value=_shown(position.stop_price, tick), key=f"edit_stop:{position.id}")
    target_text = st.text_input(
        "Target price", value=_shown(position.target_price, tick), key=f"edit_target:{position.id}"
    )
    stop, target = typed_price(stop_text), typed_price(target_text)
    wrong = edit_refusals(position, stop, target)
    for words in wrong:
        st.error(words)
    st.caption("The old stop rests on the exchange until the new one does; the position is never without one.")
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button("Leave as it is", key="leave"):
            st.rerun()
        if st.button("Move them", type="primary", key="edit_confirmed", disabled=bool(wrong)):
            new_stop = stop if stop != position.stop_price else None
            new_target = target if target != position.target_price else None
            if new_stop is not None or new_target is not None:
                ask(f"edit:{position.id}", partial(_edit, position.id, new_stop, new_target))
            st.rerun()


def edit_refusals(position: PositionView, stop: Decimal | None, target: Decimal | None) -> list[str]:
    """Return why these prices cannot be stop and target of the position now; empty when they can."""
    tick, mark, sign = position.tick_size, position.mark_price, position.side.sign
    wrong = []
    if stop is None:
        wrong.append("The stop must be a price above 0.")
    elif mark is not None and (mark - stop) * sign <= 0:
        wrong.append(f"The stop must lie {_side_words(-sign)} the price of {format_price(mark, tick)}.")
    elif position.liquidation_price is not None and (stop - position.liquidation_price) * sign <= 0:
        wrong.append(
            f"The exchange would liquidate the position at {format_price(position.liquidation_price, tick)}, "
            "before this stop."
        )
    if target is None and position.target_price is not None:
        wrong.append("The target must be a price above 0.")
    elif target is not None and mark is not None and (target - mark) * sign <= 0:
        wrong.append(f"The target must lie {_side_words(sign)} the price of {format_price(mark, tick)}.")
    for name, price in (("stop", stop), ("target", target)):
        if price is not None and price % tick:
            nearest = (price / tick).quantize(Decimal(1)) * tick
            wrong.append(
                f"The {name} must be a multiple of {tick.normalize():f}, for example {format_price(nearest, tick)}."
            )
    return wrong


def _side_words(sign: int) -> str:
    return "above" if sign > 0 else "below"


def _shown(price: Decimal | None, tick: Decimal) -> str:
    return "" if price is None else format_price(price, tick)


def _close(position_id: int, instruction_id: str) -> InstructionAnswer:
    return services().close_position(instruction_id, position_id)


def _edit(position_id: int, stop: Decimal | None, target: Decimal | None, instruction_id: str) -> InstructionAnswer:
    return services().edit_protection(instruction_id, position_id, stop, target)
