"""What somebody else added to a position of the bot: shown, with what can be done about it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.dialogs import LEAVE, close_dialog, draw_answers, draw_choices, draw_gone, live_position
from app_pages.ui.figures import section_title
from app_pages.ui.plain import plain
from app_pages.ui.position_values import pair, position_html, position_name
from app_pages.ui.session import services
from domain.wording import format_quantity

if TYPE_CHECKING:
    from services.dashboard.views import PositionView, Snapshot
    from services.trading.views import InstructionAnswer

_EXPLAINED = (
    "The exchange keeps everything on one pair and side as one position, with one average entry price. "
    "<b>Adopt</b>: it becomes part of the bot's position. <b>Close</b>: only what was added is closed, "
    "at the market price. <b>Ignore</b>: the bot's stop and target take its own part only. Results can differ from "
    "the amounts you set, because the exchange counts them from that average."
)


def draw_external_quantities(snapshot: Snapshot) -> None:
    """Draw the positions that somebody else added to; nothing when there are none."""
    shared = _with_external_quantity(snapshot)
    if not shared:
        return
    section_title("Added by somebody else", len(shared))
    with st.container(key="external_quantities"):
        st.html(f'<p class="second explained">{_EXPLAINED}</p>')
        for position in shared:
            _draw_one(position)


def external_quantities_ask(snapshot: Snapshot) -> bool:
    """Return whether the person has still to say what is to be done about something that was added."""
    return any(not position.own_part_only for position in _with_external_quantity(snapshot))


@st.dialog("Adopt what was added?", on_dismiss=close_dialog)
def take_over(position_id: int) -> None:
    """Ask whether what was added becomes part of the bot's position."""
    position = _found(position_id)
    if position is None:
        return
    together = f"{format_quantity(position.quantity + position.external_quantity)} {position.base_asset}"
    st.write(
        f"The {_theirs(position)} becomes part of this position. Stop and target are worked out anew and placed "
        "for "
        f"all {together}, so that all of it together wins or loses the amounts you set for it. "
        "Its result is booked as one."
    )
    sends = {f"take_over:{position_id}": partial(_take_over, position)}
    draw_answers("Not now", "Adopt it", "take_over_confirmed", sends)


@st.dialog("Close what was added?", on_dismiss=close_dialog)
def close_added(position_id: int) -> None:
    """Ask whether what was added is closed, and only that."""
    position = _found(position_id)
    if position is None:
        return
    st.write(
        plain(
            f"{_theirs(position)} is closed at the market price now, and only that. Somebody else opened it: make "
            f"sure that nobody counts on it. What it wins or loses is not booked with the bot's trades. The bot's own "
            f"{_ours(position)} stays open with its stop and target."
        )
    )
    sends = {f"close_added:{position_id}": partial(_close, position)}
    draw_answers("Not now", "Close it", "close_added_confirmed", sends)


@st.dialog("Ignore what was added?", on_dismiss=close_dialog)
def leave_added(position_id: int) -> None:
    """Ask whether stop and target are to take the bot's own part only."""
    position = _found(position_id)
    if position is None:
        return
    st.write(
        plain(
            f"Stop and target then close only the bot's own {_ours(position)}. The new stop is placed before the "
            f"old one is taken off, so there is one all the time. The other {_theirs(position)} stays as it is, "
            "without a stop of this bot. When the bot's part has closed, it opens nothing on this pair and side until "
            "the rest is gone too."
        )
    )
    sends = {f"leave_added:{position_id}": partial(_leave, position)}
    draw_answers("Not now", "Ignore it", "leave_added_confirmed", sends)


def _with_external_quantity(snapshot: Snapshot) -> list[PositionView]:
    return [position for position in snapshot.positions if position.external_quantity > 0]


def _found(position_id: int) -> PositionView | None:
    """Return the position with its name drawn, None when nothing of somebody else's is there any more."""
    position = live_position(position_id)
    if position is None or position.external_quantity <= 0:
        draw_gone()
        return None
    st.markdown(f"**{plain(pair(position.symbol))}** {position_name(position)}")
    return position


def _draw_one(position: PositionView) -> None:
    choices = {"take_over": "Adopt", "close_added": "Close", "leave_added": LEAVE}
    if position.own_part_only:
        del choices["leave_added"]
    what = position_html(pair(position.symbol), position_name(position), _state_words(position))
    draw_choices(what, position.id, str(position.id), choices)


def _state_words(position: PositionView) -> str:
    if position.own_part_only:
        return (
            f"{_theirs(position)} is left alone: no stop of this bot covers it. "
            f"Stop and target are for the bot's own {_ours(position)}."
        )
    return f"{_theirs(position)} is not the bot's; stop and target would close it too."


def _theirs(position: PositionView) -> str:
    return f"{format_quantity(position.external_quantity)} {position.base_asset}"


def _ours(position: PositionView) -> str:
    return f"{format_quantity(position.quantity)} {position.base_asset}"


def _take_over(position: PositionView, instruction_id: str) -> InstructionAnswer:
    terms = position.next_terms  # counts only should the bot's own part have closed meanwhile
    return services().instructions.adopt(instruction_id, position.symbol, position.side, terms.tp_usdt, terms.sl_usdt)


def _close(position: PositionView, instruction_id: str) -> InstructionAnswer:
    return services().instructions.close_external(instruction_id, position.symbol, position.side)


def _leave(position: PositionView, instruction_id: str) -> InstructionAnswer:
    return services().instructions.ignore_external(instruction_id, position.symbol, position.side)
