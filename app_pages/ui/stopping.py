"""Close everything and stop: one press from every page, one question that says what it costs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.dialogs import close_dialog, draw_answers, open_dialog, take_dialog
from app_pages.ui.plain import plain
from app_pages.ui.session import services
from domain.wording import counted, format_usdt

if TYPE_CHECKING:
    from services.dashboard.views import Snapshot

STOP_EVERYTHING = "Close everything and stop"
_NAME = "close_everything"


def ask_to_stop() -> None:
    """Ask the question with the next run of the page."""
    open_dialog(_NAME, None)


def draw_stop_question() -> None:
    """Draw the question on whichever page it was asked; nothing while it was not."""
    if take_dialog((_NAME,)) is not None:
        _question()


@st.dialog("Close everything and stop?", on_dismiss=close_dialog)
def _question() -> None:
    st.write(plain(stop_words(services().dashboard.snapshot())))
    sends = {_NAME: services().instructions.close_everything}
    draw_answers("Cancel", STOP_EVERYTHING, "close_everything_confirmed", sends)


def stop_words(snapshot: Snapshot) -> str:
    """Return what closing everything lands, what becomes of the rest, and how opening begins again."""
    positions = snapshot.positions
    stays = "Nothing new opens until you press Resume opening on Positions."
    if not positions:
        return f"No position is open. {stays}{_waiting_words(snapshot)}"
    known = [position.result_usdt for position in positions if position.result_usdt is not None]
    lands = f" and will give about {format_usdt(sum(known, Decimal(0)), signed=True)} USDT after fees" if known else ""
    later = " What is not open yet is closed as soon as it is." if len(known) < len(positions) else ""
    return (
        f"This closes {counted(len(positions), 'position')} at the market price now{lands}. The price can move a "
        f"little until the exchange has done it.{later} {stays}{_waiting_words(snapshot)}"
    )


def _waiting_words(snapshot: Snapshot) -> str:
    if not snapshot.waiting:
        return ""
    verb = "does" if len(snapshot.waiting) == 1 else "do"
    return f" {counted(len(snapshot.waiting), 'trade')} waiting to open again {verb} not."
