"""Practice begun anew, on Settings: asked once, with the money to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from app_pages.settings.questions import say_next
from app_pages.ui.banner import notice_html
from app_pages.ui.plain import plain
from app_pages.ui.session import services
from domain.practice import BALANCES, DEFAULT_BALANCE
from domain.wording import format_quantity
from services.accounts.practice_reset import goes_words
from services.errors import ServiceError

if TYPE_CHECKING:
    from decimal import Decimal

_OPEN = "settings_reset_open"
_WHAT = "Money, history and clock begin anew. What you set in Settings stays, limits too."
_FOR_GOOD = "This cannot be taken back. Nothing of a test account at Binance is touched."


def draw_reset() -> None:
    """Draw the button, and the question once it was pressed; nothing where practice is run by somebody else."""
    if services().practice_reset.refused_because():
        return
    if st.button("Reset practice", icon=":material/restart_alt:", key="settings_reset"):
        st.session_state[_OPEN] = True
    if st.session_state.get(_OPEN):
        st.dialog("Reset practice?", on_dismiss=_withdraw)(_draw_question)()


def _draw_question() -> None:
    st.write(_WHAT)
    goes = goes_words(services().practice_reset.what_goes())
    if goes:
        st.html(notice_html("warning", goes, "Nothing is closed at a price: they are gone as the history is."))
    balance = st.segmented_control(
        "Begin with, USDT",
        BALANCES,
        default=DEFAULT_BALANCE,
        required=True,
        format_func=format_quantity,
        key="settings_reset_balance",
    )
    st.caption(_FOR_GOOD)
    with st.container(horizontal=True):
        if st.button("Cancel", type="primary", key="settings_reset_no"):
            _withdraw()
            st.rerun()
        if st.button("Reset practice", key="settings_reset_yes"):
            _reset(balance)


def _reset(balance: Decimal) -> None:
    _withdraw()
    try:
        services().practice_reset.begin_anew(balance)
    except ServiceError as error:
        say_next("down", "Nothing was changed", plain(str(error)))
    else:
        say_next("up", "Practice begins anew", f"With {format_quantity(balance)} USDT, in a few seconds.")


def _withdraw() -> None:
    st.session_state.pop(_OPEN, None)
