"""The section of New trade for exits that move, and what they will do, in numbers."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

import streamlit as st

from app_pages.ui.draft import trade_exits
from app_pages.ui.session import services
from domain.exit_plan import NO_EXITS
from domain.preview.exits import EXITS_FIELD

if TYPE_CHECKING:
    from collections.abc import Sequence

    from domain.preview.preview import Preview
    from domain.preview.refusals import Refusal
    from domain.terms import TradeTerms

_OFF = "While the bot is off, the last stop stays on the exchange and does not move."


def draw_exits(refusals: Sequence[Refusal]) -> None:
    """Draw the fields, closed until one of them is used, and what is wrong with them."""
    fields = trade_exits()
    used = fields.typed()[0] != NO_EXITS
    with st.expander("Exits that move", icon=":material/trending_up:", expanded=used, key="trade_exits"):
        st.caption("Each is optional, and they work together: the stop nearest to profit counts. It never goes back.")
        fields.draw()
        for refusal in refusals:
            if refusal.field == EXITS_FIELD:
                st.html(f'<p class="refusal" role="alert">{escape(refusal.message)}</p>')


def draw_exit_preview(terms: TradeTerms, figures: Preview | None) -> None:
    """Draw what the exits of the trade on show will do, in prices and USDT after fees."""
    if figures is None or terms.exits == NO_EXITS:
        return
    sentences = services().previews.exits(terms, figures)
    if sentences:
        lines = "".join(f"<li>{escape(words)}</li>" for words in (*sentences, _OFF))
        st.html(f'<section class="exits"><h3>Exits that move</h3><ul>{lines}</ul></section>')
