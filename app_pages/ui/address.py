"""What a page shows, in its address: it survives a reload, and a link to it can be kept."""

from __future__ import annotations

from time import monotonic

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

TRADE = "trade"  # the one that Activity shows alone; other pages choose it

# A browser asks for a live part with the address that it shows: on a slow line or a busy machine, for a while, with one
# that the server has changed already.
LATE_SECONDS = 5.0


def address_value(name: str) -> str | None:
    """Return what the address says under this name; where it says nothing, what was last chosen here.

    An address that the viewer changed, by going back or by a link, counts more than what was chosen before. Links
    between pages leave it out, and what was chosen stays; gone back to an
    address without it, nothing is chosen. What it said before a choice does not undo the choice: that
    was sent before the browser heard of it, or counts a moment later.
    """
    chosen, here = f"address:{name}", st.query_params.get(name)
    before, until = st.session_state.get(_before(name), (None, 0.0))
    is_late = here is not None and here == before and monotonic() < until
    if (here is not None and not is_late) or chosen not in st.session_state or _went_back():
        st.session_state[chosen] = here
    value: str | None = st.session_state[chosen]
    return value


def set_address_value(name: str, value: str | None, *, chosen: bool = True) -> None:
    """Choose something, and say so in the address; None takes it out.

    Args:
        name: what is chosen.
        value: the choice.
        chosen: False where nobody chose: the address then says nothing of it, and a reload begins anew.
    """
    st.session_state[_before(name)] = (st.query_params.get(name), monotonic() + LATE_SECONDS)
    st.session_state[f"address:{name}"] = value
    if value is not None and chosen:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]


def choose_elsewhere(name: str, value: str) -> None:
    """Choose something for another page, whose address says it as soon as that is drawn."""
    st.session_state[f"address:{name}"] = value


def _went_back() -> bool:
    """Return whether the browser's back or forward asked for this run: then the address is all that counts."""
    context = get_script_run_ctx()
    return context is not None and context.is_history_navigation


def _before(name: str) -> str:
    """Return where it is kept what the address said before the last choice, and until when that does not count."""
    return f"address-before:{name}"
