"""Trades that the exchange no longer knows, since a test exchange was reset: written off together."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.positions.closing import give_up
from app_pages.ui.banner import notice_html
from app_pages.ui.dialogs import close_dialog, draw_answers, draw_gone, open_dialog
from app_pages.ui.figures import Fact, facts_html
from app_pages.ui.position_values import pair, position_name
from app_pages.ui.session import services
from domain.journal.texts import MISSING_NOTE
from domain.wording import counted

if TYPE_CHECKING:
    from services.dashboard.views import PositionView, Snapshot


def gone_trades(snapshot: Snapshot) -> list[PositionView]:
    """Return the trades of which the exchange shows nothing though no trade says why."""
    return [position for position in snapshot.positions if position.phase_note == MISSING_NOTE]


def draw_gone_trades(snapshot: Snapshot) -> None:
    """Ask once about all trades that are gone; a single one has its own menu."""
    gone = gone_trades(snapshot)
    if len(gone) < 2:
        return
    title = f"The exchange no longer knows {counted(len(gone), 'trade')}"
    text = "If the test account was reset, write them off together. Their results stay unknown and out of the sums."
    st.html(notice_html("warning", title, text))
    ids = tuple(position.id for position in gone)
    st.button(f"Write off {len(gone)} trades", key="write_off_gone", on_click=open_dialog, args=("write_off_many", ids))


@st.dialog("Write them off?", on_dismiss=close_dialog)
def write_off_many(position_ids: Sequence[int]) -> None:
    """Ask whether to give up several trades at once."""
    gone = [position for position in gone_trades(services().dashboard.snapshot()) if position.id in set(position_ids)]
    if not gone:
        draw_gone()
        return
    st.write(
        "The bot stops asking for them, and their results stay unknown and out of the sums. Nothing is sent; one that "
        "the exchange still knows stays as it is."
    )
    st.html(f'<div class="many">{facts_html([_line(position) for position in gone])}</div>')
    sends = {f"write_off:{position.id}": partial(give_up, position.id) for position in gone}
    draw_answers("Keep them", f"Write off {counted(len(gone), 'trade')}", "write_off_many_confirmed", sends)


def _line(position: PositionView) -> Fact:
    return Fact(f"{pair(position.symbol)} {position_name(position)}", "", "unknown")
