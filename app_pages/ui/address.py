"""What a page shows, in its address: it survives a reload, and a link to it can be kept."""

from __future__ import annotations

import streamlit as st


def address_value(name: str) -> str | None:
    """Return what the address says under this name; where it says nothing, what was last chosen here.

    An address that the viewer changed, by going back or by a link, counts more than what was chosen before. Links
    between pages leave it out, and what was chosen stays.
    """
    chosen, here = f"address:{name}", st.query_params.get(name)
    if here is not None or chosen not in st.session_state:
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
    st.session_state[f"address:{name}"] = value
    if value is not None and chosen:
        st.query_params[name] = value
    elif name in st.query_params:
        del st.query_params[name]
