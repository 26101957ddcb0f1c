"""Questions asked once before something is done: closing, moving stop and target, pausing.

A dialog is opened by a run of the whole page and named in the session, so that the page's live part, which runs each
second, neither opens it twice nor closes it.
"""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.asking import Send, ask
from app_pages.ui.position_values import pair, place_words
from app_pages.ui.session import services
from app_pages.ui.typed import typed_price
from domain.wording import format_price, format_usdt

if TYPE_CHECKING:
    from services_views import InstructionAnswer, PositionView

_OPEN = "open_dialog"
_DRAWN = "drawn_dialog"


def open_dialog(name: str, position_id: int | None) -> None:
    """Open close, edit, pause or write_off with the next run of the page; for use as a button's on_click."""
    st.session_state[_OPEN] = (name, position_id)
    st.session_state[_DRAWN] = False


def close_dialog() -> None:
    """Forget the dialog: it was answered or dismissed."""
    st.session_state.pop(_OPEN, None)


def dialog_wanted() -> bool:
    """Return whether a dialog was asked for and the whole page must run to show it."""
    return _OPEN in st.session_state and not st.session_state[_DRAWN]


def draw_dialog() -> None:
    """Draw the dialog that was asked for, if any, until it is answered; call it from the page's own run."""
    if _OPEN not in st.session_state:
        return
    name, position_id = st.session_state[_OPEN]
    st.session_state[_DRAWN] = True
    if name == "pause":
        _pause_dialog()
        return
    position = next((one for one in services().snapshot().positions if one.id == position_id), None)
    if position is None:
        close_dialog()
    elif name == "close":
        _close_dialog(position)
    elif name == "write_off":
        _write_off_dialog(position)
    else:
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


@st.dialog("Close now?", on_dismiss=close_dialog)
def _close_dialog(position: PositionView) -> None:
    st.markdown(f"**{pair(position.symbol)}** {place_words(position)}")
    st.write(close_words(position))
    _draw_answers("Keep it open", "Close now", "close_confirmed", f"close:{position.id}", partial(_close, position.id))


@st.dialog("Pause opening?", on_dismiss=close_dialog)
def _pause_dialog() -> None:
    st.write(
        "The bot opens nothing new until you resume, and trades waiting to open again wait too. "
        "What is open keeps its stop and target and is watched as before."
    )
    _draw_answers("Go on opening", "Pause opening", "pause_confirmed", "pause_opening", services().pause_opening)


@st.dialog("Write it off?", on_dismiss=close_dialog)
def _write_off_dialog(position: PositionView) -> None:
    st.markdown(f"**{pair(position.symbol)}** {place_words(position)}")
    st.write(
        "For a position that the exchange no longer knows, because a test exchange was wiped. The bot stops asking for "
        "it, and its result stays unknown and out of the sums. Nothing is sent; while the exchange still knows the "
        "position, nothing happens."
    )
    _draw_answers(
        "Keep it", "Write it off", "write_off_confirmed", f"write_off:{position.id}", partial(_write_off, position.id)
    )


@st.dialog("Edit stop and target", on_dismiss=close_dialog)
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
        st.html(f'<p class="refusal" role="alert">{escape(words)}</p>')
    if not wrong:
        st.write(edit_words(position, stop, target))
    st.caption("The old stop rests on the exchange until the new one does; the position is never without one.")
    new_stop = stop if stop != position.stop_price else None
    new_target = target if target != position.target_price else None
    send = partial(_edit, position.id, new_stop, new_target)
    nothing_new = new_stop is None and new_target is None
    _draw_answers(
        "Leave as it is", "Move them", "edit_confirmed", f"edit:{position.id}", send, bool(wrong) or nothing_new
    )


def _draw_answers(no: str, yes: str, key: str, form: str, send: Send, disabled: bool = False) -> None:
    with st.container(horizontal=True, horizontal_alignment="right"):
        if st.button(no, key=f"{key}_not", on_click=close_dialog):
            st.rerun()
        if st.button(yes, type="primary", key=key, disabled=disabled, on_click=_answer, args=(form, send)):
            st.rerun()


def _answer(form: str, send: Send) -> None:
    close_dialog()
    ask(form, send)


def edit_words(position: PositionView, stop: Decimal | None, target: Decimal | None) -> str:
    """Return what the position would bring at these prices, about, from what it brings at the present ones."""
    parts = [
        f"{format_usdt(usdt + (price - old) * position.side.sign * position.quantity, signed=True)} at the {name}"
        for name, price, old, usdt in (
            ("stop", stop, position.stop_price, position.stop_usdt),
            ("target", target, position.target_price, position.target_usdt),
        )
        if price is not None and old is not None
    ]
    return f"About {' and '.join(parts)}, in USDT." if parts else ""


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


def _write_off(position_id: int, instruction_id: str) -> InstructionAnswer:
    return services().write_off(instruction_id, position_id)


def _edit(position_id: int, stop: Decimal | None, target: Decimal | None, instruction_id: str) -> InstructionAnswer:
    return services().edit_protection(instruction_id, position_id, stop, target)
